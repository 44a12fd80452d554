/**
 * The least that a charge can cost on the embedded store: the echo, and what the store is asked in one charge. What that
 * is nobody writes down here: one real charge through the engine is recorded, and for each request the same reads and
 * the same groups of writes are made again, of the same records under new ids.
 */
import type Koa from 'koa';
import { twilio } from '../../adapters/twilio/adapter.ts';
import type { Chargeable } from '../../src/core/chargeable-records.ts';
import { systemClock } from '../../src/core/clock.ts';
import { createIds, type Id, isId, makeConfirmationCode, randomText } from '../../src/core/ids.ts';
import type { Attempt, Store, Write } from '../../src/core/store.ts';
import type { SetUp } from '../../src/engine/accounts.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { chargeOf, PRICE, USUAL } from './charges.ts';
import { createEcho } from './echo.ts';
import { makeConfigs } from './product.ts';
import type { Call, Recorder, Wave } from './recorder.ts';

/**
 * Makes one charge and tells what the store was asked for it, from the look-up of its key to its answer.
 * @param engine over the recorder's store
 */
export async function recordCharge(engine: Engine, account: SetUp, recorder: Recorder): Promise<readonly Wave[]> {
  const [configId = ''] = await makeConfigs(engine, { account, price: PRICE, count: 1 });
  const key = account.connectorKey.secret.reveal();
  const { patience, routes, name } = twilio;
  const [route] = routes;
  if (route === undefined) throw new Error('the adapter has no route');
  const { body } = chargeOf(USUAL, { configId, price: PRICE, key });
  const command = twilio.decode({ body: JSON.parse(body), route });
  recorder.take();
  const principal = await engine.accounts.authenticate(key, 'api_key');
  if (command.kind === 'refused' || principal === null) throw new Error('the recorded charge was refused');
  const receivedAt = systemClock.now();
  const result = await engine.execute(command, {
    principal,
    adapter: name,
    patience,
    tenders: 'one',
    receivedAt,
    requestId: 'recorded',
  });
  if (result.kind !== 'approved') throw new Error('the recorded charge was not approved');
  await engine.background.idle();
  return recorder.take();
}

/** What differs between two charges. */
interface Names {
  readonly config: Id<'cfg'>;
  readonly attempt: string;
  readonly payin: Id<'pyi'>;
  readonly method: Id<'mtd'>;
  readonly code: string;
  readonly transaction: string;
}

/** @param waves of one charge, from its key's look-up to its answer. */
export function createFloor(store: Store, waves: readonly Wave[]): Koa {
  const ids = createIds({ sandbox: true, clock: systemClock });
  const recorded = attemptIn(waves);

  function namesFor(config: Id<'cfg'>, transaction: string): Names {
    const attempt = `att_${randomText(BASE64URL, 43)}`;
    return {
      config,
      transaction,
      attempt,
      payin: ids.make('pyi'),
      method: ids.make('mtd'),
      code: `${recorded.merchantId}:${makeConfirmationCode(attempt)}`,
    };
  }

  function repeat(call: Call, names: Names): Promise<unknown> {
    switch (call.kind) {
      case 'get':
        return store.get(call.collection, idFor(call.id, names));
      case 'find':
        return call.ask(store);
      case 'apply':
        return store.apply(...call.writes.map((write) => writeFor(write, names)));
    }
  }

  function idFor(id: string, names: Names): string {
    if (id === recorded.chargeableId) return names.config;
    return id === recorded.id ? names.attempt : id;
  }

  return createEcho(async (body) => {
    const names = namesFor(configIn(body), transactionIn(body));
    for (const wave of waves) await Promise.all(wave.map((call) => repeat(call, names)));
  });
}

function writeFor(write: Write, names: Names): Write {
  if ('tally' in write) return write;
  if ('replace' in write) {
    if (write.replace === 'attempts') return { replace: 'attempts', record: attemptFor(write.record, names) };
    if (write.replace === 'chargeables') return { replace: 'chargeables', record: chargeableFor(write.record, names) };
    throw new Error(`the floor does not know that a charge replaces ${write.replace}`);
  }
  if (write.insert === 'attempts') return { insert: 'attempts', record: attemptFor(write.record, names) };
  if (write.insert === 'codes') {
    return { insert: 'codes', record: { ...write.record, id: names.code, attempt: names.attempt } };
  }
  if (write.insert === 'methods') return { insert: 'methods', record: { ...write.record, id: names.method } };
  throw new Error(`the floor does not know that a charge inserts into ${write.insert}`);
}

function attemptFor(attempt: Attempt, { config, transaction, ...names }: Names): Attempt {
  return {
    ...attempt,
    id: names.attempt,
    chargeableId: config,
    transactionId: transaction,
    payinId: names.payin,
    paymentMethodId: names.method,
  };
}

function chargeableFor(chargeable: Chargeable, { config, attempt }: Names): Chargeable {
  if (chargeable.kind !== 'payin') throw new Error('a charge is made on a payin config');
  return {
    ...chargeable,
    id: config,
    active: chargeable.active === null ? null : { ...chargeable.active, attempt },
    used: chargeable.used === null ? null : attempt,
  };
}

function attemptIn(waves: readonly Wave[]): Attempt {
  for (const call of waves.flat()) {
    for (const write of call.kind === 'apply' ? call.writes : []) {
      if ('insert' in write && write.insert === 'attempts') return write.record;
    }
  }
  throw new Error('no charge was recorded');
}

function configIn(body: unknown): Id<'cfg'> {
  const parameters = memberOf(body, 'parameters');
  const id = memberOf(parameters, 'payin_config_id');
  if (!isId('cfg', id)) throw new Error('no config to pay');
  return id;
}

const transactionIn = (body: unknown): string => String(memberOf(body, 'transaction_id'));

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
