/**
 * The import rules of the design, read from the sources themselves, and the floors under the versions of what we import.
 * No file of src names a telephony provider; a comment of the engine's may name a processor as the source of a shape.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix } from 'node:path';
import { expect } from 'chai';
import { adapters } from '../../adapters/index.ts';
import { ROOT, readSources, type Source } from '../support/sources.ts';

interface Import {
  readonly from: string;
  /** A path from the root, or the name of a package or of a module of Node. */
  readonly to: string;
  /** Gone at run time. */
  readonly typeOnly: boolean;
}

/** Strings are matched too, so that what looks like a comment inside of one stays. */
const STRING_OR_COMMENT = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;

function withoutComments(code: string): string {
  return code.replace(STRING_OR_COMMENT, (match) => (match.startsWith('/') ? '' : match));
}

const STATIC = /^\s*(?:import|export)\s+(type\s)?(?:[^'";=()]*?\bfrom\s+)?'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'\s*\)/g;
/** All that the package's door may say. */
const PASSED_ON = /^export (?:type )?(?:\*|\{[^}]*\}) from '[^']+';$/gm;
/** Ways to load a module that these rules cannot read; one file does, to load what a setting names. */
const HIDDEN = /\bimport\((?!\s*'[^']+'\s*\))|\brequire\(|\bcreateRequire\b/;

function importsOf({ path, code }: Source): readonly Import[] {
  const bare = withoutComments(code);
  const resolve = (name = '') => (name.startsWith('.') ? posix.join(posix.dirname(path), name) : name);
  return [
    ...[...bare.matchAll(STATIC)].map(([, type, name]) => ({
      from: path,
      to: resolve(name),
      typeOnly: type !== undefined,
    })),
    ...[...bare.matchAll(DYNAMIC)].map(([, name]) => ({ from: path, to: resolve(name), typeOnly: false })),
  ];
}

const isOurs = (name: string) => /^(?:src|adapters|schemas|test|docs)\//.test(name);
const isIn = (path: string, ...folders: readonly string[]) => folders.some((folder) => path.startsWith(folder));
const folderOf = (path: string) => `${posix.dirname(path)}/`;

/** What a server takes of node:http: nothing that asks others. */
const LISTENING = /^\{(?:\s*(?:createServer|type \w+),?)+\s*\}$/;
const SOCKETS = /^(?:node:(?:https?|http2|net|tls|dgram)|undici|axios|got|node-fetch|ws)$/;
/** Adapters of forms that are ours, or that many use. */
const NOBODYS: readonly string[] = ['cart', 'generic'];
const OTHERS = adapters.map(({ name }) => name).filter((name) => !NOBODYS.includes(name));
const TELEPHONY = new RegExp([...OTHERS, 'paymentexpress'].join('|'), 'i');
const PROCESSORS = /rainforest|stripe/i;

/** Each rule says which import it does not allow. */
const RULES: Readonly<Record<string, (one: Import) => boolean>> = {
  'src/core imports nothing of ours, nor a package': ({ from, to }) =>
    isIn(from, 'src/core/') && !isIn(to, 'src/core/', 'node:'),
  'an adapter imports src/core, its own folder, the shared one and schemas only': ({ from, to }) =>
    isIn(from, 'adapters/') && !isIn(to, 'src/core/', 'schemas/', 'adapters/shared/', folderOf(from)),
  'src/engine imports src/core, its own folder and the log only': ({ from, to }) =>
    isIn(from, 'src/engine/') && !isIn(to, 'src/core/', 'src/engine/', 'node:') && to !== 'src/log.ts',
  'only src/processors/transport.ts opens outbound sockets, and src/http listens': ({ from, to, typeOnly }) =>
    SOCKETS.test(to) &&
    !typeOnly &&
    from !== 'src/processors/transport.ts' &&
    from !== 'src/simulate/wire.ts' &&
    !(isIn(from, 'src/http/') && to === 'node:http'),
  'only the command line plays the outside': ({ from, to }) =>
    (isIn(to, 'src/simulate/') || to === 'adapters/simulators.ts') && !isIn(from, 'src/simulate/', 'src/cli/'),
  'only src/stores/mongo imports mongoose': ({ from, to }) =>
    /^(?:mongoose|mongodb)\b/.test(to) && !isIn(from, 'src/stores/mongo/'),
  'src/index.ts is the door for others: nothing of ours imports it': ({ to }) =>
    to === 'src/index.ts' || to === 'tollbridge',
  'nothing imports tests, and only by a name that says where it is': ({ to }) =>
    isIn(to, 'test/', '/') || (builtinModules.includes(to) && !to.startsWith('node:')),
};

function violations(sources: readonly Source[]): readonly string[] {
  const imports = sources.flatMap(importsOf);
  const found = imports.flatMap((one) =>
    Object.entries(RULES).flatMap(([rule, forbids]) => (forbids(one) ? [`${rule}: ${one.from} -> ${one.to}`] : [])),
  );
  for (const { path, code } of sources) {
    const bare = withoutComments(code);
    if (path === 'src/index.ts' && /\S/.test(bare.replace(PASSED_ON, ''))) found.push('src/index.ts only passes on');
    if (HIDDEN.test(bare) && path !== 'src/outside-adapters.ts') found.push(`an import must be readable: ${path}`);
    if (/\bfetch\(|new (?:WebSocket|EventSource)\b/.test(bare)) found.push(`a socket behind a global: ${path}`);
    for (const [, names = ''] of bare.matchAll(/^import (?!type\b)([^;]*?) from 'node:http';/gm)) {
      if (isIn(path, 'src/http/') && !LISTENING.test(names)) found.push(`src/http listens only: ${path}`);
    }
    for (const [made] of bare.matchAll(/new Stripe\([^;]*/g)) {
      if (!made.includes('httpClient:')) found.push(`a socket of a library's own: ${path}`);
    }
    if (isIn(path, 'src/') && TELEPHONY.test(code)) found.push(`src names a provider: ${path}`);
    if (isIn(path, 'src/engine/') && PROCESSORS.test(bare)) found.push(`src/engine names a processor: ${path}`);
  }
  return [...found, ...cycles(imports)];
}

/** Circles of imports that exist at run time. */
function cycles(imports: readonly Import[]): readonly string[] {
  const targets = new Map<string, string[]>();
  for (const { from, to, typeOnly } of imports) {
    if (!typeOnly && isOurs(to)) targets.set(from, [...(targets.get(from) ?? []), to]);
  }
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push(`a circle: ${[...trail.slice(start), path].join(' -> ')}`);
    if (start >= 0 || done.has(path)) return;
    for (const next of targets.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of targets.keys()) visit(path, []);
  return found;
}

describe('the import rules', () => {
  it('hold in every source', () => {
    const sources = readSources();
    expect(sources.map(({ path }) => path)).to.include.members(['src/core/money.ts', 'adapters/index.ts']);
    expect(sources.flatMap(importsOf)).to.have.lengthOf.above(sources.length);
    expect(violations(sources)).to.deep.equal([]);
  });

  const bad: readonly [string, string, string][] = [
    ['src/core/a.ts', "import { b } from '../engine/b.ts';", 'src/core imports nothing'],
    ['src/core/a.ts', "import type { B } from '../log.ts';", 'src/core imports nothing'],
    ['src/core/a.ts', "export * from 'ajv';", 'src/core imports nothing'],
    ['adapters/twilio/a.ts', "import { b } from '../../src/engine/b.ts';", 'an adapter imports'],
    ['adapters/twilio/a.ts', "import {\n  b,\n} from '../telnyx/b.ts';", 'an adapter imports'],
    ['adapters/twilio/a.ts', "import 'node:fs';", 'an adapter imports'],
    ['src/engine/a.ts', "import Koa from 'koa';", 'src/engine imports'],
    ['src/engine/a.ts', "import type { Model } from 'mongoose';", 'only src/stores/mongo'],
    ['src/engine/a.ts', "import { b } from '../stores/open.ts';", 'src/engine imports'],
    ['src/engine/a.ts', "const name = 'twilio';", 'src names a provider'],
    ['src/cli/a.ts', '// as Telnyx has it', 'src names a provider'],
    ['src/engine/a.ts', "const a = 'https://x'; const isStripe = true;", 'src/engine names a processor'],
    ['src/processors/a.ts', "import { request } from 'node:https';", 'only src/processors/transport.ts'],
    ['src/http/a.ts', "import { connect } from 'node:net';", 'only src/processors/transport.ts'],
    ['src/http/a.ts', "import { createServer, request } from 'node:http';", 'src/http listens only'],
    ['src/http/a.ts', "import http from 'node:http';", 'src/http listens only'],
    ['src/http/a.ts', "import * as http from 'node:http';", 'src/http listens only'],
    ['src/processors/a.ts', 'const stripe = new Stripe(key, { telemetry: false });', "a socket of a library's own"],
    ['src/cli/a.ts', "const http = await import('node:http');", 'only src/processors/transport.ts'],
    ['src/main.ts', "import { simulators } from '../adapters/simulators.ts';", 'only the command line plays'],
    ['src/http/a.ts', "import { createWire } from '../simulate/wire.ts';", 'only the command line plays'],
    ['src/simulate/a.ts', "import { request } from 'node:https';", 'only src/processors/transport.ts'],
    ['src/cli/a.ts', 'await fetch(url);', 'a socket behind a global'],
    ['src/stores/a.ts', "import mongoose from 'mongoose';", 'only src/stores/mongo'],
    ['src/cli/a.ts', "import { b } from '../../test/support/log.ts';", 'nothing imports tests'],
    ['src/http/a.ts', "import type { Store } from '../index.ts';", 'src/index.ts is the door'],
    ['adapters/twilio/a.ts', "import { Secret } from 'tollbridge';", 'src/index.ts is the door'],
    ['src/index.ts', 'export const a = 1;', 'src/index.ts only passes on'],
    ['src/index.ts', "import { a } from './a.ts';", 'src/index.ts only passes on'],
    ['src/cli/a.ts', "import fs from 'fs';", 'nothing imports tests'],
    ['src/cli/a.ts', 'await import(name);', 'an import must be readable'],
    ['src/cli/a.ts', "require('net');", 'an import must be readable'],
  ];
  for (const [path, code, rule] of bad) {
    it(`are broken by ${JSON.stringify(code)} in ${path}`, () => {
      expect(violations([{ path, code }]).join('\n')).to.include(rule);
    });
  }

  const good: readonly [string, string][] = [
    ['src/core/a.ts', "import { randomFillSync } from 'node:crypto';\nimport type { B } from './b.ts';"],
    ['adapters/twilio/a.ts', "import schema from '../../schemas/twilio/a.json' with { type: 'json' };"],
    ['src/engine/a.ts', '/** The shape is Rainforest’s; see Stripe. */\n// import x from "koa"'],
    [
      'src/http/a.ts',
      "import { createServer, type Server } from 'node:http';\nimport type { Agent } from 'node:http';",
    ],
    ['src/processors/a.ts', 'const stripe = new Stripe(key, { httpClient: clientOver(transport) });'],
    ['src/cli/a.ts', "import type { Socket } from 'node:net';"],
    ['src/stores/mongo/a.ts', "import mongoose from 'mongoose';"],
    ['src/index.ts', "// Parts.\nexport {\n  a,\n} from './engine/a.ts';\nexport type * from './core/b.ts';"],
  ];
  for (const [path, code] of good) {
    it(`allow ${JSON.stringify(code)} in ${path}`, () => expect(violations([{ path, code }])).to.deep.equal([]));
  }

  it('are broken by a circle, but not by one of types', () => {
    const circle = (types: string) => [
      { path: 'src/cli/a.ts', code: "import { b } from './b.ts';" },
      { path: 'src/cli/b.ts', code: "export { c } from './c.ts';" },
      { path: 'src/cli/c.ts', code: `import ${types}{ a } from './a.ts';` },
    ];
    const shown = 'a circle: src/cli/a.ts -> src/cli/b.ts -> src/cli/c.ts -> src/cli/a.ts';
    expect(violations(circle(''))).to.deep.equal([shown]);
    expect(violations(circle('type '))).to.deep.equal([]);
  });
});

describe('the files beside the folders', () => {
  /** The one has a section for each provider, the other repeats what package.json says. */
  const NAMING = ['README.md', 'package-lock.json'];

  it('name no telephony provider, but for packages that only tests need', () => {
    const files = readdirSync(ROOT, { withFileTypes: true }).filter((one) => one.isFile());
    const names = ['.ci/run', ...files.map(({ name }) => name).filter((name) => !NAMING.includes(name))];
    expect(names).to.include.members(['package.json', 'biome.json', '.mocharc.json']);
    const textOf = (name: string) => {
      const text = readFileSync(join(ROOT, name), 'utf8');
      return name === 'package.json' ? JSON.stringify({ ...JSON.parse(text), devDependencies: {} }) : text;
    };
    expect(names.filter((name) => TELEPHONY.test(textOf(name)))).to.deep.equal([]);
  });
});

describe('the lock file', () => {
  interface Lock {
    readonly packages: Readonly<
      Record<string, { readonly version?: string; readonly dev?: boolean; readonly resolved?: string }>
    >;
  }
  const lock: Lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const versionsOf = (name: string) =>
    Object.entries(lock.packages).flatMap(([path, { version, dev }]) =>
      path.endsWith(`node_modules/${name}`) && dev !== true && version !== undefined ? [version] : [],
    );
  const isAtLeast = (version: string, floor: string) =>
    version.localeCompare(floor, 'en', { numeric: true, sensitivity: 'base' }) >= 0;

  const floors: readonly [string, string, string][] = [
    ['koa', '3.1.2', 'host header injection through ctx.hostname, CVE-2026-27959'],
    ['mongoose', '9.9.2', 'sanitizeFilter skipped, GHSA-pcrw-h46h-c93h'],
    ['sift', '17.1.4', 'CVE-2026-85625'],
    ['ajv', '8.18.0', 'denial of service through $data, CVE-2025-69873'],
  ];
  for (const [name, floor, reason] of floors) {
    it(`holds no ${name} below ${floor} (${reason})`, () => {
      const versions = versionsOf(name);
      expect(versions).to.not.have.lengthOf(0);
      for (const version of versions) expect(isAtLeast(version, floor), version).to.equal(true);
    });
  }

  it('compares versions by number', () => {
    expect(isAtLeast('3.10.0', '3.9.2') && isAtLeast('3.9.2', '3.9.2')).to.equal(true);
    expect(isAtLeast('3.9.1', '3.9.2') || isAtLeast('8.9.0', '8.18.0')).to.equal(false);
  });

  it('leaves it to each user from where packages come', () => {
    expect(Object.values(lock.packages).filter(({ resolved }) => resolved !== undefined)).to.deep.equal([]);
  });
});
