/** The generic adapter keeps the contract, with the bodies of its page and those that templates and mistakes make. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describeAdapter, readFixtures } from 'tollbridge/testing';
import { generic } from '../../../adapters/generic/adapter.ts';
import { ROOT } from '../../support/sources.ts';

const fixtures = readFixtures(join(import.meta.dirname, 'fixtures'));

describeAdapter(generic, fixtures);

describe('The page of the generic form', () => {
  it('shows bodies that are fixtures', () => {
    const page = readFileSync(join(ROOT, 'docs/generic.md'), 'utf8');
    const shown = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']): unknown => JSON.parse(json));
    const kept = fixtures.filter(({ source }) => source === 'docs/generic.md').map(({ body }) => body);
    expect(shown).to.have.deep.members(kept);
  });

  it('names every field of a reply', () => {
    const page = readFileSync(join(ROOT, 'docs/generic.md'), 'utf8');
    const [route] = generic.routes;
    if (route === undefined) throw new Error('no route');
    const { body } = generic.encode({ kind: 'unknown', payinId: null, paymentMethodId: null }, route, null);
    for (const field of Object.keys(Object(body))) expect(page).to.include(`\`${field}\``);
  });
});
