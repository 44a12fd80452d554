/**
 * `POST /api/v1/oauth/token`: an API key for an access token of narrower scope, by the client credentials grant. Decides
 * how the request is read and what each wrong one is answered.
 *
 * Source: RFC 6749, sections 2.3.1 (client password), 4.4 (client credentials), 5.1 and 5.2 (replies).
 */
import type Router from '@koa/router';
import type Koa from 'koa';
import { holds, isPermission, type Permission } from '../../core/principal.ts';
import type { Accounts } from '../../engine/accounts.ts';
import type { Failures } from '../auth.ts';
import { BodyFault, createReadForm } from '../body.ts';
import { TOKEN_LIFETIME_SECONDS, type Tokens } from './token.ts';

/** Where a token is asked for. */
export const TOKEN_PATH = '/api/v1/oauth/token';

/** What the token endpoint stands on. */
export interface TokenDeps {
  readonly accounts: Accounts;
  readonly tokens: Tokens;
  readonly failures: Failures;
  readonly limits: { readonly maxBodyBytes: number };
}

/** RFC 6749, section 5.2: `error`, with the HTTP status that goes with it. */
class TokenError extends Error {
  readonly error: keyof typeof TOKEN_ERRORS;
  readonly status: number;

  constructor(error: TokenError['error'], status = 400) {
    super(error);
    this.error = error;
    this.status = status;
  }
}

/** Each `error` with its sentence. */
export const TOKEN_ERRORS = {
  invalid_request: 'A parameter is missing, repeated or malformed.',
  invalid_client: 'The client id or the client secret is wrong, or the key is disabled.',
  unsupported_grant_type: 'The only grant type is client_credentials.',
  invalid_scope: 'The scope is missing, or names what is no permission of this key.',
} as const;

/** Puts the token endpoint into the router. */
export function mountTokenRoute(router: Router, { accounts, tokens, failures, limits }: TokenDeps): void {
  const readForm = createReadForm(limits.maxBodyBytes);

  async function grant(ctx: Koa.Context): Promise<object> {
    const form = await readForm(ctx);
    const { id, secret } = clientOf(ctx, form);
    const grantType = parameter(form, 'grant_type');
    if (grantType === null) throw new TokenError('invalid_request');
    if (grantType !== 'client_credentials') throw new TokenError('unsupported_grant_type');
    const principal = await accounts.authenticate(secret, null);
    if (principal === null || principal.keyId !== id) {
      throw new TokenError('invalid_client', (await failures(ctx)) ? 429 : 401);
    }
    const scope = scopeOf(parameter(form, 'scope'));
    if (!scope.every((permission) => holds(principal, permission))) throw new TokenError('invalid_scope');
    return {
      access_token: await tokens.sign({ keyId: principal.keyId, scope }),
      token_type: 'Bearer',
      expires_in: TOKEN_LIFETIME_SECONDS,
      scope: scope.join(' '),
    };
  }

  router.post(TOKEN_PATH, async (ctx: Koa.Context) => {
    // Section 5.1 asks for it, beside the `Cache-Control` that every reply has.
    ctx.set('Pragma', 'no-cache');
    try {
      ctx.body = await grant(ctx);
    } catch (error) {
      const known = error instanceof BodyFault ? new TokenError('invalid_request') : error;
      if (!(known instanceof TokenError)) throw error;
      if (!ctx.req.complete) ctx.set('Connection', 'close');
      if (known.status === 401) ctx.set('WWW-Authenticate', 'Basic realm="tollbridge"');
      ctx.status = known.status;
      ctx.body = { error: known.error, error_description: TOKEN_ERRORS[known.error] };
    }
  });
}

/** A parameter without a value is as good as absent (section 3.2). @throws {TokenError} for one that is repeated */
function parameter(form: URLSearchParams, name: string): string | null {
  const [value, ...more] = form.getAll(name);
  if (more.length > 0) throw new TokenError('invalid_request');
  return value || null;
}

/** The client's id and password: as parameters or by HTTP Basic, and not both. */
function clientOf(ctx: Koa.Context, form: URLSearchParams): { id: string; secret: string } {
  const id = parameter(form, 'client_id');
  const secret = parameter(form, 'client_secret');
  const header = ctx.get('authorization');
  if (header === '') {
    if (id === null || secret === null) throw new TokenError('invalid_client', 401);
    return { id, secret };
  }
  const [, token = ''] = /^basic +([\w+/=-]+) *$/i.exec(header) ?? [];
  const [, user = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(token, 'base64').toString('utf8')) ?? [];
  if (secret !== null || (id !== null && id !== user)) throw new TokenError('invalid_request');
  return { id: user, secret: password };
}

/** @throws {TokenError} `invalid_scope` */
function scopeOf(text: string | null): readonly Permission[] {
  const names = [...new Set(text?.split(' '))];
  const scope = names.filter(isPermission);
  if (scope.length === 0 || scope.length < names.length) throw new TokenError('invalid_scope');
  return scope;
}
