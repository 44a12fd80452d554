/**
 * API keys: make, read, list, enable, disable, delete. Decides which words of the contract's statements are understood;
 * a permission or constraint that is not is refused, for ignoring one would grant something else than was asked for.
 */
import type { ApiKeyBody, Statement as StatementBody } from '../../../schemas/api/api-key.types.ts';
import type { ApiKey, ApiKeyStatus } from '../../core/account-records.ts';
import { Refused } from '../../core/errors.ts';
import { isId } from '../../core/ids.ts';
import { GROUP_ALL, type Grant, PERMISSIONS, type Statement } from '../../core/principal.ts';
import type { Engine } from '../../engine/engine.ts';
import { invalid } from './query.ts';
import { type ApiRoute, defineRoute, EntityNotFound, found } from './route.ts';
import { SCHEMAS } from './schemas.ts';
import { time } from './words.ts';

/** Rainforest, API keys: `/v1/api_keys`. The key itself is in the reply that made it and in no other. */
export function apiKeyRoutes({ accounts }: Engine): readonly ApiRoute[] {
  function setStatus(method: 'POST' | 'DELETE', path: string, status: ApiKeyStatus): ApiRoute {
    return defineRoute({
      method,
      path,
      about: `Makes a key ${status}; a deleted key stays deleted.`,
      schema: null,
      reply: 'noContent',
      async handle({ principal, params }) {
        const key = await accounts.setKeyStatus(principal, params['api_key_id'] ?? '', status);
        // Somebody else may have deleted it in the meantime.
        if (key?.status !== status) throw new EntityNotFound();
        return 'noContent';
      },
    });
  }

  return [
    defineRoute<ApiKeyBody>({
      method: 'POST',
      path: '/v1/api_keys',
      about: 'Makes a key and shows it, this once.',
      schema: SCHEMAS.apiKey,
      reply: 'api_key_made',
      refusals: ['NOT_BUILT'],
      async handle({ principal, body }) {
        const statements = body.statements.map(readStatement);
        const { platform_id: platformId, reply_status: replyStatus = 'DOCUMENTED' } = body;
        const { key, secret } = await accounts.createKey(principal, { platformId, statements, replyStatus });
        return { data: { ...showApiKey(key), api_key: secret.reveal() } };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/api_keys',
      about: 'Lists the keys of the platform, newest first.',
      schema: null,
      reply: 'api_keys',
      async handle({ principal }) {
        const keys = await accounts.listKeys(principal);
        return { data: { total_results: keys.length, results: keys.map(showApiKey) } };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/api_keys/:api_key_id',
      about: 'Reads a key, masked.',
      schema: null,
      reply: 'api_key',
      async handle({ principal, params }) {
        return { data: showApiKey(found(await accounts.getKey(principal, params['api_key_id'] ?? ''))) };
      },
    }),
    setStatus('POST', '/v1/api_keys/:api_key_id/enable', 'ENABLED'),
    setStatus('POST', '/v1/api_keys/:api_key_id/disable', 'DISABLED'),
    setStatus('DELETE', '/v1/api_keys/:api_key_id', 'DELETED'),
  ];
}

function readStatement({ permissions, constraints: { platform, merchant, ...others } }: StatementBody): Statement {
  if (Object.keys(others).length > 0) throw new Refused('NOT_BUILT', 'statements.constraints');
  const platformId = platform?.platform_id;
  const merchantId = merchant?.merchant_id;
  if (platformId !== undefined && !isId('plt', platformId))
    throw invalid('statements.constraints.platform.platform_id');
  if (merchantId !== undefined && !isId('mid', merchantId))
    throw invalid('statements.constraints.merchant.merchant_id');
  return {
    permissions: permissions.map(readGrant),
    constraints: {
      ...(platformId === undefined ? {} : { platform: { platform_id: platformId } }),
      ...(merchantId === undefined ? {} : { merchant: { merchant_id: merchantId } }),
    },
  };
}

const GRANTS: readonly Grant[] = [...PERMISSIONS, GROUP_ALL];

function readGrant(text: string): Grant {
  const grant = GRANTS.find((known) => known === text);
  if (grant === undefined) throw new Refused('NOT_BUILT', 'statements.permissions');
  return grant;
}

/** Without the key itself, which is not stored. */
export function showApiKey(key: ApiKey) {
  return {
    api_key_id: key.id,
    platform_id: key.platformId,
    masked_api_key: key.masked,
    statements: key.statements,
    reply_status: key.replyStatus,
    status: key.status,
    created_at: time(key.createdAt),
    updated_at: time(key.updatedAt),
  };
}
