/** Which routing a merchant may have: what is named in it has to be there, and the second has to be another than the first. */
import { Refused } from '../core/errors.ts';
import type { Processors, Route, Routing } from '../core/processor.ts';

/** @throws {Refused} `INVALID_REQUEST`, with the field of `PUT /v1/merchants/{id}/routing` that is to blame. */
export function checkRouting({ first, second, secondAfter }: Routing, processors: Processors): void {
  checkRoute(first, '', processors);
  if (second === null) {
    if (secondAfter.length > 0) throw new Refused('INVALID_REQUEST', 'second_after', 'There is no second processor.');
    return;
  }
  checkRoute(second, 'second.', processors);
  if (second.processor === first.processor && second.account === first.account) {
    throw new Refused(
      'INVALID_REQUEST',
      'second',
      'It is the same as the first: what that declined would be sent again.',
    );
  }
}

function checkRoute({ processor: name, account }: Route, within: '' | 'second.', processors: Processors): void {
  const processor = processors.of(name);
  if (processor === null) {
    const names = processors.all.map((one) => one.name).join(', ');
    const detail = `This server has no credentials for a processor of that name. It has: ${names}.`;
    throw new Refused('INVALID_REQUEST', `${within}processor`, detail);
  }
  if (processor.takesAccount?.(account) ?? account === null) return;
  const detail =
    account === null
      ? 'The processor needs the account of the merchant there.'
      : 'The processor has no account of that form here, or needs none.';
  throw new Refused('INVALID_REQUEST', `${within}account`, detail);
}
