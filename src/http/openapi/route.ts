/**
 * `GET /openapi.json`: at each port the document of what is served there. It needs no credentials, for it holds nothing
 * that is not in the source. Decides that it is made, and its makers loaded, when it is first asked for: a start does not
 * wait for it.
 */
import type Router from '@koa/router';
import type { AnyAdapter } from '../../core/adapter.ts';
import type { ApiRoute } from '../api/route.ts';

/** Puts the document into the router, of what is served of these adapters and these routes of `/v1`. */
export function mountDocument(
  router: Router,
  adapters: readonly AnyAdapter[],
  api: readonly ApiRoute[],
  isServed: (tenderData: boolean) => boolean,
): void {
  let text: string | null = null;
  router.get('/openapi.json', async (ctx) => {
    const { servedOperations } = await import('./operations.ts');
    const { documentOf } = await import('./document.ts');
    text ??= JSON.stringify(documentOf(servedOperations(adapters, api, isServed)));
    ctx.type = 'json';
    ctx.body = text;
  });
}
