/**
 * That every export says what it is for: its declaration stands directly under a comment of its own. The comment that
 * opens a file is about the file. What the words must be is for whoever reads them.
 */
import { expect } from 'chai';
import { readSources, type Source } from '../support/sources.ts';

/** An export that declares something, or that lists local names; what another file declares has its comment there. */
const EXPORT = /^export (?!(?:type )?(?:\*|\{[^}]*\}\s*from\b))/gm;
/** A comment with a word in it, behind the first line, up to the very end. */
const COMMENT_AT_END = /\n\/\*\*(?=[\s\S]*\w)(?:(?!\*\/)[\s\S])*\*\/\n$/;

/** The exports without a comment, as `file:line: declaration`. */
function bareExports({ path, code }: Source): readonly string[] {
  return [...code.matchAll(EXPORT)].flatMap(({ index }) => {
    const before = code.slice(0, index);
    const [declaration = ''] = code.slice(index).split('\n', 1);
    return COMMENT_AT_END.test(before) ? [] : [`${path}:${before.split('\n').length}: ${declaration}`];
  });
}

describe('the docstrings', () => {
  it('stand above every export', () => {
    const sources = readSources();
    const exports = sources.flatMap(({ code }) => [...code.matchAll(EXPORT)]);
    expect(exports).to.have.lengthOf.above(sources.length);
    const bare = sources.flatMap(bareExports);
    expect(bare, `exports without a comment of their own:\n  ${bare.join('\n  ')}\n`).to.have.lengthOf(0);
  });

  const FILE = '/** About the file. */\n';
  const bad: readonly [string, string][] = [
    ['nothing above', "import 'node:fs';\nexport const a = 1;\n"],
    ['the comment of the file', '/** About the file. */\nexport const a = 1;\n'],
    ['a comment behind a gap', `${FILE}\n/** Something. */\n\nexport interface A {}\n`],
    ['a comment of another kind', `${FILE}\n/* Something. */\nexport type A = 1;\n`],
    ['a comment to the line', `${FILE}\n// Something.\nexport class A {}\n`],
    ['an empty comment', `${FILE}\n/** */\nexport function a() {}\n`],
    ['another declaration with a comment', `${FILE}\n/** Something. */\nexport type A = 1;\nexport type B = 2;\n`],
    ['nothing above a list', `${FILE}\nconst a = 1;\nexport { a };\n`],
  ];
  for (const [above, code] of bad) {
    it(`are missed where an export has ${above}`, () => {
      const [first, ...more] = bareExports({ path: 'src/a.ts', code });
      expect(more).to.deep.equal([]);
      expect(first).to.match(/^src\/a\.ts:[2-6]: export /);
    });
  }

  const good: readonly [string, string][] = [
    ['stands under a line of comment', `${FILE}\n/** Something, in bytes. */\nexport const a = 1;\n`],
    [
      'stands under many lines of comment',
      `${FILE}\n/**\n * Reads src/* and a/**.\n * @throws {Error}\n */\nexport async function a() {}\n`,
    ],
    ['names what another file declares', `${FILE}export { a } from './a.ts';\nexport type {\n  B,\n} from './b.ts';\n`],
    ['passes on all that another file declares', `${FILE}export * from './a.ts';\nexport type * from './b.ts';\n`],
  ];
  for (const [how, code] of good) {
    it(`are not missed where an export ${how}`, () => {
      expect(bareExports({ path: 'src/a.ts', code })).to.deep.equal([]);
    });
  }
});
