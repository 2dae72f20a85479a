/**
 * The XML inside OpenNebula's answers, read as if an enemy had written it: no DOCTYPE, no entities but XML's own five,
 * bounded depth, no coercion. An element becomes an object of its children; text is sanitised when it is taken out.
 */
import {XMLParser} from 'fast-xml-parser';
import {sanitizeLine} from '../../text/sanitize.ts';

export interface XmlElement {
  readonly [child: string]: XmlNode | readonly XmlNode[];
}
export type XmlNode = string | XmlElement;

/** Why a text is not the XML that OpenNebula writes. */
export class XmlError extends Error {}

const maxDepth = 32; // a VM has 5
const cdata = '#cdata';
const plain = '#text';
const parser = new XMLParser({ignoreAttributes: true, parseTagValue: false, processEntities: false, trimValues: false, cdataPropName: cdata, maxNestedTags: maxDepth});
const tagName = /[A-Za-z_][\w.-]*/y;

/**
 * The children of the root element, one by one and as text: a pool of 15 MB is never parsed in one go. Throws XmlError
 * when the root is not one of `roots`, at a tag out of place, a DOCTYPE, too much depth or a missing end.
 */
export function* children(xml: string, roots: readonly string[]): Generator<string, void> {
  const open: string[] = [];
  let at = 0;
  let itemAt = 0;
  let done = false;
  while ((at = xml.indexOf('<', at)) >= 0) {
    const start = at;
    if (xml.startsWith('<![CDATA[', at)) {
      if (open.length < 2) throw new XmlError('text where elements belong');
      at = after(xml, ']]>', at);
    } else if (xml.startsWith('<?', at) && open.length === 0) {
      at = after(xml, '?>', at);
    } else if (xml[at + 1] === '!' || xml[at + 1] === '?') {
      throw new XmlError(`${sanitizeLine(xml.slice(at, at + 12), 12)} is refused`);
    } else if (xml[at + 1] === '/') {
      at = after(xml, '>', at);
      const name = open.pop();
      if (name === undefined || xml.slice(start + 2, at - 1).trimEnd() !== name) throw new XmlError(`an end tag that closes nothing at character ${start}`);
      if (open.length === 1) yield xml.slice(itemAt, at);
      done = open.length === 0;
    } else {
      tagName.lastIndex = at + 1;
      const name = tagName.exec(xml)?.[0];
      if (name === undefined || done) throw new XmlError(`a tag out of place at character ${start}`);
      if (open.length === 0 && !roots.includes(name)) throw new XmlError(`<${sanitizeLine(name, 40)}> instead of <${roots.join('> or <')}>`);
      if (open.length === 1) itemAt = start;
      if (open.length >= maxDepth) throw new XmlError(`nested deeper than ${maxDepth}`);
      at = after(xml, '>', at);
      if (xml[at - 2] !== '/') open.push(name);
      else if (open.length === 1) yield xml.slice(itemAt, at);
      else if (open.length === 0) done = true;
    }
  }
  if (!done) throw new XmlError(open.length > 0 ? `it ends inside <${open.at(-1)}>` : 'there is no element');
}

function after(xml: string, end: string, from: number): number {
  const found = xml.indexOf(end, from);
  if (found < 0) throw new XmlError('it ends inside a tag');
  return found + end.length;
}

/** One element, as `children` yields it: its name and its children. Undefined when it cannot be held safely (reserved names). */
export function element(xml: string): {readonly name: string; readonly content: XmlElement} | undefined {
  try {
    const parsed = parser.parse(xml) as XmlElement;
    const name = Object.keys(parsed)[0];
    const content = name === undefined ? undefined : parsed[name];
    return name !== undefined && isElement(content) ? {name, content} : undefined;
  } catch {
    return undefined;
  }
}

const isElement = (node: XmlNode | readonly XmlNode[] | undefined): node is XmlElement => typeof node === 'object' && !Array.isArray(node);

/** All children of that name: none, one or several, always a list. */
export function all(parent: XmlElement | undefined, name: string): readonly XmlNode[] {
  if (!parent || !Object.hasOwn(parent, name)) return [];
  const found = parent[name]!;
  return Array.isArray(found) ? (found as readonly XmlNode[]) : [found as XmlNode];
}

/** The child elements of that name, without those that hold only text. */
export const elements = (parent: XmlElement | undefined, name: string): readonly XmlElement[] => all(parent, name).filter((node): node is XmlElement => isElement(node) && !Object.hasOwn(node, cdata));

/** The first child element on that path. */
export function child(parent: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  let at = parent;
  for (const name of path) at = elements(at, name)[0];
  return at;
}

/** The text of a child, one sanitised line; undefined when there is none or it is empty. Repeated children: the first. */
export function text(parent: XmlElement | undefined, name: string): string | undefined {
  const node = all(parent, name)[0];
  return node === undefined ? undefined : textOf(node);
}

/** A child that is a whole number, as OpenNebula writes them. */
export function int(parent: XmlElement | undefined, name: string): number | undefined {
  return toInt(text(parent, name));
}

/** An identifier: a whole number of 0 or more ("-1" and "" are none). */
export function id(parent: XmlElement | undefined, name: string): number | undefined {
  const value = int(parent, name);
  return value === undefined || value < 0 ? undefined : value;
}

/** `<VMS><ID>3</ID><ID>7</ID></VMS>` */
export function ids(parent: XmlElement | undefined, name: string): readonly number[] {
  return all(child(parent, name), 'ID').map((node) => toInt(textOf(node))).filter((value) => value !== undefined && value >= 0) as number[];
}

/** What OpenNebula takes for the name of an attribute; another one is no name, but somebody's attempt. */
const attributeName = /^[A-Za-z_][\w.:-]{0,199}$/;

/** The children that hold text, by name; repeated ones: the first. What `keep` refuses never enters. */
export function attributes(parent: XmlElement | undefined, keep: (name: string) => boolean): Readonly<Record<string, string>> {
  const found: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const raw of Object.keys(parent ?? {})) {
    const value = !attributeName.test(raw) || !keep(raw) ? undefined : text(parent, raw);
    if (value !== undefined) found[raw] = value;
  }
  return {...found};
}

const toInt = (value: string | undefined): number | undefined => (value !== undefined && /^-?\d{1,15}$/.test(value) ? Number(value) : undefined);

/** CDATA wins over loose text beside it: OpenNebula writes one or the other. */
function textOf(node: XmlNode): string | undefined {
  if (typeof node === 'string') return clean(decode(node));
  if (Object.hasOwn(node, cdata)) return clean([node[cdata]].flat().join(''));
  const loose = Object.hasOwn(node, plain) && Object.keys(node).length === 1 ? node[plain] : undefined;
  return typeof loose === 'string' ? clean(decode(loose)) : undefined;
}

const clean = (value: string): string | undefined => sanitizeLine(value).trim() || undefined;

const named: Readonly<Record<string, string>> = {lt: '<', gt: '>', amp: '&', quot: '"', apos: "'"};

/** XML's five entities and character references; anything else stays as it stands. */
function decode(value: string): string {
  if (!value.includes('&')) return value;
  return value.replace(/&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/g, (whole, name: string | undefined, decimal: string | undefined, hex: string | undefined) => {
    if (name !== undefined) return named[name]!;
    const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
    return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : whole;
  });
}
