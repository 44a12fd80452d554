/** That a customer's function posts what docs/generic.md prints, and reads `status`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { generic } from '../../../adapters/generic/adapter.ts';
import { genericSimulator as simulator } from '../../../adapters/generic/simulator.ts';
import type { Call, WireReply } from '../../../src/core/simulator.ts';
import { bankCall, cardCall, endingOf, faultsOf, firstRequest, LOGIN } from '../../support/calls.ts';

const bodyOf = (call: Call) => JSON.parse(firstRequest(simulator, call).body ?? '');
const fixture = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures', `${name}.json`), 'utf8')).body;
const reply = (body: object): WireReply => ({
  status: 200,
  contentType: 'application/json',
  body: JSON.stringify(body),
});

const APPROVED = { status: 'approved', payin_id: 'pyi_1', payment_method_id: 'mtd_1', error_code: null };
const DECLINED = { status: 'declined', payin_id: 'pyi_1', error_code: 'DECLINED', error_message: 'No.' };
const PENDING = { status: 'pending', error_code: 'PAYMENT_PENDING', error_message: 'Not yet.' };

describe("The generic form's simulator", () => {
  it('posts the documented fields to the route of the operation, minor units as a number', () => {
    const named = { parameters: { payin_config_id: 'cfg_ours', order: '17' } };
    expect(bodyOf(cardCall(named))).to.have.all.keys(Object.keys(fixture('01-charge-card')));
    expect(bodyOf(cardCall(named))).to.deep.include({ amount: 1000, metadata: { order: '17' } });
    expect(bodyOf(bankCall(named)).bank_account).to.have.all.keys(
      Object.keys(fixture('02-charge-bank-account').bank_account),
    );
    for (const operation of ['charge', 'tokenize'] as const) {
      const { path } = firstRequest(simulator, cardCall({ operation }));
      expect(generic.routes.map((route) => route.path)).to.include(`${simulator.path}${path}`);
    }
  });

  it('takes an id for an approval only beside that status', () => {
    expect(endingOf(simulator, cardCall(), reply(APPROVED))).to.include({ verdict: 'approved', id: 'pyi_1' });
    expect(endingOf(simulator, cardCall({ operation: 'tokenize' }), reply(APPROVED))).to.include({ id: 'mtd_1' });
    expect(endingOf(simulator, cardCall(), reply(DECLINED))).to.include({
      verdict: 'failed',
      id: null,
      code: 'DECLINED',
    });
    expect(endingOf(simulator, cardCall(), reply({ status: 'approved' }))).to.include({ verdict: 'malformed' });
    expect(endingOf(simulator, cardCall(), null)).to.include({ verdict: 'silent' });
  });

  it('sends the same request again while the outcome is open, and no more once it is known', () => {
    const call = cardCall();
    const request = firstRequest(simulator, call);
    const nextAfter = (body: object) => simulator.next(call, LOGIN, [{ request, reply: reply(body) }]);
    expect(nextAfter(PENDING)).to.deep.equal({ ...request, afterMs: 1_000 });
    expect(simulator.next(call, LOGIN, [{ request, reply: null }])).to.deep.equal(request);
    for (const known of [APPROVED, DECLINED]) expect(nextAfter(known)).to.equal(null);
  });

  it('finds fault with what the form does not allow, and with nothing else', () => {
    for (const good of [APPROVED, DECLINED, PENDING])
      expect(faultsOf(simulator, cardCall(), reply(good))).to.deep.equal([]);
    expect(faultsOf(simulator, cardCall(), { ...reply(DECLINED), status: 402 })).to.deep.equal([
      'the HTTP status is 402',
    ]);
    expect(faultsOf(simulator, cardCall(), reply({ ...DECLINED, error_message: null }))).to.have.length(1);
    expect(faultsOf(simulator, cardCall(), reply({ ...APPROVED, more: {} }))).to.deep.equal(['the reply is not flat']);
  });
});
