/**
 * What a route of our own API is: a path, what its body and query must be, and what it does for a principal. The
 * framework authenticates, validates, wraps the data into the envelope and turns refusals into errors.
 */
import type { RefusalCode } from '../../core/errors.ts';
import type { Principal } from '../../core/principal.ts';
import type { QueryForms } from './query.ts';
import type { ReplyName } from './schemas.ts';

/** A request behind authentication and schema; `receivedAt` in milliseconds since the epoch. */
export interface ApiRequest<Body> {
  readonly principal: Principal;
  /** The path's own parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** The query as given; a repeated name has all its values. */
  readonly query: URLSearchParams;
  /** Checked against the route's schema. */
  readonly body: Body;
  readonly receivedAt: number;
  readonly requestId: string;
}

/** What goes into the envelope's `data`; `noContent` is a 204 without a body. */
export type ApiReply = { readonly data: unknown } | 'noContent';

/** One route of `/v1`, made by `defineRoute`; `Body` is the body as `schema` lets it through. */
export interface ApiRoute<Body = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** In the router's spelling: `/v1/payins/:payin_id`. */
  readonly path: string;
  /** What it does, in a sentence. */
  readonly about: string;
  /** JSON Schema 2020-12 of the body; null for a route without one. */
  readonly schema: object | null;
  /** What a request without a body counts as; absent where it has to have one. */
  readonly whenEmpty?: Body;
  /** What stands in the envelope's `data` on success; `notBuilt` has none. */
  readonly reply: ReplyName | 'noContent' | 'notBuilt';
  /** The parameters of its query, where it reads one. */
  readonly query?: QueryForms;
  /** What it may refuse beyond the rest: a request's form, credentials, rights, ids and the rules of payments. */
  readonly refusals?: readonly RefusalCode[];
  /** Whether its body may hold a card or an account: only such routes are served at `VAULT_PORT`. */
  readonly tenderData?: true;
  /** The first field in the body that belongs to the contract, changes money and is not built (501 names it), or null. */
  notBuilt?(body: Body): string | null;
  /** @throws {Refused} */
  handle(request: ApiRequest<Body>): Promise<ApiReply>;
}

/** Raised where an object in the path does not exist, or not for this key: 404. */
export class EntityNotFound extends Error {}

/** The data of an object that was found. @throws {EntityNotFound} */
export function found<T>(record: T | null): T {
  if (record === null) throw new EntityNotFound();
  return record;
}

/** Declares a route. The type of its body is erased here; the framework's schema check vouches for it from then on. */
export function defineRoute<Body>(route: ApiRoute<Body>): ApiRoute {
  return route;
}
