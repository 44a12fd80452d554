/** JSON Schema checks, compiled once at the start. Decides how a failed check is told: by a field of our own schema. */
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { Refused } from '../core/errors.ts';

// One fault is enough, and `verbose` would put the offending value into the error.
const ajv = new Ajv2020({ strict: true, allErrors: false, verbose: false, allowUnionTypes: true });
addFormats.default(ajv, ['date-time', 'date']);

/** Passes what fits the schema. @throws {Refused} `INVALID_REQUEST`, with the field that does not. */
export type Validate = (value: unknown) => void;

/** @param schema its references are to its own `$defs`. */
export function compile(schema: object): Validate {
  const check = ajv.compile(inlineReferences(schema, Reflect.get(schema, '$defs') ?? {}));
  return (value) => {
    if (!check(value)) throw new Refused('INVALID_REQUEST', fieldOf(check.errors?.[0]), detailOf(check.errors?.[0]));
  };
}

/** The dotted name of the field, read from the schema's own path: the instance's path may hold a stranger's keys. */
function fieldOf(error: ErrorObject | undefined): string | null {
  if (error === undefined) return null;
  const names = [...error.schemaPath.matchAll(/\/properties\/([^/]+)/g)].map(([, name]) => name);
  if (error.keyword === 'required') names.push(String(error.params['missingProperty']));
  return names.length === 0 ? null : names.join('.');
}

/** What a developer is told of a value that is none of those in the schema. */
function detailOf(error: ErrorObject | undefined): string | null {
  return error?.keyword === 'enum' ? oneOf(error.params['allowedValues']) : null;
}

/** `Must be one of: KEEP, REVERSE.` @param allowed all of them, from a schema or a table of ours. */
export const oneOf = (allowed: readonly unknown[]): string => `Must be one of: ${allowed.map(String).join(', ')}.`;

/**
 * The schema with the parts that it refers to (`#/$defs/name`, of whatever file) put in where it refers to them, so that
 * a fault's place in the schema spells the field's full name.
 */
export function inlineReferences(schema: object, parts: object): object {
  const inlined = (member: unknown): unknown => {
    if (Array.isArray(member)) return member.map(inlined);
    return typeof member === 'object' && member !== null ? inlineReferences(member, parts) : member;
  };
  const members = Object.entries(schema).map(([name, member]) => [name, inlined(member)]);
  const { $ref, ...rest } = Object.fromEntries(members);
  return $ref === undefined ? rest : { ...partOf($ref, parts), ...rest };
}

function partOf(reference: unknown, parts: object): object {
  const [, name = ''] = /#\/\$defs\/(\w+)$/.exec(String(reference)) ?? [];
  const part: unknown = Object.hasOwn(parts, name) ? Reflect.get(parts, name) : undefined;
  if (typeof part !== 'object' || part === null)
    throw new Error(`a schema refers to a part that is not there: ${reference}`);
  return inlineReferences(part, parts);
}
