/** An adapter from outside of the tree keeps the contract, as its author would test it. */
import { describeAdapter } from 'tollbridge/testing';
import acme from './acme.ts';

describeAdapter(acme, [
  {
    name: 'a charge',
    source: 'made up',
    path: '/vendor/acme',
    body: {
      call: 'call-1',
      config: 'cfg_1',
      pay: '10.00',
      currency: 'USD',
      card: '4111111111111111',
      expiry: '1230',
      code: '123',
    },
    command: {
      kind: 'charge',
      source: 'IVR',
      configId: 'cfg_1',
      transactionId: 'call-1',
      money: { amount: 1000, currency: 'USD' },
      tender: {
        kind: 'card',
        number: '4111111111111111',
        expiry: { month: 12, year: 2030 },
        securityCode: '123',
        postalCode: null,
      },
      billingContact: {},
      metadata: {},
    },
  },
]);
