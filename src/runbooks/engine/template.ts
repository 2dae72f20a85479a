/** Texts with {{ }}, and for the content of files {% for %} and {% if %}. Parsed once; filled in for each host. */
import type {Value} from '../model.ts';
import {evaluate, ExpressionError, parseExpression, truthy, type Node, type Scope} from './expression.ts';
import {functions, isMapping, textOf} from './functions.ts';
import {spots, word} from './shell.ts';

export type Part =
  | {readonly kind: 'text'; readonly text: string}
  | {readonly kind: 'value'; readonly node: Node; readonly source: string; readonly at: number}
  | {readonly kind: 'secret'; readonly path: Node}
  | {readonly kind: 'for'; readonly name: string; readonly list: Node; readonly body: readonly Part[]}
  | {readonly kind: 'if'; readonly test: Node; readonly yes: readonly Part[]; readonly no: readonly Part[]};

/** `at`: where in the text, from 0. */
export class TemplateError extends ExpressionError {}

const tag = /\{\{([\s\S]*?)\}\}|^[ \t]*\{%([\s\S]*?)%\}[ \t]*\n|\{%([\s\S]*?)%\}/gm;

/** Throws TemplateError. `blocks`: {% %} may be used (in files). */
export function parseTemplate(text: string, {blocks = false}: {readonly blocks?: boolean} = {}): readonly Part[] {
  interface Open {
    readonly parts: Part[];
    readonly close: (() => Part) | undefined;
    readonly kind: 'top' | 'for' | 'if' | 'else';
    readonly at: number;
    readonly test?: Node;
    readonly yes?: readonly Part[];
  }
  const stack: Open[] = [{parts: [], close: undefined, kind: 'top', at: 0}];
  const top = (): Open => stack.at(-1)!;
  const put = (part: Part): void => void top().parts.push(part);
  let from = 0;
  for (const match of text.matchAll(tag)) {
    const [all, value, line, inline] = match;
    if (match.index > from) put({kind: 'text', text: text.slice(from, match.index)});
    from = match.index + all.length;
    const open = match.index + all.indexOf('{') + 2;
    if (value !== undefined) put(valuePart(value, open));
    else if (!blocks) throw new TemplateError('{% %} can stand in the content of a file only', match.index);
    else statement((line ?? inline)!.trim(), open);
  }
  if (from < text.length) put({kind: 'text', text: text.slice(from)});
  for (const part of stack.flatMap(({parts}) => parts)) {
    const broken = part.kind === 'text' ? /\{\{|\{%/.exec(part.text) : null;
    if (broken) throw new TemplateError(`"${broken[0]}" is not closed`, text.indexOf(broken[0]));
  }
  if (top().kind !== 'top') throw new TemplateError(`{% ${top().kind === 'for' ? 'for' : 'if'} %} has no {% end${top().kind === 'for' ? 'for' : 'if'} %}`, top().at);
  return top().parts;

  function valuePart(source: string, at: number): Part {
    const node = parsed(source, at);
    if (node.kind === 'call' && node.name === 'secret') {
      if (!blocks) throw new TemplateError('secret() can stand in the content of a file only', at);
      return {kind: 'secret', path: node.args[0]!};
    }
    return {kind: 'value', node, source: source.trim(), at};
  }

  function statement(source: string, at: number): void {
    const each = /^for\s+([a-z][a-z0-9_]*)\s+in\s+([\s\S]+)$/.exec(source);
    const when = /^if\s+([\s\S]+)$/.exec(source);
    if (each) {
      const [, name, list] = each as unknown as [string, string, string];
      const node = parsed(list, at + source.indexOf(list));
      const parts: Part[] = [];
      stack.push({kind: 'for', parts, at, close: () => ({kind: 'for', name, list: node, body: parts})});
    } else if (when) {
      const test = parsed(when[1]!, at + source.indexOf(when[1]!));
      const parts: Part[] = [];
      stack.push({kind: 'if', parts, at, test, close: () => ({kind: 'if', test, yes: parts, no: []})});
    } else if (source === 'else' && top().kind === 'if') {
      const {test, parts: yes} = stack.pop()!;
      const parts: Part[] = [];
      stack.push({kind: 'else', parts, at, close: () => ({kind: 'if', test: test!, yes, no: parts})});
    } else if ((source === 'endfor' && top().kind === 'for') || (source === 'endif' && (top().kind === 'if' || top().kind === 'else'))) {
      put(stack.pop()!.close!());
    } else throw new TemplateError(`{% ${source.slice(0, 30)} %} is not understood here; there are for … in …, endfor, if …, else, endif`, at);
  }
}

function parsed(source: string, at: number): Node {
  try {
    return parseExpression(source);
  } catch (error) {
    if (error instanceof ExpressionError) throw new TemplateError(error.message, at + error.at);
    throw error;
  }
}

/** The expression of a text that is nothing but one {{ }}. Throws TemplateError. */
export function loneExpression(text: string): Node {
  const parts = parseTemplate(text.trim());
  const [only] = parts;
  if (parts.length !== 1 || only?.kind !== 'value') throw new TemplateError('one {{ expression }} was expected', 0);
  return only.node;
}

/** A script: as parseTemplate, and every value stands where a quoted word is one word. Throws TemplateError. */
export function parseScript(text: string): readonly Part[] {
  const parts = parseTemplate(text);
  // The reading of sh must not stumble over what is within the braces.
  const plain = text.replace(tag, (all) => 'x'.repeat(all.length));
  const values = parts.filter((part) => part.kind === 'value');
  const found = spots(plain, values.map(({at}) => at));
  for (const [index, spot] of found.entries()) {
    const {at, source} = values[index]!;
    if (spot !== 'plain') throw new TemplateError(`{{ ${source} }} stands in ${spot}: a value is quoted by itself, so it has to stand outside of quotes, comments and the like (name={{ ${source} }} first, then "$name")`, at);
  }
  return parts;
}

/** Values as one quoted word each, a list as several. Throws what evaluate throws. */
export const fillScript = (parts: readonly Part[], scope: Scope): string => parts.map((part) => {
  if (part.kind === 'text') return part.text;
  if (part.kind !== 'value') throw new Error('a script holds values only');
  const value = evaluate(part.node, scope);
  return Array.isArray(value) ? value.map((one) => word(singleLine(one as Value))).join(' ') : word(singleLine(value));
}).join('');

/** Values as they are, of one line. `secret`: what stands for a secret until the host puts it in. */
export function fillText(parts: readonly Part[], scope: Scope, secret?: (path: string) => string): string {
  return parts.map((part): string => {
    switch (part.kind) {
      case 'text': return part.text;
      case 'value': return singleLine(evaluate(part.node, scope));
      case 'secret': return secret!(singleLine(evaluate(part.path, scope)));
      case 'if': return fillText(truthy(evaluate(part.test, scope)) ? part.yes : part.no, scope, secret);
      case 'for': {
        const list = evaluate(part.list, scope);
        if (!Array.isArray(list)) throw new Error(`{% for ${part.name} in … %}: this is no list`);
        return (list as readonly Value[]).map((one) => fillText(part.body, {...scope, names: {...scope.names, [part.name]: one}}, secret)).join('');
      }
    }
  }).join('');
}

function singleLine(value: Value): string {
  if (value === null) throw new Error('there is no value (null): say default(…, "…") where that is allowed');
  const text = textOf(value);
  if (/[\n\r\u0000]/.test(text)) throw new Error('a value with a line break cannot be put in');
  return text;
}

/** A parameter of `with`: texts with {{ }} evaluated, at any depth. A text that is one {{ }} keeps its type. */
export function fillValue(value: Value, scope: Scope): Value {
  if (typeof value === 'string') {
    const parts = parseTemplate(value);
    return parts.length === 1 && parts[0]?.kind === 'value' ? evaluate(parts[0].node, scope) : fillText(parts, scope);
  }
  if (Array.isArray(value)) return (value as readonly Value[]).map((one) => fillValue(one, scope));
  return isMapping(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fillValue(one, scope)])) : value;
}

/** Names and steps that an expression speaks of, for the inspection of a file. */
export function mentions(parts: readonly Part[]): {readonly names: readonly {readonly name: string; readonly at: number}[]; readonly inputs: readonly {readonly name: string; readonly at: number}[]; readonly steps: readonly string[]} {
  const names: {name: string; at: number}[] = [];
  const inputs: {name: string; at: number}[] = [];
  const steps: string[] = [];
  const walk = (node: Node, base: number, known: readonly string[]): void => {
    switch (node.kind) {
      case 'value': return;
      case 'name': if (!known.includes(node.name)) names.push({name: node.name, at: base + node.at}); return;
      case 'list': for (const one of node.items) walk(one, base, known); return;
      case 'not': case 'minus': return walk(node.of, base, known);
      case 'choice': for (const one of [node.test, node.yes, node.no]) walk(one, base, known); return;
      case 'both': for (const one of [node.left, node.right]) walk(one, base, known); return;
      case 'call':
        if (node.name === 'value' && node.args[0]?.kind === 'value') steps.push(String(node.args[0].value as string));
        for (const one of node.args) walk(one, base, known);
        return;
      case 'member':
        if (node.of.kind === 'name' && node.of.name === 'inputs' && node.key.kind === 'value') inputs.push({name: String(node.key.value as string), at: base + node.at});
        walk(node.of, base, known);
        walk(node.key, base, known);
    }
  };
  const through = (all: readonly Part[], known: readonly string[]): void => {
    for (const part of all) {
      if (part.kind === 'value') walk(part.node, part.at, known);
      if (part.kind === 'secret') walk(part.path, 0, known);
      if (part.kind === 'for') {
        walk(part.list, 0, known);
        through(part.body, [...known, part.name]);
      }
      if (part.kind === 'if') {
        walk(part.test, 0, known);
        through(part.yes, known);
        through(part.no, known);
      }
    }
  };
  through(parts, []);
  return {names, inputs, steps};
}

export {functions};
