/**
 * Reads an HTTP answer to its end and decides whether it is whole and well-formed. Where that is not certain, there is
 * no answer: half of an approval must not be taken for one. What the answer means is the processor's.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** A whole, well-formed answer, whatever its status. */
export interface Answer {
  readonly kind: 'answered';
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What is wrong with an answer that came, or began to. */
export type AnswerFault = 'answer_too_large' | 'answer_malformed' | 'answer_cut';

/** @param maxBytes of the body; a larger one is not read further. Never rejects. */
export async function readAnswer(incoming: IncomingMessage, maxBytes: number): Promise<Answer | AnswerFault> {
  if (!tellsItsEnd(incoming)) return 'answer_malformed';
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of incoming) {
      bytes += chunk.length;
      if (bytes > maxBytes) return 'answer_too_large';
      chunks.push(chunk);
    }
  } catch (error) {
    return faultOf(error);
  }
  if (!incoming.complete) return 'answer_cut';
  const body = textOf(chunks);
  if (body === null) return 'answer_malformed';
  return { kind: 'answered', status: incoming.statusCode ?? 0, headers: incoming.headers, body };
}

/** Whatever Node says of an answer that it could not read on. */
export function faultOf(error: unknown): AnswerFault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'HPE_HEADER_OVERFLOW') return 'answer_too_large';
  return code.startsWith('HPE_') ? 'answer_malformed' : 'answer_cut';
}

/** An answer that ends where the connection does could end anywhere: RFC 9112, 6.3 and 8. */
function tellsItsEnd({ statusCode, headers }: IncomingMessage): boolean {
  const bodiless = statusCode === 204 || statusCode === 304;
  return bodiless || 'content-length' in headers || /\bchunked$/i.test(headers['transfer-encoding'] ?? '');
}

function textOf(chunks: readonly Buffer[]): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    return null;
  }
}
