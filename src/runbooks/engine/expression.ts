/**
 * The expressions of `{{ }}`: literals, members, operators, and the functions of functions.ts. They can look at what
 * they are given and at nothing else; there is no way from them to code. Parsed once, when the file is read.
 */
import type {Value} from '../model.ts';
import {Unread} from './later.ts';
import {functions, isMapping, textOf} from './functions.ts';

export type Node =
  | {readonly kind: 'value'; readonly value: Value}
  | {readonly kind: 'name'; readonly name: string; readonly at: number}
  | {readonly kind: 'member'; readonly of: Node; readonly key: Node; readonly at: number}
  | {readonly kind: 'call'; readonly name: string; readonly args: readonly Node[]; readonly at: number}
  | {readonly kind: 'list'; readonly items: readonly Node[]}
  | {readonly kind: 'not' | 'minus'; readonly of: Node}
  | {readonly kind: 'both'; readonly operator: string; readonly left: Node; readonly right: Node}
  | {readonly kind: 'choice'; readonly test: Node; readonly yes: Node; readonly no: Node};

/** `at`: where in the expression, from 0. */
export class ExpressionError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.name = 'ExpressionError';
    this.at = at;
  }
}

interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}
const token = /\s*(?:(\d+)|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([A-Za-z_][A-Za-z0-9_]*)|(==|!=|<=|>=|[<>+\-*?:,.()[\]|]))/y;

function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  token.lastIndex = 0;
  let from = 0;
  while (source.slice(from).trim() !== '') {
    token.lastIndex = from;
    const match = token.exec(source);
    if (!match) throw new ExpressionError(`"${source.slice(from).trim().slice(0, 20)}" is not understood`, from + (source.slice(from).length - source.slice(from).trimStart().length));
    const [all, number, single, double, name, sign] = match;
    const text = single ?? double;
    const at = from + all.length - all.trimStart().length;
    tokens.push(number !== undefined ? {kind: 'number', text: number, at} : text !== undefined ? {kind: 'text', text: text.replace(/\\(.)/g, '$1'), at} : name !== undefined ? {kind: 'name', text: name, at} : {kind: 'sign', text: sign!, at});
    from += all.length;
    if (tokens.length > 500) throw new ExpressionError('this expression is too long', at);
  }
  return [...tokens, {kind: 'end', text: 'the end', at: source.length}];
}

