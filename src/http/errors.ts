/**
 * Errors outside a provider's own shape: one envelope, Rainforest's four codes where they apply, our code otherwise.
 * Decides the HTTP status of every code; never lets a thrown error's own words out.
 */
import { ERRORS, type ErrorCode, type OpenCode, type RefusalCode, Refused } from '../core/errors.ts';
import { StoreUnavailable } from '../core/store.ts';
import { EntityNotFound } from './api/route.ts';
import { Unauthorized } from './auth.ts';
import { BodyFault } from './body.ts';

interface Told {
  readonly status: number;
  readonly code: string;
}

/** Refusals that are not a plain "bad request" or "business rule": 400 with our code is the rule. */
const SPECIAL: Partial<Record<RefusalCode | OpenCode, Told>> = {
  INVALID_REQUEST: { status: 400, code: 'RequestBody' },
  UNAUTHORIZED: { status: 401, code: 'AuthUnauthorized' },
  FORBIDDEN: { status: 403, code: 'AuthForbidden' },
  NOT_FOUND: { status: 404, code: 'EntityNotFound' },
  METHOD_NOT_ALLOWED: { status: 405, code: 'METHOD_NOT_ALLOWED' },
  CONFLICT: { status: 409, code: 'CONFLICT' },
  PAYIN_BUSY: { status: 409, code: 'PAYIN_BUSY' },
  PAYLOAD_TOO_LARGE: { status: 413, code: 'PAYLOAD_TOO_LARGE' },
  TOO_MANY_ATTEMPTS: { status: 429, code: 'TOO_MANY_ATTEMPTS' },
  INTERNAL_ERROR: { status: 500, code: 'INTERNAL_ERROR' },
  NOT_BUILT: { status: 501, code: 'NOT_BUILT' },
  STORE_UNAVAILABLE: { status: 503, code: 'STORE_UNAVAILABLE' },
  PROCESSOR_UNREACHABLE: { status: 503, code: 'PROCESSOR_UNREACHABLE' },
  SERVICE_STOPPING: { status: 503, code: 'SERVICE_STOPPING' },
};

/** Rainforest, Envelope and errors: the HTTP status and the whole body. Always one error. */
export interface ErrorReply {
  readonly status: number;
  readonly body: {
    readonly status: 'ERROR';
    readonly data: null;
    readonly errors: readonly { readonly field: string | null; readonly code: string; readonly message: string }[];
  };
}

/**
 * The reply to a refusal, in Rainforest's envelope. Developers read its message, callers never hear it.
 * @param field a name from our own schema.
 * @param detail what says more than the code's own meaning.
 */
export function errorReply(
  code: RefusalCode | OpenCode,
  field: string | null = null,
  detail: string | null = null,
): ErrorReply {
  const told = SPECIAL[code] ?? { status: 400, code };
  const message = detail ?? ERRORS[code satisfies ErrorCode].meaning;
  return { status: told.status, body: { status: 'ERROR', data: null, errors: [{ field, code: told.code, message }] } };
}

/** What a thrown error is told as; null for a defect, which the caller logs and answers as `INTERNAL_ERROR`. */
export function replyTo(error: unknown): ErrorReply | null {
  if (error instanceof Refused) return errorReply(error.code, error.field, error.detail);
  if (error instanceof EntityNotFound) return errorReply('NOT_FOUND');
  if (error instanceof StoreUnavailable) return errorReply('STORE_UNAVAILABLE');
  if (error instanceof BodyFault)
    return errorReply(error.kind === 'too_large' ? 'PAYLOAD_TOO_LARGE' : 'INVALID_REQUEST');
  if (error instanceof Unauthorized) return errorReply(error.limited ? 'TOO_MANY_ATTEMPTS' : 'UNAUTHORIZED');
  return null;
}
