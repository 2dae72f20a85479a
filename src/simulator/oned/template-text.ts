/** OpenNebula's template language: `NAME="value"` and `NAME=[ A="b", C="d" ]`, any number of each. */
import {Refusal} from './wire.ts';

export type Vector = Readonly<Record<string, string>>;

export interface TemplateText {
  readonly values: Vector; // single attributes; the last of one name counts
  readonly vectors: readonly {readonly name: string; readonly value: Vector}[]; // in the order given
}

const name = /\s*([A-Za-z0-9_-]+)\s*=\s*/y;
const quoted = /"((?:[^"\\]|\\.)*)"/y;
const unquoted = /[^\s,[\]"]+/y;

/** Throws oned's own words for what does not parse. */
export function parseTemplate(text: string): TemplateText {
  const values: Record<string, string> = {};
  const vectors: {name: string; value: Vector}[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match ?? undefined;
  };
  const syntax = (): Refusal => new Refusal(0x2000, `Parse error: syntax error, unexpected ${at >= text.length ? '$end' : 'VARIABLE'}, expecting STRING at line 0, columns ${at}:${at + 1}`);
  const value = (): string => {
    const match = take(quoted);
    if (match) return match[1]!.replace(/\\(.)/g, '$1');
    const bare = take(unquoted);
    if (!bare) throw syntax();
    return bare[0];
  };
  for (;;) {
    take(/[\s,]*(?:#[^\n]*\n\s*)*/y);
    if (at >= text.length) return {values, vectors};
    const key = take(name)?.[1]?.toUpperCase();
    if (key === undefined) throw syntax();
    if (!take(/\[/y)) {
      values[key] = value();
      continue;
    }
    const inner: Record<string, string> = {};
    while (!take(/[\s,]*\]/y)) {
      take(/[\s,]*/y);
      const part = take(name)?.[1]?.toUpperCase();
      if (part === undefined) throw syntax();
      inner[part] = value();
    }
    vectors.push({name: key, value: inner});
  }
}

export const vectorsNamed = (text: TemplateText, wanted: string): readonly Vector[] => text.vectors.filter((one) => one.name === wanted).map((one) => one.value);
