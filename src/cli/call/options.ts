/** What is typed behind `call`, `conform` and `snippet`, read and checked. Decides the defaults and their words. */
import { randomUUID } from 'node:crypto';
import { InvalidArgumentError } from 'commander';
import { simulators } from '../../../adapters/simulators.ts';
import { parseMoney } from '../../core/money.ts';
import { Secret } from '../../core/secret.ts';
import type { Call, Simulator } from '../../core/simulator.ts';
import { brandOf, type NewTender } from '../../core/tender.ts';
import { Explained } from '../../failure.ts';
import { configParameter } from '../../simulate/backend.ts';

/** As commander gives them: what the caller pays, and with what. */
export interface PaymentOptions {
  readonly amount: string;
  readonly card: string;
  /** What the caller keys in after a decline, where the provider asks again. */
  readonly thenCard?: string;
  /** `routing/account`; true for the usual one. */
  readonly bank?: string | true;
  readonly tokenize?: true;
  readonly parameter?: readonly string[];
}

/** A card that every sandbox knows. */
export const USUAL_CARD = '4111111111111111';
/** A card that ours and several other sandboxes decline. */
export const USUAL_DECLINED_CARD = '4000000000000002';
/** `routing/account`, one that Pay connectors take in TEST mode. */
export const USUAL_BANK = '110000000/123456789';

/** The names of those that can be played. */
export const PROVIDERS = simulators.map(({ name }) => name).join(', ');

/** @throws {Explained} for a name that is none */
export function simulatorNamed(name: string): Simulator {
  const found = simulators.find((simulator) => simulator.name === name);
  if (found === undefined) throw new Explained(`There is no provider of that name; there are: ${PROVIDERS}.`);
  return found;
}

/** A config's id as it is; an empty one is a shell's variable that was not set. @throws {InvalidArgumentError} */
export function configOf(id: string): string {
  if (id.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return id;
}

/** The address of a server or a connector. @throws {Explained} */
export function urlOf(given: string): URL {
  if (!/^https?:\/\//.test(given) || !URL.canParse(given)) {
    throw new Explained('The URL must be one of http or https, such as http://localhost:8080.');
  }
  return new URL(given);
}

/** A new call, under an id of its own. @throws {Explained} */
export function callOf(simulator: Simulator, options: PaymentOptions, parameters: Call['parameters'] = {}): Call {
  const tender = options.bank === undefined ? cardOf(options.card) : bankOf(options.bank);
  if (!simulator.tenders.includes(tender.kind)) {
    throw new Explained(`${simulator.name} takes no bank accounts.`);
  }
  if (options.thenCard !== undefined && !simulator.asksAgain) {
    throw new Explained(`${simulator.name} asks for no second card in the same transaction.`);
  }
  const operation = options.tokenize === true ? 'tokenize' : 'charge';
  if (!simulator.operations.includes(operation)) throw new Explained(`${simulator.name} stores no cards.`);
  if ((parseMoney(options.amount, 'USD')?.amount ?? 0) === 0) {
    throw new Explained('--amount must be an amount in dollars, such as 10.00.');
  }
  return {
    operation,
    transactionId: randomUUID(),
    tender,
    thenTender: options.thenCard === undefined ? null : cardOf(options.thenCard, '--then-card'),
    amount: options.amount,
    currency: 'USD',
    description: 'A simulated call',
    parameters: { ...parametersOf(options.parameter ?? []), ...parameters },
  };
}

/** How a call names the config that it pays. @throws {Explained} where it names none */
export function parametersNaming(
  { name, pays }: Simulator,
  operation: Call['operation'],
  config: string,
): Call['parameters'] {
  if (pays === 'cart') throw new Explained(`${name} opens a cart of its own, and takes no --config.`);
  return configParameter(operation, config);
}

/** `name=value` each. @throws {Explained} */
export function parametersOf(pairs: readonly string[]): Call['parameters'] {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 1) throw new Explained('--parameter must be name=value.');
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

const YEARS_LEFT = 3;

/** A card with a code of its brand's length, good for years. @throws {Explained} */
export function cardOf(number: string, option = '--card'): NewTender {
  if (!/^[0-9]{12,19}$/.test(number)) throw new Explained(`${option} must be 12 to 19 digits.`);
  return {
    kind: 'card',
    number: new Secret(number),
    expiry: { month: 12, year: new Date().getUTCFullYear() + YEARS_LEFT },
    securityCode: new Secret(brandOf(number) === 'amex' ? '1234' : '123'),
    postalCode: '94111',
  };
}

/** A personal checking account. @throws {Explained} */
export function bankOf(given: string | true): NewTender {
  const [, routing, account] = /^([0-9]{9})\/([0-9]{4,17})$/.exec(given === true ? USUAL_BANK : given) ?? [];
  if (routing === undefined || account === undefined) {
    throw new Explained('--bank must be a routing number, a slash and an account number.');
  }
  return {
    kind: 'bank_account',
    account: new Secret(account),
    routing,
    accountType: 'CHECKING',
    holderType: 'PERSONAL',
    holderName: 'Test Caller',
  };
}
