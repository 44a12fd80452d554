/**
 * The documents that `cli snippet` prints, held against the best that each provider publishes: Twilio's own builder of
 * TwiML, whose types list the attributes and their values; for TeXML, which Telnyx has no builder and no schema for, the
 * attributes of its page; for SWML the keys of SignalWire's page, and its schema, of which no copy is kept here:
 * SIGNALWIRE_SCHEMA names one, such as the `signalwire/schema.json` of its Python package `signalwire-sdk`.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';
import { simulators } from '../../adapters/simulators.ts';
import { telnyx } from '../../adapters/telnyx/adapter.ts';
import { twilio } from '../../adapters/twilio/adapter.ts';
import { printSnippet } from '../../src/cli/call/snippet.ts';
import { loadConfig } from '../../src/config.ts';
import type { Order, Simulator } from '../../src/core/simulator.ts';
import { parseXml } from '../support/xml.ts';

/** What an attribute may hold. */
type Allowed = Readonly<Record<string, RegExp>>;

const HTTPS = /^https:\/\/[^\s]+$/;
const AMOUNT = /^[0-9]{1,7}(?:\.[0-9]{1,2})?$/;

/** Telnyx, TeXML <Pay>: as far as its page could be read. */
const TEXML: Allowed = {
  action: HTTPS,
  method: /^(?:GET|POST)$/,
  statusCallback: HTTPS,
  statusCallbackMethod: /^(?:GET|POST)$/,
  paymentConnector: /^.+$/,
  chargeAmount: AMOUNT,
  currency: /^USD$/,
  paymentToken: /^.+$/,
  paymentMethod: /^(?:credit-card|ach-debit)$/,
  transactionType: /^(?:charge|tokenize)$/,
};

/** SignalWire, SWML `pay`: texts as text, the rest as it is in JSON; a key that is not here is refused. */
const SWML: Allowed = {
  payment_connector_url: HTTPS,
  charge_amount: AMOUNT,
  currency: /^[a-z]{3}$/,
  description: /^.+$/,
  input: /^dtmf$/,
  language: /^[a-z]{2}-[A-Z]{2}$/,
  payment_method: /^credit-card$/,
  status_url: HTTPS,
  token_type: /^(?:one-time|reusable)$/,
  valid_card_types: /^(?:visa|mastercard|amex|maestro|discover|jcb|diners-club)(?: [a-z-]+)*$/,
  voice: /^.+$/,
};

function expectAllowed(given: Readonly<Record<string, unknown>>, allowed: Allowed): void {
  for (const [name, value] of Object.entries(given)) {
    expect(allowed, name).to.have.property(name);
    expect(value, name)
      .to.be.a('string')
      .that.matches(allowed[name] ?? /$^/);
  }
}

const ORDERS: readonly Order[] = (['charge', 'tokenize'] as const).flatMap((operation) =>
  (['card', 'bank_account'] as const).map((tender) => ({
    operation,
    tender,
    amount: '10.00',
    currency: 'USD',
    description: 'Two pizzas & "cola" <large>',
    parameters: { payin_config_id: 'cfg_1', note: `it's <"&>` },
    baseUrl: 'https://pay.example',
  })),
);

const ordersOf = ({ tenders }: Simulator) => ORDERS.filter(({ tender }) => tenders.includes(tender));
const named = (name: string): Simulator => {
  const found = simulators.find((simulator) => simulator.name === name);
  if (found === undefined) throw new Error(`no simulator ${name}`);
  return found;
};

