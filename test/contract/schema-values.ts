/**
 * Arbitrary values that a JSON Schema lets through, for the keywords that body schemas are written with. A keyword that
 * is not known here only makes the values wider: whoever uses them checks them against the schema all the same.
 */
import fc from 'fast-check';

type Schema = Readonly<Record<string, unknown>>;

/** Longer texts and lists say nothing new and cost time. */
const LONGEST_TEXT = 64;
const LONGEST_LIST = 4;

/** @param schema with its references put in (`inlineReferences`). */
export function valuesOf(schema: unknown): fc.Arbitrary<unknown> {
  if (typeof schema !== 'object' || schema === null) return fc.jsonValue();
  const given = schema as Schema;
  if ('const' in given) return fc.constant(given['const']);
  if (Array.isArray(given['enum'])) return fc.constantFrom(...given['enum']);
  const choices = given['oneOf'] ?? given['anyOf'];
  if (Array.isArray(choices)) return fc.oneof(...choices.map(valuesOf));
  const types = [given['type'] ?? []].flat();
  return types.length === 0 ? fc.jsonValue() : fc.oneof(...types.map((type) => ofType(type, given)));
}

function ofType(type: unknown, schema: Schema): fc.Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return texts(schema);
    case 'integer':
      return fc.integer({ min: numberOr(schema['minimum'], -1_000), max: numberOr(schema['maximum'], 100_000) });
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valuesOf(schema['items']), {
        minLength: numberOr(schema['minItems'], 0),
        maxLength: Math.min(numberOr(schema['maxItems'], LONGEST_LIST), LONGEST_LIST),
      });
    case 'object':
      return objects(schema);
    default:
      return fc.jsonValue();
  }
}

function texts(schema: Schema): fc.Arbitrary<string> {
  const maxLength = Math.min(numberOr(schema['maxLength'], LONGEST_TEXT), LONGEST_TEXT);
  const minLength = Math.min(numberOr(schema['minLength'], 0), maxLength);
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });
  const any = fc.oneof(digits, fc.string({ unit: 'grapheme', minLength, maxLength }));
  const { pattern } = schema;
  if (typeof pattern !== 'string') return any;
  const form = new RegExp(pattern, 'u');
  // What does not fit is tried, too: it is for the schema to refuse it.
  return fc.oneof({ weight: 5, arbitrary: matching(form) ?? any }, { weight: 1, arbitrary: any });
}

/** Null where fast-check cannot read the expression. */
function matching(form: RegExp): fc.Arbitrary<string> | null {
  try {
    return fc.stringMatching(form);
  } catch {
    return null;
  }
}

function objects(schema: Schema): fc.Arbitrary<unknown> {
  const properties = Object.entries(Object(schema['properties']));
  const { required, additionalProperties } = schema;
  const named = fc.record(Object.fromEntries(properties.map(([name, member]) => [name, valuesOf(member)])), {
    requiredKeys: properties.map(([name]) => name).filter((name) => Array.isArray(required) && required.includes(name)),
  });
  if (additionalProperties === false) return named;
  const unnamed = fc.dictionary(fc.string(), valuesOf(additionalProperties), { maxKeys: 3, noNullPrototype: true });
  return fc.tuple(unnamed, named).map(([more, body]) => ({ ...more, ...body }));
}

const numberOr = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);
