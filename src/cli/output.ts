/** Where a command writes, and the one form of named values, so that a key is shown the same way by every command. */

/** Where a command writes, and for whom. */
export interface Output {
  /** One JSON object or array instead of words for a person. */
  readonly json: boolean;
  readonly write: (text: string) => void;
}

/** Writes one value a line for a person, or one JSON object. */
export function writeValues({ json, write }: Output, values: Readonly<Record<string, string>>): void {
  if (json) write(`${JSON.stringify(values)}\n`);
  else for (const [name, value] of Object.entries(values)) write(`${name.padEnd(14)} ${value}\n`);
}
