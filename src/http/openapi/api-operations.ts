/** `/v1` in the OpenAPI document: what follows for an operation from the declaration of its route. */
import type { ApiRoute } from '../api/route.ts';
import { type Answers, errorsFor, type Operation, objectOf, SIGNED_IN } from './operation.ts';

/** The operation of a route. */
export function apiOperation(route: ApiRoute): Operation {
  const { method, path, about, schema, reply, query = {}, refusals = [], whenEmpty } = route;
  const [, , group = ''] = path.split('/');
  const isBuilt = reply !== 'notBuilt';
  const errors = errorsFor([
    ...SIGNED_IN,
    ...refusals,
    ...(isBuilt ? (['FORBIDDEN'] as const) : (['NOT_BUILT'] as const)),
    ...(isBuilt && path.includes(':') ? (['NOT_FOUND'] as const) : []),
    ...(schema === null ? [] : (['PAYLOAD_TOO_LARGE'] as const)),
  ]);
  return {
    method,
    path,
    tag: isBuilt ? group : 'not built',
    about,
    tenderData: route.tenderData === true,
    query,
    body: schema === null ? null : { contentType: 'application/json', schema, optional: whenEmpty !== undefined },
    credentials: ['bearer', 'accessToken'],
    answers: { ...successOf(reply), ...errors },
  };
}

function successOf(reply: ApiRoute['reply']): Answers {
  if (reply === 'notBuilt') return {};
  if (reply === 'noContent') return { 204: { description: 'Done.', schemas: [] } };
  const envelope = objectOf({
    status: { const: 'SUCCESS' },
    data: { $ref: `#/components/schemas/${reply}` },
    errors: { type: 'null' },
  });
  return { 200: { description: 'Done.', schemas: [envelope] } };
}
