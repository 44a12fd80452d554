/** Connectors of somebody else's, in this process: a good one, and bad ones, each with one fault. */
import { createServer } from 'node:http';
import { type Clock, pause } from '../../src/core/clock.ts';

/** What a connector does otherwise than it should. */
export interface Fault {
  /** What it remembers of a transaction: nothing, or not before it is over. */
  readonly memory?: 'none' | 'finished';
  /** Charges a known transaction again where this field is another. */
  readonly believes?: string;
  readonly needsContentType?: boolean;
  /** Refuses a body. */
  readonly refuses?: (body: Fields) => boolean;
  /** Changes an answer. */
  readonly answers?: (answer: Fields, body: Fields) => Fields;
  readonly declineStatus?: number;
  readonly checksPassword?: 'never' | 'where given';
  /** Milliseconds that every new charge takes; none, where it is left out. */
  readonly takesMs?: number;
}

type Fields = { readonly [name: string]: unknown };

export interface Connector {
  readonly url: string;
  readonly charges: () => number;
  close(): Promise<void>;
}

export const SLOW_AMOUNT = '42.00';
const SLOW_MS = 12_000;
const AUTHORIZATION = `Basic ${Buffer.from('conform:right').toString('base64')}`;

/** Approves, but for cards that end in 0002; takes 12 s for 42.00. User `conform`, password `right`. */
export async function startConnector(clock: Clock, fault: Fault = {}): Promise<Connector> {
  const known = new Map<string, Promise<Fields>>();
  let charges = 0;

  async function pay(body: Fields): Promise<Fields> {
    const idField = body['method'] === 'tokenize' ? 'token_id' : 'charge_id';
    if (fault.refuses?.(body) === true) return { [idField]: null, error_code: 'refused', error_message: 'No.' };
    if (String(body['cardnumber']).endsWith('0002')) {
      return { [idField]: null, error_code: 'card_declined', error_message: 'Declined.' };
    }
    charges += 1;
    const id = `id_${charges}`;
    await pause(clock, body['amount'] === SLOW_AMOUNT ? SLOW_MS : (fault.takesMs ?? 0));
    return { [idField]: id, error_code: null, error_message: null };
  }

  function payOnce(body: Fields): Promise<Fields> {
    const believed = fault.believes === undefined ? '' : `:${String(body[fault.believes])}`;
    const key = `${String(body['transaction_id'])}${believed}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const paid = pay(body);
    if (fault.memory === undefined) known.set(key, paid);
    if (fault.memory === 'finished') void paid.then(() => known.set(key, paid));
    return paid;
  }

  const server = createServer(async (req, res) => {
    const { authorization, 'content-type': contentType } = req.headers;
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const send = (status: number, answer: Fields) => {
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    };
    const trusted = fault.checksPassword === 'never' || (fault.checksPassword === 'where given' && !authorization);
    if (authorization !== AUTHORIZATION && !trusted) return send(401, {});
    if (fault.needsContentType === true && contentType !== 'application/json') return send(415, {});
    const body: Fields = JSON.parse(Buffer.concat(chunks).toString());
    const answer = await payOnce(body);
    const status = answer['error_code'] === null ? 200 : (fault.declineStatus ?? 200);
    send(status, fault.answers?.(answer, body) ?? answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/pay`,
    charges: () => charges,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
