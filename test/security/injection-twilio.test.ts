/**
 * Words that a database, a log or the language could take for its own, in every text that Twilio delivers, on every
 * store: the payment is refused or charged once, its words are kept as they are, and the log has no line of theirs.
 */
import { expect } from 'chai';
import schema from '../../schemas/twilio/pay.schema.json' with { type: 'json' };
import { FORGED, pollution, TEXTS } from '../support/hostile.ts';
import { post } from '../support/refusals.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';
import { chargeBody, chargesOf, payinConfig } from '../support/twilio.ts';

/** Those that are kept; the rest of the body decides about the payment. */
const KEPT = ['description', 'parameters.order'];
const PARAMETERS = [
  ...['payin_config_id', 'payment_method_config_id', 'payment_method_id', 'AVSName'],
  ...['account_holder_name', 'account_type', 'account_holder_type', 'order'],
];
const PLACES = [
  ...Object.keys(schema.properties).filter((field) => field !== 'parameters'),
  ...PARAMETERS.map((name) => `parameters.${name}`),
];

eachStore("Hostile words in Twilio's bodies", (stores) => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ store: stores.store() });
  });
  after(() => server.close());
  afterEach(() => expect(pollution()).to.deep.equal([]));

  let calls = 0;

  for (const place of PLACES) {
    it(`${place}: are refused or charged once`, async () => {
      for (const [what, text] of Object.entries(TEXTS)) {
        const config = await payinConfig(server);
        const [field = '', name] = place.split('.');
        const parameters = { payin_config_id: config, ...(name === undefined ? {} : { [name]: text }) };
        const planted = name === undefined ? { [field]: text } : {};
        const body = chargeBody(config, { transaction_id: `hostile-${++calls}`, parameters, ...planted });
        const { body: told } = await post(server, { body });
        const charges = await chargesOf(server, config);
        expect(charges, what).to.have.length(told.error_code === null ? 1 : 0);
        if (told.error_code !== null || !KEPT.includes(place)) continue;
        const attempt = await server.store.find('attempts', 'payinId', String(told.charge_id));
        // Half a character is no text: on MongoDB it becomes the mark for what was not readable.
        expect(Buffer.from(String(attempt?.metadata[name ?? field])), what).to.deep.equal(Buffer.from(text));
      }
    });
  }

  it('in fields that nobody knows do not disturb the payment', async () => {
    const config = await payinConfig(server);
    const unknown = Object.fromEntries(
      Object.values(TEXTS).map((text, i) => [`new-${i}`, { deep: [text.slice(0, 1_000)] }]),
    );
    const body = { ...unknown, ...chargeBody(config, { transaction_id: 'unknown' }) };
    expect((await post(server, { body })).body.error_code).to.equal(null);
  });

  it('write no line of the log', () => {
    const lines = server.log.lines();
    expect(lines).to.have.length.above(PLACES.length);
    for (const line of lines) {
      expect(JSON.parse(line)).to.have.property('event').not.equal(FORGED);
      expect(line).not.to.include(FORGED);
      // A terminal would obey, and a reader of lines would see more than one.
      expect(line).not.to.match(/[\p{Cc}\u2028\u2029\u202e]/u);
    }
  });
});
