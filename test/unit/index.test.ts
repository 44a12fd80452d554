/** The package as its users import it, by its own name. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import * as tollbridge from 'tollbridge';
import {
  type Caller,
  type Command,
  createApp,
  createEngine,
  createLog,
  createProcessors,
  createSandbox,
  defineAdapter,
  type Engine,
  type EngineSettings,
  listen,
  loadConfig,
  memoryLedger,
  openRuntime,
  openStore,
  type PayinConfig,
  type Principal,
  Secret,
  systemClock,
} from 'tollbridge';
import * as testing from 'tollbridge/testing';

const DAY = 86_400_000;
const PATIENCE = { deliveryMs: 10_000, totalMs: 10_000, repeatsOnSilence: false } as const;

const cardOf = (number: string) =>
  ({
    kind: 'card',
    number: new Secret(number),
    expiry: { month: 12, year: 2030 },
    securityCode: new Secret('123'),
    postalCode: null,
  }) as const;

const chargeOf = (configId: string, number: string): Command => ({
  kind: 'charge',
  source: 'IVR',
  configId,
  transactionId: 'call-1',
  money: { amount: 1000, currency: 'USD' },
  tender: cardOf(number),
  billingContact: {},
  metadata: {},
});

async function principalOf(engine: Engine, key: Secret<string>): Promise<Principal> {
  const principal = await engine.accounts.authenticate(key.reveal(), null);
  if (principal === null) throw new Error('a key that was just made is good');
  return principal;
}

/** A config of 10.00 USD, on a platform of its own. */
async function setUp(engine: Engine): Promise<{ principal: Principal; key: string; config: PayinConfig }> {
  const { merchant, adminKey } = await engine.accounts.setUp('Platform', 'Merchant');
  const principal = await principalOf(engine, adminKey.secret);
  const config = await engine.createPayinConfig(principal, {
    merchantId: merchant.id,
    idempotencyKey: 'order-1',
    amount: 1000,
    currency: 'USD',
    tenders: tollbridge.TENDER_KINDS,
    brands: tollbridge.CARD_BRANDS,
    requirePostalCode: false,
    requireSecurityCode: true,
    billingContact: {},
    metadata: { order: '1' },
    methodMetadata: {},
    validUntil: null,
    givenUpstream: null,
  });
  return { principal, key: adminKey.secret.reveal(), config };
}

