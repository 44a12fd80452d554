/** Payments in the generic form against a whole server: what is answered, what is charged, and what a repeat hears. */
import { expect } from 'chai';
import { exchange } from '../../support/exchange.ts';
import { basic } from '../../support/refusals.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { createDatabase, type TestDatabase } from '../../support/stores.ts';
import { chargesOf, POOR_VISA, payinConfig, paymentMethodConfig, VISA } from '../../support/twilio.ts';

const card = (number: string) => ({ number, expiry_month: '08', expiry_year: '30', security_code: '123' });

describe('A payment in the generic form', () => {
  let database: TestDatabase;
  let server: TestServer;
  before(async () => {
    database = await createDatabase('sqlite');
    server = await startServer({ store: await database.open() });
  });
  after(async () => {
    await server.close();
    await database.destroy();
  });

  async function post(operation: 'charge' | 'tokenize', body: unknown, password = server.connectorKey) {
    const headers = { authorization: basic('api_key', password) };
    const { status, text } = await exchange(server.url, { path: `/vendor/generic/${operation}`, headers, body });
    return { status, text, body: JSON.parse(text) };
  }

  const charge = (config: string, changes: object) =>
    post('charge', {
      transaction_id: 'contact-1',
      payin_config_id: config,
      amount: 1000,
      currency: 'USD',
      card: card(VISA),
      ...changes,
    });

  it('is charged once, however often it is sent, with the same bytes', async () => {
    const config = await payinConfig(server);
    const first = await charge(config, { transaction_id: 'once' });
    expect(first.status).to.equal(200);
    expect(first.body).to.include({
      status: 'approved',
      payin_status: 'PROCESSING',
      amount: 1000,
      currency: 'USD',
      tender: 'card',
      brand: 'visa',
      last_4: '1111',
      error_code: null,
    });
    expect(first.body.payin_id).to.match(/^sbx_pyi_/);
    expect((await charge(config, { transaction_id: 'once' })).text).to.equal(first.text);
    expect(await chargesOf(server, config)).to.have.lengthOf(1);
  });

  it('tells a decline, and takes another card in a new transaction', async () => {
    const config = await payinConfig(server);
    const poor = await charge(config, { transaction_id: 'poor', card: card(POOR_VISA) });
    expect(poor.status).to.equal(200);
    expect(poor.body).to.include({ status: 'declined', error_code: 'INSUFFICIENT_FUNDS', confirmation_code: null });
    expect(poor.body.payin_id).to.match(/^sbx_pyi_/);
    expect((await charge(config, { transaction_id: 'rich' })).body.status).to.equal('approved');
  });

  it('is refused where the caller was told another amount than the config has', async () => {
    const config = await payinConfig(server);
    const { status, body } = await charge(config, { transaction_id: 'other', amount: 1001 });
    expect(status).to.equal(200);
    expect(body).to.include({
      status: 'refused',
      error_code: 'AMOUNT_MISMATCH',
      error_field: 'amount',
      payin_id: null,
    });
    expect(await chargesOf(server, config)).to.have.lengthOf(0);
  });

  it('stores a card, and charges it later by its id', async () => {
    const stored = await post('tokenize', {
      transaction_id: 'store',
      payment_method_config_id: await paymentMethodConfig(server),
      card: card(VISA),
    });
    expect(stored.body).to.include({ status: 'approved', payin_id: null, amount: null, last_4: '1111' });
    const config = await payinConfig(server);
    const method = { payment_method_id: stored.body.payment_method_id, card: null };
    const paid = await charge(config, { transaction_id: 'later', ...method });
    expect(paid.body).to.include({ status: 'approved', last_4: '1111' });
    expect(await chargesOf(server, config)).to.have.lengthOf(1);
  });

  it('takes a bank account', async () => {
    const account = { account_number: '123456789', routing_number: '110000000', holder_name: 'Ada Lovelace' };
    const config = await payinConfig(server);
    const paid = await charge(config, { transaction_id: 'bank', card: null, bank_account: account });
    expect(paid.body).to.include({ status: 'approved', tender: 'bank_account', brand: null, last_4: '6789' });
    expect(paid.text).to.not.include('110000000');
  });

  it('is answered in its form where the body cannot be read, and with 401 where nobody knows who asks', async () => {
    const odd = await post('charge', '{"transaction_id":');
    expect(odd.status).to.equal(200);
    expect(odd.body).to.include({ status: 'refused', error_code: 'INVALID_REQUEST' });
    expect((await post('charge', {}, 'wrong')).status).to.equal(401);
  });
});
