/** The form of what a processor answers, whatever it says. */
import { expect } from 'chai';
import { DECLINE_CODES } from '../../src/core/errors.ts';
import type { Checks, SendOutcome } from '../../src/core/processor.ts';

/** That the outcome has the members of its kind and no others, with codes and letters of ours. */
export function expectWellFormed(outcome: SendOutcome): void {
  switch (outcome.kind) {
    case 'approved':
      expect(outcome).to.have.all.keys('kind', 'chargeableId', 'account', 'money', 'checks', 'token', 'reference');
      expectChecks(outcome.checks);
      return;
    case 'declined':
      expect(outcome).to.have.all.keys('kind', 'code', 'checks', 'token', 'reference');
      expect(DECLINE_CODES).to.include(outcome.code);
      expectChecks(outcome.checks);
      return;
    case 'not_sent':
    case 'closed':
    case 'unknown':
      expect(outcome).to.have.all.keys('kind');
  }
}

function expectChecks(checks: Checks): void {
  expect(checks).to.have.all.keys('authCode', 'avs', 'securityCode');
  for (const check of Object.values(checks)) if (check !== null) expect(check).to.match(/^[0-9A-Za-z]{1,8}$/);
}