/** Throws ExpressionError. */
export function parseExpression(source: string): Node {
  const tokens = tokensOf(source);
  let next = 0;
  let depth = 0;
  const peek = (): Token => tokens[next]!;
  const is = (...texts: string[]): boolean => (peek().kind === 'sign' || peek().kind === 'name') && texts.includes(peek().text);
  const take = (): Token => tokens[next++]!;
  const want = (text: string): void => {
    if (!is(text)) throw new ExpressionError(`"${text}" was expected, found ${shown(peek())}`, peek().at);
    next += 1;
  };
  const shown = ({kind, text}: Token): string => (kind === 'end' ? 'the end' : `"${text}"`);
  const levels: readonly (readonly string[])[] = [['or'], ['and'], ['==', '!=', '<', '<=', '>', '>=', 'in'], ['+', '-'], ['*']];
  const comparisons = 2;

  const whole = choice();
  if (peek().kind !== 'end') throw new ExpressionError(`${shown(peek())} was not expected here`, peek().at);
  return whole;

  function choice(): Node {
    if (++depth > 50) throw new ExpressionError('nested too deep', peek().at);
    const test = binary(0);
    let node = test;
    if (is('?')) {
      next += 1;
      const yes = choice();
      want(':');
      node = {kind: 'choice', test, yes, no: choice()};
    }
    depth -= 1;
    return node;
  }

  function binary(level: number): Node {
    const operators = levels[level];
    if (!operators) return unary();
    // Of a whole comparison: "not host.role == 'vtep'" is no comparison of a truth with a text.
    if (level === comparisons && is('not')) {
      next += 1;
      return {kind: 'not', of: binary(level)};
    }
    let left = binary(level + 1);
    while (is(...operators)) {
      const operator = take().text;
      left = {kind: 'both', operator, left, right: binary(level + 1)};
    }
    return left;
  }

  function unary(): Node {
    if (is('-')) {
      next += 1;
      return {kind: 'minus', of: unary()};
    }
    return postfix(primary());
  }

  function postfix(first: Node): Node {
    let node = first;
    for (;;) {
      const {at} = peek();
      if (is('.')) {
        next += 1;
        const name = take();
        if (name.kind !== 'name') throw new ExpressionError(`a name was expected after ".", found ${shown(name)}`, name.at);
        node = {kind: 'member', of: node, key: {kind: 'value', value: name.text}, at};
      } else if (is('[')) {
        next += 1;
        node = {kind: 'member', of: node, key: choice(), at};
        want(']');
      } else if (is('|')) {
        next += 1;
        const name = take();
        node = call(name, [node, ...(is('(') ? args() : [])]);
      } else return node;
    }
  }

  function call({text, kind, at}: Token, given: readonly Node[]): Node {
    const known = kind === 'name' ? functions[text] : undefined;
    if (!known) throw new ExpressionError(`there is no function "${text}"; there are: ${Object.keys(functions).join(', ')}`, at);
    if (given.length < known.least || given.length > known.most) throw new ExpressionError(`${text} takes ${known.usage}`, at);
    return {kind: 'call', name: text, args: given, at};
  }

  function args(): readonly Node[] {
    want('(');
    return items(')');
  }

  function items(end: string): readonly Node[] {
    const found: Node[] = [];
    while (!is(end)) {
      found.push(choice());
      if (!is(end)) want(',');
    }
    next += 1;
    return found;
  }

  function primary(): Node {
    const one = take();
    if (one.kind === 'number') return {kind: 'value', value: Number(one.text)};
    if (one.kind === 'text') return {kind: 'value', value: one.text};
    if (one.kind === 'sign' && one.text === '(') {
      const inner = choice();
      want(')');
      return inner;
    }
    if (one.kind === 'sign' && one.text === '[') return {kind: 'list', items: items(']')};
    if (one.kind !== 'name') throw new ExpressionError(`a value was expected, found ${shown(one)}`, one.at);
    if (one.text === 'true' || one.text === 'false') return {kind: 'value', value: one.text === 'true'};
    if (one.text === 'null') return {kind: 'value', value: null};
    return is('(') ? call(one, args()) : {kind: 'name', name: one.text, at: one.at};
  }
}

/** What an expression can see. */
export interface Scope {
  readonly names: Readonly<Record<string, Value>>;
  /** {{ value("step", "kvm1") }}. Throws Later when it is not there yet. */
  readonly value: (step: string, work: string) => Value;
  /** Told for each value of the fabric that was used: where it comes from. */
  readonly origin?: (says: string) => void;
}

/** Where the members of a mapping come from: set by facts.ts, told when they are used. */
const origins = new WeakMap<object, (key: string) => string | undefined>();
export const withOrigins = <T extends object>(mapping: T, originOf: (key: string) => string | undefined): T => {
  origins.set(mapping, originOf);
  return mapping;
};
/** A member of a mapping that was not read: asking for it throws Unread with this sentence. */
export const unread = (why: string): Value => ({[unreadKey]: why});
const unreadKey = '\u0000unread';

