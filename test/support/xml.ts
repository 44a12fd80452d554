/** A reader of small XML documents: elements and attributes, strict about both. */

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
}

const DECLARATION = /^<\?xml version="1\.0" encoding="UTF-8"\?>\s*/;
const TAG = /<(\/?)([A-Za-z]+)((?:\s+[A-Za-z]+="[^"<]*")*)\s*(\/?)>\s*/y;
const ATTRIBUTE = /([A-Za-z]+)="([^"]*)"/g;
const ENTITY = /&(?:(amp|lt|gt|quot);)?/g;
const SIGNS: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

/** The one root of the document. @throws {Error} for what is not well formed, or has text between its elements */
export function parseXml(text: string): XmlElement {
  const [declaration = ''] = DECLARATION.exec(text) ?? [];
  const open: { name: string; attributes: Record<string, string>; children: XmlElement[] }[] = [
    { name: '', attributes: {}, children: [] },
  ];
  TAG.lastIndex = declaration.length;
  while (TAG.lastIndex < text.length) {
    const at = TAG.lastIndex;
    const [, closes, name = '', attributes = '', empty] = TAG.exec(text) ?? [];
    if (closes === undefined) throw new Error(`not well formed at ${JSON.stringify(text.slice(at, at + 40))}`);
    if (closes === '') open.push({ name, attributes: attributesOf(attributes), children: [] });
    if (closes === '/' || empty === '/') {
      const ended = open.pop();
      const parent = open.at(-1);
      if (ended === undefined || parent === undefined || ended.name !== name)
        throw new Error(`</${name}> closes nothing`);
      parent.children.push(ended);
    }
  }
  const [document, ...unclosed] = open;
  const [root, ...more] = document?.children ?? [];
  if (root === undefined || more.length > 0 || unclosed.length > 0) throw new Error('not one whole document');
  return root;
}

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(ATTRIBUTE)) {
    if (name in attributes) throw new Error(`${name} stands twice`);
    attributes[name] = value.replace(ENTITY, (_whole, entity: string | undefined) => {
      const sign = entity === undefined ? undefined : SIGNS[entity];
      if (sign === undefined) throw new Error('& begins no entity');
      return sign;
    });
  }
  return attributes;
}
