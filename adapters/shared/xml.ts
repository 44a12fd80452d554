/** XML as the documents of the <Pay> family need it: elements, attributes, no text. */

/** An element; attributes that are null are left out. */
export interface Element {
  readonly name: string;
  readonly attributes: { readonly [name: string]: string | null };
  readonly children: readonly Element[];
}

/** The document, one element a line, indented by two blanks. */
export function xmlDocument(root: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${lines(root, '')}`;
}

function lines({ name, attributes, children }: Element, indent: string): string {
  const pairs = Object.entries(attributes).flatMap(([key, value]) =>
    value === null ? [] : [` ${key}="${escaped(value)}"`],
  );
  const open = `${indent}<${name}${pairs.join('')}`;
  if (children.length === 0) return `${open}/>\n`;
  return `${open}>\n${children.map((child) => lines(child, `${indent}  `)).join('')}${indent}</${name}>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Control characters have no place in XML 1.0, and line ends in an attribute would become blanks. */
function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign).replace(/\p{Cc}/gu, ' ');
}