/** The same as Twilio's package writes it; an attribute or a value that its types do not list does not compile. */
function builtByTwilio({ operation, tender, amount, description, parameters }: Order): string {
  const response = new VoiceResponse();
  const pay = response.pay({
    paymentConnector: 'Tollbridge',
    action: 'https://your-app.example/paid',
    ...(description === null ? {} : { description }),
    ...(operation === 'charge' ? { chargeAmount: amount, currency: 'usd' } : {}),
    ...(tender === 'card'
      ? {
          paymentMethod: 'credit-card',
          validCardTypes: ['visa', 'mastercard', 'amex', 'discover', 'jcb', 'diners-club', 'maestro'],
        }
      : { paymentMethod: 'ach-debit', bankAccountType: 'consumer-checking' }),
  });
  if (tender === 'bank_account') pay.parameter({ name: 'AVSName', value: 'NAME OF THE ACCOUNT HOLDER' });
  for (const [name, value] of Object.entries(parameters)) pay.parameter({ name, value });
  return response.toString();
}

/** What each `curl` of the lines would ask, by a shell's own reading of them. */
function urlsOf(lines: string): readonly string[] {
  const { status, stdout } = spawnSync('sh', ['-ec', `curl() { printf '%s\\n' "$1"; }\n${lines}`], {
    encoding: 'utf8',
  });
  expect(status).to.equal(0);
  return stdout.trimEnd().split('\n');
}

