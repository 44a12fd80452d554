/** What a server can be asked, in the order of its OpenAPI document. */
import type { AnyAdapter } from '../../core/adapter.ts';
import type { ApiRoute } from '../api/route.ts';
import { adapterOperations } from './adapter-operations.ts';
import { apiOperation } from './api-operations.ts';
import type { Operation } from './operation.ts';
import { EVERYWHERE, TOKEN_OPERATION } from './own-operations.ts';

/** Every operation of a server that has these adapters and these routes of `/v1`. */
export function operationsOf(adapters: readonly AnyAdapter[], api: readonly ApiRoute[]): readonly Operation[] {
  return [...adapters.flatMap(adapterOperations), ...api.map(apiOperation), TOKEN_OPERATION, ...EVERYWHERE];
}

/** Those of them that one of its ports serves. */
export function servedOperations(
  adapters: readonly AnyAdapter[],
  api: readonly ApiRoute[],
  isServed: (tenderData: boolean) => boolean,
): readonly Operation[] {
  return operationsOf(adapters, api).filter((one) => EVERYWHERE.includes(one) || isServed(one.tenderData));
}
