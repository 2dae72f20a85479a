/** How oned writes XML: some values as CDATA, some bare, attributes of a template in alphabetical order. */

export const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** `<NAME>inner</NAME>`: inner is markup already. */
export const tag = (name: string, ...inner: readonly string[]): string => `<${name}>${inner.join('')}</${name}>`;
export const bare = (name: string, value: string | number): string => tag(name, escape(String(value)));
export const cdata = (name: string, value: string | number): string => `<${name}><![CDATA[${value}]]></${name}>`;

/** Bare values, in the order given. */
export const bares = (values: Readonly<Record<string, string | number>>): string => Object.entries(values).map(([name, value]) => bare(name, value)).join('');

/** The inside of a template or vector attribute: CDATA, alphabetical; parts that are markup already are sorted in by name. */
export function vector(values: Readonly<Record<string, string | number | undefined>>, parts: readonly (readonly [name: string, markup: string])[] = []): string {
  const all: (readonly [string, string])[] = [...parts];
  for (const [name, value] of Object.entries(values)) if (value !== undefined) all.push([name, cdata(name, value)]);
  // Stable: several of one name keep their order.
  return all.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, markup]) => markup).join('');
}

export const idList = (name: string, ids: readonly number[]): string => tag(name, ...ids.toSorted((a, b) => a - b).map((id) => bare('ID', id)));

export const owner = (uid: number, uname: string, gname: string): string => bares({UID: uid, GID: uid === 0 ? 0 : 1, UNAME: uname, GNAME: gname});

/** UNIX-like rights as three digits, "600": what oned gives a new object. */
export function permissions(rights: string): string {
  const names = ['OWNER', 'GROUP', 'OTHER'];
  const bits = [...rights].flatMap((digit, at) => [4, 2, 1].map((bit, which) => bare(`${names[at]}_${'UMA'[which]}`, Number(digit) & bit ? 1 : 0)));
  return tag('PERMISSIONS', ...bits);
}