/** Throws Error (a sentence), Later or Unread. */
export function evaluate(node: Node, scope: Scope): Value {
  switch (node.kind) {
    case 'value': return node.value;
    case 'list': return node.items.map((item) => evaluate(item, scope));
    case 'name': {
      if (!Object.hasOwn(scope.names, node.name)) throw new ExpressionError(`there is nothing called "${node.name}" here; there is: ${Object.keys(scope.names).join(', ')}`, node.at);
      return member(scope.names, node.name, scope);
    }
    case 'member': return member(evaluate(node.of, scope), evaluate(node.key, scope), scope);
    case 'call': {
      if (node.name === 'default') return orDefault(node.args, scope);
      return functions[node.name]!.run(node.args.map((arg) => evaluate(arg, scope)), {member: (of, key) => member(of, key, scope), value: scope.value});
    }
    case 'not': return !truthy(evaluate(node.of, scope));
    case 'minus': return -numberOf(evaluate(node.of, scope));
    case 'choice': return evaluate(truthy(evaluate(node.test, scope)) ? node.yes : node.no, scope);
    case 'both': return both(node, scope);
  }
}

function orDefault([first, second]: readonly Node[], scope: Scope): Value {
  try {
    return evaluate(first!, scope) ?? evaluate(second!, scope);
  } catch (error) {
    if (error instanceof Unread) return evaluate(second!, scope);
    throw error;
  }
}

function both({operator, left, right}: Extract<Node, {kind: 'both'}>, scope: Scope): Value {
  const a = evaluate(left, scope);
  if (operator === 'and') return truthy(a) && truthy(evaluate(right, scope));
  if (operator === 'or') return truthy(a) || truthy(evaluate(right, scope));
  const b = evaluate(right, scope);
  switch (operator) {
    case '==': return same(a, b);
    case '!=': return !same(a, b);
    case 'in': return Array.isArray(b) ? b.some((one) => same(a, one as Value)) : typeof b === 'string' ? b.includes(textOf(a)) : isMapping(b) && Object.hasOwn(b, textOf(a));
    case '+': return typeof a === 'number' && typeof b === 'number' ? a + b : Array.isArray(a) && Array.isArray(b) ? [...(a as readonly Value[]), ...(b as readonly Value[])] : joined(a, b);
    case '-': return numberOf(a) - numberOf(b);
    case '*': return numberOf(a) * numberOf(b);
    case '<': return numberOf(a) < numberOf(b);
    case '<=': return numberOf(a) <= numberOf(b);
    case '>': return numberOf(a) > numberOf(b);
    default: return numberOf(a) >= numberOf(b);
  }
}

function joined(a: Value, b: Value): string {
  if (typeof a === 'object' || typeof b === 'object') throw new Error('"+" adds two numbers, two texts or two lists');
  return textOf(a) + textOf(b);
}

function member(of: Value, key: Value, {origin}: Pick<Scope, 'origin'>): Value {
  if (Array.isArray(of)) {
    const found = typeof key === 'number' ? (of as readonly Value[])[key] : undefined;
    if (found === undefined) throw new Error(`a list of ${of.length} has no element ${textOf(key)}`);
    return found;
  }
  if (!isMapping(of)) throw new Error(`${of === null ? 'nothing' : `"${textOf(of).slice(0, 40)}"`} has no member "${textOf(key)}"`);
  const name = textOf(key);
  if (!Object.hasOwn(of, name)) throw new Error(`there is no "${name}" here; there is: ${Object.keys(of).slice(0, 30).join(', ') || 'nothing'}`);
  const found = of[name]!;
  if (isMapping(found) && Object.hasOwn(found, unreadKey)) throw new Unread(String(found[unreadKey]));
  const from = origins.get(of)?.(name);
  if (from !== undefined) origin?.(from);
  return found;
}

export const truthy = (value: Value): boolean => !(value === null || value === false || value === 0 || value === '' || (Array.isArray(value) && value.length === 0));

function numberOf(value: Value): number {
  if (typeof value !== 'number') throw new Error(`${value === null ? 'nothing' : `"${textOf(value).slice(0, 40)}"`} is no number`);
  return value;
}

const same = (a: Value, b: Value): boolean => a === b || (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null && JSON.stringify(a) === JSON.stringify(b));