describe('the documents for a real call', () => {
  it("of twilio are what Twilio's own package builds", () => {
    const { snippet } = named('twilio');
    for (const order of [...ORDERS, ...ORDERS.map((order) => ({ ...order, description: null }))]) {
      expect(parseXml(snippet(order))).to.deep.equal(parseXml(builtByTwilio(order)));
    }
  });

  it('of telnyx, which publishes no builder, are TeXML of documented attributes, the parameters as given', () => {
    for (const order of ORDERS) {
      const root = parseXml(named('telnyx').snippet(order));
      const [pay, ...more] = root.children;
      expect([root.name, pay?.name, more.length]).to.deep.equal(['Response', 'Pay', 0]);
      expectAllowed(pay?.attributes ?? {}, TEXML);
      expect(pay?.attributes['chargeAmount']).to.equal(order.operation === 'charge' ? '10.00' : undefined);
      const parameters = Object.fromEntries(
        (pay?.children ?? []).map(({ name, attributes }) => {
          expect(name).to.equal('Parameter');
          expect(attributes).to.have.all.keys('name', 'value');
          return [attributes['name'], attributes['value']];
        }),
      );
      expect(parameters).to.deep.include(order.parameters);
      expect('AVSName' in parameters).to.equal(order.tender === 'bank_account');
    }
  });

  const schema = process.env['SIGNALWIRE_SCHEMA'];
  it(`of signalwire keep SignalWire's schema${schema === undefined ? ': skipped without SIGNALWIRE_SCHEMA' : ''}`, function () {
    if (schema === undefined) return this.skip();
    const validate = new Ajv2020({ strict: false, logger: false }).compile(JSON.parse(readFileSync(schema, 'utf8')));
    const simulator = named('signalwire');
    for (const order of ordersOf(simulator)) {
      const document = JSON.parse(simulator.snippet(order));
      expect(validate(document), JSON.stringify(validate.errors)).to.equal(true);
      const [, { pay }] = document.sections.main;
      const withPay = (changes: object) => ({ ...document, sections: { main: [{ pay: { ...pay, ...changes } }] } });
      expect(validate(withPay({}))).to.equal(true);
      for (const wrong of [{ charge_amount: 10 }, { payment_method: 'ach-debit' }, { unknown: 'key' }]) {
        expect(validate(withPay(wrong)), JSON.stringify(wrong)).to.equal(false);
      }
    }
  });

  it('name the connector as it is typed into its form', () => {
    for (const adapter of [telnyx, twilio]) {
      for (const order of ORDERS) {
        const [pay] = parseXml(named(adapter.name).snippet(order)).children;
        expect(Object.values(adapter.setup(order.baseUrl).values)).to.include(pay?.attributes['paymentConnector']);
      }
    }
  });

  it('of signalwire are SWML of documented keys, the amount as a text', () => {
    const simulator = named('signalwire');
    expect(ordersOf(simulator)).to.have.length(2);
    for (const order of ordersOf(simulator)) {
      const document = JSON.parse(simulator.snippet(order));
      expect(document).to.have.all.keys('version', 'sections');
      const { parameters, ...pay } = document.sections.main[1].pay;
      expectAllowed(pay, SWML);
      expect(pay.payment_connector_url).to.equal('https://api_key:CONNECTOR_KEY@pay.example/vendor/signalwire/pay');
      expect(pay.charge_amount).to.equal(order.operation === 'charge' ? '10.00' : undefined);
      expect(parameters).to.deep.equal(Object.entries(order.parameters).map(([name, value]) => ({ name, value })));
    }
  });

  for (const [provider, paths] of [
    ['cart', ['/api/v1/oauth/token', '/api/v1/pay/voice/carts', '/payments/', '/api/v1/pay/carts/']],
    ['generic', ['/vendor/generic/']],
  ] as const) {
    it(`of ${provider} are requests for a shell, their JSON whole`, () => {
      const simulator = named(provider);
      for (const order of ordersOf(simulator)) {
        const lines = simulator.snippet(order).replaceAll('\\\n', '');
        const posted = [...lines.matchAll(/-d '(\{(?:[^']|'\\'')*\})'/g)].map(([, json = '']) =>
          JSON.parse(json.replaceAll("'\\''", "'")),
        );
        expect(posted).to.have.length(provider === 'cart' ? 2 : 1);
        const urls = urlsOf(simulator.snippet(order));
        expect(urls).to.have.length(paths.length);
        for (const [i, path] of paths.entries())
          expect(urls[i])
            .to.match(/^https:\/\/pay\.example\//)
            .and.include(path);
        expect(JSON.stringify(posted)).to.include(JSON.stringify(order.parameters['note']).slice(1, -1));
      }
    });
  }

  it('for a shell reach the very URL that is given', () => {
    const baseUrl = "https://pay.example/a'b$(c)&d;e";
    for (const simulator of [named('cart'), named('generic')]) {
      for (const order of ordersOf(simulator)) {
        for (const url of urlsOf(simulator.snippet({ ...order, baseUrl }))) expect(url).to.include(`${baseUrl}/`);
      }
    }
  });

  it('of a config need one, of a cart take none', () => {
    const options = { amount: '12.50', card: '4111111111111111' };
    const print = (provider: string, more: object) => () =>
      printSnippet(loadConfig({}), provider, { ...options, ...more }, () => {});
    expect(print('twilio', {})).to.throw(/--config is needed/);
    expect(print('cart', { config: 'cfg_7' })).to.throw(/takes no --config/);
    expect(print('cart', { tokenize: true })).to.throw(/stores no cards/);
    expect(print('cart', {})).to.not.throw();
  });

  it('name the config, by the command line, and are all that it prints', () => {
    let written = '';
    const options = { config: 'cfg_7', amount: '12.50', card: '4111111111111111', url: 'https://pay.example/' };
    printSnippet(loadConfig({}), 'twilio', options, (text) => (written += text));
    const [pay] = parseXml(written).children;
    expect(pay?.attributes).to.include({ chargeAmount: '12.50', currency: 'usd' });
    expect(pay?.children).to.deep.equal([
      { name: 'Parameter', attributes: { name: 'payin_config_id', value: 'cfg_7' }, children: [] },
    ]);
  });

  const broken: readonly (readonly [string, string])[] = [
    ['an element that is not closed', '<A><B/>'],
    ['elements that cross', '<A><B></A></B>'],
    ['two roots', '<A/><B/>'],
    ['an attribute twice', '<A b="1" b="2"/>'],
    ['a bare ampersand', '<A b="a & b"/>'],
    ['a bare quote', '<A b="a"b"/>'],
    ['text between elements', '<A>text</A>'],
  ];
  for (const [what, text] of broken) {
    it(`would not pass with ${what}`, () => {
      expect(() => parseXml(text)).to.throw();
    });
  }
});
