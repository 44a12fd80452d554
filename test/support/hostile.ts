/** Words that a database, a log, a terminal or the language itself could take for its own. */

/** Planted where a line of the log could begin; it must never begin one. */
export const FORGED = 'FORGED-LINE';

/** Queries of MongoDB, and other values of JSON, where a text belongs. */
export const OPERATORS: readonly unknown[] = [
  { $gt: '' },
  { $ne: null },
  { $where: 'sleep(1000)' },
  { $regex: '.*' },
  { $expr: { $eq: [1, 1] } },
  { toString: 'x' },
  { length: 1, 0: 'x' },
  ['x'],
  [],
  true,
];

export const TEXTS: Readonly<Record<string, string>> = {
  'an SQL statement': "'; DROP TABLE attempts; --",
  'an SQL condition': `' OR '1'='1' /* " OR "" = " */`,
  'the end of an SQL path': '$."a") OR 1=1 --',
  'an operator': '$where',
  'an operator as text': '{"$gt":""}',
  'a pattern': '.*',
  'a path of ours': 'doc.merchantId',
  __proto__: '__proto__',
  constructor: 'constructor',
  toString: 'toString',
  'a line of the log': `x\r\n{"level":"info","event":"${FORGED}"}\r\n`,
  'a header': `x\r\nX-Forged: ${FORGED}`,
  'colours of a terminal': '\u001b[31mred\u001b[0m\u0007',
  'a NUL': 'a\u0000b',
  'a lone NUL': '\u0000',
  'half a character': 'a\ud800b',
  'the other half': '\udc00',
  'a text from right to left': '\u202egnp.exe שלום مرحبا',
  'marks upon marks': `Z${'\u0301'.repeat(50)}`,
  'invisible marks': '\ufeff\u200b\u2028\u2029',
  'an emoji': '👩‍👩‍👧‍👦',
  'a format': '%s%n%x {{7*7}} #{7*7}',
  'a path': '../../../../etc/passwd',
  'a long text': 'x'.repeat(20_000),
};

/** What may have gone wrong with all objects. */
export const pollution = (): readonly string[] => [
  ...Object.keys(Object.prototype),
  ...['x', 'polluted', 'isAdmin'].filter((name) => Reflect.get({}, name) !== undefined),
];
