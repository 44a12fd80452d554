/**
 * Values that must never be seen again once they were sent: published test numbers, a security code, a key. Decides in
 * which disguises they are looked for; what was looked through is the test's.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Canary {
  readonly name: string;
  readonly value: string;
}

export const PAN: Canary = { name: 'card number', value: '5555555555554444' };
export const DECLINED_PAN: Canary = { name: 'declined card number', value: '4000000000009995' };
export const AMEX: Canary = { name: 'amex number', value: '378282246310005' };
/** Four digits, for an Amex: three would turn up in any clock. */
export const CODE: Canary = { name: 'security code', value: '8523' };
export const ACCOUNT: Canary = { name: 'account number', value: '000123456789' };

export const ACCOUNT_DATA: readonly Canary[] = [PAN, DECLINED_PAN, AMEX, CODE, ACCOUNT];

/** A key, and the header of HTTP Basic that carries it. */
export function keyCanaries(name: string, key: string, accountSid: string): readonly Canary[] {
  const header = (user: string) => Buffer.from(`${user}:${key}`).toString('base64');
  return [
    { name, value: key },
    // What a mask leaves is sixteen digits of sixty-four.
    { name: `the middle of ${name}`, value: key.slice(-48, -16) },
    { name: `the header of ${name}`, value: header('api_key') },
    { name: `the header of ${name} with the SID`, value: header(accountSid) },
  ];
}

type Text = string | Buffer;

/** Which canaries the text holds, and how each is dressed. */
export function findCanaries(text: Text, canaries: readonly Canary[]): readonly string[] {
  const bytes = Buffer.from(text);
  return canaries.flatMap(({ name, value }) =>
    value.length < 8
      ? isWordIn(bytes, value)
        ? [name]
        : []
      : Object.entries(disguises(value)).flatMap(([how, form]) => (bytes.includes(form) ? [`${name}, ${how}`] : [])),
  );
}

/** A short value counts where it stands alone: within longer digits or random letters it is chance. */
function isWordIn(bytes: Buffer, value: string): boolean {
  return new RegExp(`(?<![\\w-])${value}(?![\\w-])`).test(bytes.toString('latin1'));
}

function disguises(value: string): Readonly<Record<string, Text>> {
  const digest = (encoding: 'hex' | 'base64url') => createHash('sha256').update(value).digest(encoding);
  return {
    plain: value,
    'as hex': Buffer.from(value).toString('hex'),
    // The last characters depend on what follows.
    'as base64': Buffer.from(value)
      .toString('base64')
      .slice(0, Math.floor(value.length / 3) * 4),
    'as UTF-16': Buffer.from(value, 'utf16le'),
    backwards: [...value].reverse().join(''),
    'in groups of four': value.replace(/(.{4})(?=.)/g, '$1 '),
    'in groups with dashes': value.replace(/(.{4})(?=.)/g, '$1-'),
    // An unkeyed digest of a card number is found by trying all of them. Keys are random, and stored so.
    ...(/^[0-9]+$/.test(value) ? { 'as SHA-256': digest('hex'), 'as SHA-256 in base64': digest('base64url') } : {}),
  };
}

/** Everything that a store keeps, as it lies there: the bytes of its files, or the documents of its collections. */
export async function dumpOf(storeUrl: string): Promise<ReadonlyMap<string, Buffer>> {
  return storeUrl.startsWith('sqlite:') ? filesIn(dirname(storeUrl.slice('sqlite:'.length))) : documentsOf(storeUrl);
}

function filesIn(folder: string): ReadonlyMap<string, Buffer> {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}

async function documentsOf(url: string): Promise<ReadonlyMap<string, Buffer>> {
  const { default: mongoose } = await import('mongoose');
  const connection = await mongoose.createConnection(url).asPromise();
  try {
    const collections = await connection.listCollections();
    const dumps = collections.map(async ({ name }): Promise<[string, Buffer]> => {
      const documents = await connection.collection(name).find({}).toArray();
      return [name, Buffer.from(JSON.stringify(documents))];
    });
    return new Map(await Promise.all(dumps));
  } finally {
    await connection.close();
  }
}

/** Where in a dump canaries are, as `file: canary`. */
export function findInDump(dump: ReadonlyMap<string, Text>, canaries: readonly Canary[]): readonly string[] {
  return [...dump].flatMap(([place, text]) => findCanaries(text, canaries).map((found) => `${place}: ${found}`));
}
