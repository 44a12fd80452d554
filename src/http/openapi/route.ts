/**
 * `GET /openapi.json`: at each port the document of what is served there. It needs no credentials, for it holds nothing
 * that is not in the source.
 */
import type Router from '@koa/router';
import type { AnyAdapter } from '../../core/adapter.ts';
import type { ApiRoute } from '../api/route.ts';
import { adapterOperations } from './adapter-operations.ts';
import { apiOperation } from './api-operations.ts';
import { documentOf } from './document.ts';
import type { Operation } from './operation.ts';
import { DOCUMENT_PATH, EVERYWHERE, TOKEN_OPERATION } from './own-operations.ts';

/** Every operation of a server that has these adapters and these routes of `/v1`. */
export function operationsOf(adapters: readonly AnyAdapter[], api: readonly ApiRoute[]): readonly Operation[] {
  return [...adapters.flatMap(adapterOperations), ...api.map(apiOperation), TOKEN_OPERATION, ...EVERYWHERE];
}

/** Puts the document of those operations into the router that are served here; it is made when it is first asked for. */
export function mountDocument(
  router: Router,
  operations: () => readonly Operation[],
  isServed: (tenderData: boolean) => boolean,
): void {
  let text: string | null = null;
  router.get(DOCUMENT_PATH, (ctx) => {
    text ??= JSON.stringify(
      documentOf(operations().filter((one) => EVERYWHERE.includes(one) || isServed(one.tenderData))),
    );
    ctx.type = 'json';
    ctx.body = text;
  });
}
