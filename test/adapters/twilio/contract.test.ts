/** Twilio's adapter keeps the contract, with its documented and logged bodies as they stand and with a config of ours. */
import { join } from 'node:path';
import { type AdapterFixture, describeAdapter, readFixtures } from 'tollbridge/testing';
import { twilio } from '../../../adapters/twilio/adapter.ts';
import type { Json } from '../../../src/core/adapter.ts';

/** What the files say beside the contract's own form. */
interface TwilioFixture extends AdapterFixture {
  readonly body: { readonly [field: string]: Json };
  readonly with_our_config: Pick<AdapterFixture, 'command'> & {
    readonly parameters?: { readonly [name: string]: Json };
  };
}

const asTheyStand = readFixtures<TwilioFixture>(join(import.meta.dirname, 'fixtures'));

const withOurConfig = asTheyStand.map((fixture): AdapterFixture => {
  const { name, path, body, with_our_config: ours } = fixture;
  const isTokenize = path.endsWith('/tokenize') || body['method'] === 'tokenize';
  const config = isTokenize ? { payment_method_config_id: 'pmc_ours' } : { payin_config_id: 'cfg_ours' };
  const parameters = { ...Object(body['parameters']), ...ours.parameters, ...config };
  return { ...fixture, name: `${name}, with our config`, body: { ...body, parameters }, command: ours.command };
});

describeAdapter(twilio, [...asTheyStand, ...withOurConfig]);