describe('the package', () => {
  let folder = '';
  const log = createLog({ level: 'error', form: 'json', out: new Writable({ write: (_line, _form, done) => done() }) });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tollbridge-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  after(() => log.close());

  it('opens from settings, makes a config and charges it once', async () => {
    const settings = { STORE_URL: `sqlite:${join(folder, 'tollbridge.db')}` };
    const runtime = await openRuntime(loadConfig(settings), log);
    try {
      const { engine } = runtime;
      const { principal, config } = await setUp(engine);
      const receivedAt = Date.now();
      const caller: Caller = {
        principal,
        adapter: 'own',
        patience: PATIENCE,
        tenders: 'one',
        receivedAt,
        requestId: 'request',
      };
      const command = chargeOf(config.id, '4111111111111111');
      const first = await engine.execute(command, caller);
      expect(first).to.include({ kind: 'approved', command: 'charge' });
      expect(await engine.execute(command, caller)).to.deep.equal(first);
      const { results } = await engine.payins.list(principal, {
        where: [],
        sortBy: 'createdAt',
        order: 'desc',
        limit: 10,
        merchantIds: null,
      });
      expect(results.map(({ chargeableId, amount }) => [chargeableId, amount])).to.deep.equal([[config.id, 1000]]);
      expect(await engine.reconciler.sweep()).to.equal(0);
      await engine.background.idle();
    } finally {
      await runtime.close();
    }
  });

  /** A provider that posts `{"config": …, "card": …}` and wants one word. */
  const acme = defineAdapter<{ readonly config: string; readonly card: string }>({
    name: 'acme',
    routes: [{ method: 'POST', path: '/vendor/acme', operation: 'charge' }],
    auth: ['basic'],
    schema: {
      type: 'object',
      required: ['config', 'card'],
      properties: { config: { type: 'string' }, card: { type: 'string' } },
    },
    numbersAsText: false,
    patience: PATIENCE,
    tenders: 'one',
    setup: (baseUrl) => ({ where: 'the console', values: { URL: `${baseUrl}/vendor/acme` } }),
    decode: ({ body }) => chargeOf(body.config, body.card),
    encode: (result) => ({ status: 200, body: 'code' in result ? result.code : result.kind }),
  });

  const engineSettings: EngineSettings = {
    processorDeadlineMs: 10_000,
    leaseSlackMs: 10_000,
    reservationLeaseMs: 5_000,
    maxAttemptsPerConfig: 10,
    maxAttemptsPerKeyPerHour: 100,
    maxAttemptsPerMerchantPerHour: 100,
    cartLifetimeMs: DAY,
    attemptRetentionMs: 400 * DAY,
    configRetentionMs: 400 * DAY,
    idempotencyRetentionMs: 30 * DAY,
  };

  it('serves an adapter of its user, over an engine made from parts', async () => {
    const clock = systemClock;
    const store = await openStore(`sqlite:${join(folder, 'own.db')}`);
    const processor = createSandbox({ ledger: memoryLedger(), clock });
    const secrets = [new Secret('a secret that only tests know, v1')];
    const engine = await createEngine({
      store,
      processors: createProcessors(processor),
      clock,
      log,
      settings: engineSettings,
      secrets,
    });
    const limits = { maxBodyBytes: 4_096, maxJsonDepth: 8, failedAuthsPerMinute: 10 };
    const app = createApp({
      engine,
      store,
      log,
      clock,
      adapters: [acme],
      limits,
      secrets,
      addresses: { baseUrl: 'https://pay.example.com', tenderUrl: 'https://pay.example.com' },
      vaultApart: false,
      apiPatienceMs: 1_000,
    });
    const server = await listen(app.koa.callback(), {
      host: '127.0.0.1',
      port: 0,
      maxConnections: 10,
      requestTimeoutMs: 5_000,
      headersTimeoutMs: 5_000,
      keepAliveTimeoutMs: 5_000,
    });
    try {
      const { key, config } = await setUp(engine);
      const authorization = `Basic ${Buffer.from(`api_key:${key}`).toString('base64')}`;
      const post = async (card: string) => {
        const body = JSON.stringify({ config: config.id, card });
        const reply = await fetch(`http://127.0.0.1:${server.port}/vendor/acme`, {
          method: 'POST',
          headers: { authorization },
          body,
        });
        return reply.text();
      };
      expect(await post('4111111111111112')).to.equal('INVALID_CARD_NUMBER');
      expect(await post('4111111111111111')).to.equal('approved');
      const used = await engine.getPayinConfig(await principalOf(engine, new Secret(key)), config.id);
      expect(used?.used).to.be.a('string');
    } finally {
      const closed = server.close();
      server.cut();
      await closed;
      engine.stop();
      await engine.background.idle();
      await processor.close();
      await store.close();
    }
  });

  it('offers these values and no others', () => {
    const values = `
      adapters defineAdapter refusal Refused ERRORS ERROR_CODES DECLINE_CODES Secret isHmac isSha256 isId PERMISSIONS GROUP_ALL
      isCurrency parseMoney formatMoney sameMoney decimalsOf CURRENCIES ENABLED_CURRENCIES
      parseExpiryMonth parseExpiryYear CARD_BRANDS TENDER_KINDS NO_CHECKS REVERSAL_REASONS INDEXES PING SCHEMA_VERSION StoreUnavailable
      systemClock pause loadConfig ConfigError createLog openRuntime createEngine createProcessors WrongSecretKey
      createSandbox settleCharges memoryLedger openSandboxLedger openStore bringUpToDate SchemaTooNew createApp listen`;
    expect(Object.keys(tollbridge)).to.have.members(values.trim().split(/\s+/));
  });

  it('offers its contracts at a door of their own', () => {
    const suites = ['describeAdapter', 'describeProcessor', 'describeStore', 'readFixtures'];
    expect(Object.keys(testing)).to.have.members(suites);
  });
});
