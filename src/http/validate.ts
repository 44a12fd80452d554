/** JSON Schema checks, compiled once at the start. Decides how a failed check is told: by a field of our own schema. */
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { Refused } from '../core/errors.ts';

// One fault is enough, and `verbose` would put the offending value into the error.
const ajv = new Ajv2020({ strict: true, allErrors: false, verbose: false, allowUnionTypes: true });
addFormats.default(ajv, ['date-time', 'date']);

/** Passes what fits the schema. @throws {Refused} `INVALID_REQUEST`, with the field that does not. */
export type Validate = (value: unknown) => void;

export function compile(schema: object): Validate {
  const check = ajv.compile(schema);
  return (value) => {
    if (!check(value)) throw new Refused('INVALID_REQUEST', fieldOf(check.errors?.[0]));
  };
}

/** The dotted name of the field, read from the schema's own path: the instance's path may hold a stranger's keys. */
function fieldOf(error: ErrorObject | undefined): string | null {
  if (error === undefined) return null;
  const names = [...error.schemaPath.matchAll(/\/properties\/([^/]+)/g)].map(([, name]) => name);
  if (error.keyword === 'required') names.push(String(error.params['missingProperty']));
  return names.length === 0 ? null : names.join('.');
}
