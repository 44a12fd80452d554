/** Fields that are not what they should be, one at a time in a charge that is otherwise good; and every right spelling. */
import { expect } from 'chai';
import schema from '../../schemas/twilio/pay.schema.json' with { type: 'json' };
import type { ErrorCode } from '../../src/core/errors.ts';
import { OPERATORS } from '../support/hostile.ts';
import { changesNothing, post, refuses, shapeOf, TWILIO_PATH } from '../support/refusals.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { createDatabase, type TestDatabase } from '../support/stores.ts';
import { chargeBody, chargesOf, payinConfig, paymentMethodConfig, tokenizeBody } from '../support/twilio.ts';

const BANK = {
  cardnumber: null,
  cvv: null,
  expiry_month: null,
  expiry_year: null,
  postal_code: null,
  bankaccountnumber: '123456789',
  routingnumber: '110000000',
};

describe("the fields of Twilio's body", () => {
  let database: TestDatabase;
  let server: TestServer;
  let config: string;
  let methodConfig: string;
  let calls = 0;
  const transaction = () => ({ transaction_id: `fields-${++calls}` });

  before(async () => {
    database = await createDatabase('sqlite');
    server = await startServer({ store: await database.open() });
    config = await payinConfig(server);
    methodConfig = await paymentMethodConfig(server);
  });
  after(async () => {
    await server.close();
    await database.destroy();
  });

  const isRefused = (changes: object, code: ErrorCode) =>
    refuses(server, config, code, { body: chargeBody(config, { ...transaction(), ...changes }) });

  /** The code under which each of the values is refused in a field. */
  function refusedIn(field: string, values: readonly unknown[], code: ErrorCode) {
    for (const value of values) {
      it(`${field}: ${JSON.stringify(value)} is ${code}`, () => isRefused({ [field]: value }, code));
    }
  }

  describe('of a wrong type', () => {
    const WRONG: readonly unknown[] = [1, 0, -1.5, 1e300, false, {}, ['10.00'], ...OPERATORS];
    const FIELDS = Object.keys(schema.properties).filter((field) => field !== 'parameters');
    for (const field of FIELDS) {
      it(`are refused, and the log names the field: ${field}`, async () => {
        for (const value of WRONG) await isRefused({ [field]: value }, 'INVALID_REQUEST');
        expect(server.log.entries('payment').at(-1)).to.include({ outcome: 'refused', field });
      });
    }

    it('are refused: parameters', async () => {
      const good = { payin_config_id: config };
      for (const value of ['payin_config_id', 1, true, [], [good], [{ name: 'payin_config_id', value: config }]]) {
        await isRefused({ parameters: value }, 'INVALID_REQUEST');
      }
      for (const value of [1, {}, ...OPERATORS]) {
        await isRefused({ parameters: { ...good, order: value } }, 'INVALID_REQUEST');
        await isRefused({ parameters: { payin_config_id: value } }, 'INVALID_REQUEST');
      }
    });
  });

  describe('that are too long', () => {
    for (const [field, length] of [
      ['transaction_id', 257],
      ['cardnumber', 513],
      ['postal_code', 16],
      ['amount', 513],
      ['description', 2_049],
    ] as const) {
      it(`are refused: ${field}`, () => isRefused({ [field]: '1'.repeat(length) }, 'INVALID_REQUEST'));
    }

    it('are refused: parameters, their names, their values and all of them together', async () => {
      const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`name-${i}`, 'value']));
      const long = { one: 'a'.repeat(4_096), two: 'b'.repeat(4_096) };
      for (const more of [many, { ['n'.repeat(257)]: 'value' }, { name: 'v'.repeat(4_097) }, long]) {
        await isRefused({ parameters: { payin_config_id: config, ...more } }, 'INVALID_REQUEST');
      }
    });
  });

  describe('the amount', () => {
    const NOT_AMOUNTS = [
      '1e2',
      '0x10',
      '１０',
      '1,000.00',
      ' 10',
      '10 ',
      '10.005',
      '10.000',
      '-0',
      '-10.00',
      '+1',
      '+10.00',
    ];
    const NOR_THESE = [
      'NaN',
      'Infinity',
      '10.',
      '.5',
      '010',
      '010.00',
      '1__0',
      '1_0',
      '10,00',
      '$10.00',
      '10.00USD',
      '10.0.0',
    ];
    const HUGE = [
      '9'.repeat(17),
      `${'9'.repeat(400)}`,
      '90071992547409.92',
      '1e309',
      '٣',
      '10\n',
      '10\u0000',
      '1/1',
      '',
    ];
    refusedIn('amount', [...NOT_AMOUNTS, ...NOR_THESE, ...HUGE, null], 'INVALID_REQUEST');
    refusedIn('amount', ['0', '0.00', '10.01', '1000', '9.99', '90071992547409.91'], 'AMOUNT_MISMATCH');

    for (const amount of ['10', '10.0', '10.00']) {
      it(`${amount} is ten dollars`, async () => {
        const own = await payinConfig(server);
        const { body } = await post(server, { body: chargeBody(own, { ...transaction(), amount }) });
        expect(body.parameters['amount']).to.equal('10.00');
        const [charge] = await chargesOf(server, own);
        expect(charge?.operation?.money).to.deep.equal({ amount: 1000, currency: 'USD' });
      });
    }
  });

  describe('the currency', () => {
    refusedIn(
      'currency_code',
      ['XXX', 'US', 'DOLLAR', 'usd ', '$', 'constructor', '__proto__', 'ＵＳＤ'],
      'INVALID_REQUEST',
    );
    refusedIn('currency_code', ['EUR', 'eur'], 'CURRENCY_MISMATCH');
    refusedIn('currency_code', ['JPY', 'KRW'], 'INVALID_REQUEST');

    for (const currency_code of ['USD', 'usd', 'Usd', null, '']) {
      it(`${JSON.stringify(currency_code)} is US dollars`, () => isCharged({ currency_code }));
    }
  });

  describe('the card', () => {
    refusedIn(
      'cardnumber',
      ['4111 1111 1111 1111', '4111-1111-1111-1111', '４１１１１１１１１１１１１１１１', 'x', '-1'],
      'INVALID_CARD_NUMBER',
    );
    refusedIn('cardnumber', ['4', '4111111111111112', '0000000000000000', `4${'1'.repeat(40)}`], 'INVALID_CARD_NUMBER');
    refusedIn('cardnumber', ['', null], 'INVALID_REQUEST');
    refusedIn('expiry_month', ['0', '00', '13', '1.5', ' 8', '008', '-8', 'Aug', '８', '', null], 'INVALID_EXPIRY');
    refusedIn(
      'expiry_year',
      ['3', '030', '1930', '20300', '99', '2099', '25', '2025', ' 30', '-30', '３０', '', null],
      'INVALID_EXPIRY',
    );
    refusedIn('cvv', ['12', '12345', '12a', ' 123', '1.3', '１２３'], 'INVALID_SECURITY_CODE');

    for (const [expiry_month, expiry_year] of [
      ['08', '30'],
      ['8', '30'],
      ['08', '2030'],
      ['12', '2030'],
    ]) {
      it(`expires ${expiry_month}/${expiry_year}`, () => isCharged({ expiry_month, expiry_year }));
    }

    it('needs no security code and no postal code where nobody asks for them', async () => {
      for (const nothing of [null, '']) await isCharged({ cvv: nothing, postal_code: nothing });
      await isCharged({}, ['cvv', 'postal_code']);
    });
  });

  describe('the bank account', () => {
    const holder = () => ({ payin_config_id: config, AVSName: 'Ada Lovelace' });
    const isRefusedBank = (changes: object, code: ErrorCode, parameters: object = {}) =>
      isRefused({ ...BANK, ...changes, parameters: { ...holder(), ...parameters } }, code);

    for (const routingnumber of ['12345678', '110000001', '000000000', '1100000000', '11000000x', '', null]) {
      it(`routing number ${JSON.stringify(routingnumber)} is refused`, () =>
        isRefusedBank({ routingnumber }, 'INVALID_ROUTING_NUMBER'));
    }
    for (const bankaccountnumber of ['123', '1'.repeat(18), '12345678x', '1234 5678', '１２３４５６', '-1234567']) {
      it(`account number ${JSON.stringify(bankaccountnumber)} is refused`, () =>
        isRefusedBank({ bankaccountnumber }, 'INVALID_ACCOUNT_NUMBER'));
    }
    it('of an unknown type is refused', async () => {
      for (const account_type of ['current', '__proto__', 'constructor', '1'])
        await isRefusedBank({}, 'INVALID_REQUEST', { account_type });
      for (const account_holder_type of ['nobody', 'toString'])
        await isRefusedBank({}, 'INVALID_REQUEST', { account_holder_type });
    });
    it('beside a card is refused', () => isRefused({ bankaccountnumber: '123456789' }, 'INVALID_REQUEST'));
    it('or a card must be there', () => isRefusedBank({ bankaccountnumber: null }, 'INVALID_REQUEST'));
    it('needs a holder: null, empty and absent are none', async () => {
      for (const AVSName of [null, '']) await isRefusedBank({}, 'ACCOUNT_HOLDER_REQUIRED', { AVSName });
      await isRefused({ ...BANK, parameters: { payin_config_id: config } }, 'ACCOUNT_HOLDER_REQUIRED');
    });
  });

  describe('what may be left out', () => {
    const OPTIONAL = [
      'cvv',
      'postal_code',
      'currency_code',
      'description',
      'bankaccountnumber',
      'routingnumber',
    ] as const;
    for (const field of OPTIONAL) {
      it(`${field}: null, empty and absent are alike`, async () => {
        const told = [];
        for (const value of [null, '']) told.push(await isCharged({ [field]: value }));
        told.push(await isCharged({}, [field]));
        for (const payin of told) {
          const attempt = await server.store.find('attempts', 'payinId', String(payin.charge_id));
          expect(attempt?.metadata).to.deep.equal(field === 'description' ? {} : { description: 'pizza' });
        }
      });
    }

    it('a parameter: null and empty are as good as absent', async () => {
      for (const nothing of [null, '']) {
        const own = await payinConfig(server);
        const parameters = { payin_config_id: own, payment_method_config_id: nothing, order: nothing };
        const { body } = await post(server, { body: chargeBody(own, { ...transaction(), parameters }) });
        const attempt = await server.store.find('attempts', 'payinId', String(body.charge_id));
        expect(attempt?.metadata).to.deep.equal({ description: 'pizza' });
      }
    });

    it('not the transaction id', async () => {
      for (const transaction_id of ['', null, undefined]) await isRefused({ transaction_id }, 'INVALID_REQUEST');
    });
  });

  describe('the transaction id', () => {
    refusedIn('transaction_id', ['a\u0000b', 'a\nb', '\ud800', 'a\udc00'], 'INVALID_REQUEST');
  });

  describe('the configs', () => {
    const IDS = (): readonly (readonly [string, object | null | undefined])[] => [
      ['none', {}],
      ['null', null],
      ['absent', undefined],
      ['empty', { payin_config_id: '' }],
      ['both', { payin_config_id: config, payment_method_config_id: methodConfig }],
      ["both, by the other's second spelling", { payin_config_id: config, payment_method_id: methodConfig }],
      ["the other method's", { payment_method_config_id: methodConfig }],
    ];
    it('are refused where they do not fit a charge', async () => {
      for (const [, parameters] of IDS()) await isRefused({ parameters }, 'INVALID_REQUEST');
    });

    it('are refused where they do not fit a tokenize', async () => {
      const wrong = [
        {},
        { payin_config_id: config },
        { payin_config_id: config, payment_method_config_id: methodConfig },
        { payment_method_id: methodConfig, payment_method_config_id: `${methodConfig}x` },
      ];
      for (const parameters of wrong) {
        const body = tokenizeBody(methodConfig, { ...transaction(), parameters });
        const told = await changesNothing(server, methodConfig, () => post(server, { body }));
        expect(told.body).to.include({ token_id: null, error_code: 'INVALID_REQUEST' });
      }
    });

    it('of the other kind under the right name are not found', async () => {
      await isRefused({ parameters: { payin_config_id: methodConfig } }, 'PAYIN_CONFIG_NOT_FOUND');
      const body = tokenizeBody(config, transaction());
      const told = await changesNothing(server, config, () => post(server, { body }));
      expect(told.body).to.include({ token_id: null, error_code: 'PAYMENT_METHOD_CONFIG_NOT_FOUND' });
    });

    it('that cannot exist are not found', async () => {
      const ids = [
        'x',
        `${config} `,
        `${config}\u0000`,
        config.toLowerCase(),
        config.slice(4),
        '../x',
        'a'.repeat(4_000),
        '%',
        "' OR 1=1 --",
        '*',
      ];
      for (const id of ids) await isRefused({ parameters: { payin_config_id: id } }, 'PAYIN_CONFIG_NOT_FOUND');
    });
  });

  describe('the method', () => {
    const METHODS = ['', null, 'Charge', 'CHARGE', ' charge', 'refund', 'credit-card', 'constructor', '__proto__'];
    refusedIn('method', METHODS, 'INVALID_REQUEST');

    it('missing is refused where the path does not name it', () => isRefused({ method: undefined }, 'INVALID_REQUEST'));

    it('that disagrees with the legacy path is refused, under the name that the path gives the id', async () => {
      const charge = chargeBody(config, transaction());
      const tokenize = tokenizeBody(methodConfig, transaction());
      for (const [path, body, idField] of [
        ['charge', { ...charge, method: 'tokenize' }, 'charge_id'],
        ['charge', tokenize, 'charge_id'],
        ['tokenize', { ...tokenize, method: 'charge' }, 'token_id'],
        ['tokenize', charge, 'token_id'],
      ] as const) {
        const told = await changesNothing(server, config, () => post(server, { path: `${TWILIO_PATH}/${path}`, body }));
        expect(told.body).to.include({ [idField]: null, error_code: 'INVALID_REQUEST' });
      }
    });
  });

  describe('after all these refusals', () => {
    it('both configs can still be used', async () => {
      const charged = await post(server, { body: chargeBody(config, transaction()) });
      expect(charged.body.error_code).to.equal(null);
      const stored = await post(server, { body: tokenizeBody(methodConfig, transaction()) });
      expect(stored.body.error_code).to.equal(null);
    });
  });

  async function isCharged(changes: object, without: readonly string[] = []) {
    const own = await payinConfig(server);
    const entries = Object.entries(chargeBody(own, { ...transaction(), ...changes }));
    const sent = Object.fromEntries(entries.filter(([field]) => !without.includes(field)));
    const { status, text } = await post(server, { body: sent });
    const { body } = shapeOf(status, text);
    expect(body.error_code, text).to.equal(null);
    return body;
  }
});
