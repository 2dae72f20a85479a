/**
 * Fuzzing for parsers of remote text: seeded mutations of real output, and the promises that every parser makes.
 *
 *   fuzz({name: 'wg peers', inputs: [fixture], parse: (text) => parsePeers(text)});
 *
 * A parser never throws, answers in time, lets no control character through and invents nothing: every string of the
 * value stands in the input (after lower-casing, JSON unescaping, sanitising), every number stands there as digits.
 * FUZZ_SEED and FUZZ_RUNS choose other runs; a failure names the seed, the run and the input.
 */
import {sanitizeText} from '../../src/text/sanitize.ts';

export interface FuzzOptions {
  readonly name: string;
  /** Real outputs, a few KiB each: they are mutated and spliced with one another. */
  readonly inputs: readonly string[];
  /** Its result is examined: a Reading (then its value; the words of a Problem are the parser's own), or any value. */
  readonly parse: (text: string) => unknown;
  readonly runs?: number; // default 2,000
  /** Field names, at any depth, whose values are computed or fixed words: exempt from "invents nothing". */
  readonly derived?: readonly string[];
  /** Field names whose strings may hold \n and \t: text that is shown as it is. */
  readonly multiline?: readonly string[];
  /** Longest time for one call, ms; a slow call is tried again before it counts. Default 200. */
  readonly boundMs?: number;
}

/** Throws an Error that says how to repeat the run, at the first broken promise. */
export function fuzz(options: FuzzOptions): void {
  const {name, inputs, parse} = options;
  if (inputs.length === 0) throw new Error(`fuzz ${name}: no inputs`);
  const runs = Number(process.env['FUZZ_RUNS'] ?? options.runs ?? 2000);
  const seed = Number(process.env['FUZZ_SEED'] ?? 7432);
  const bound = options.boundMs ?? 200;
  for (let run = 0; run < runs; run++) {
    // The first runs are the inputs as they are: a harness whose inputs already break its promises should say that.
    const text = run < inputs.length ? inputs[run]! : mutate(inputs, random(seed * 1_000_003 + run));
    const complain = (what: string): never => {
      throw new Error(`fuzz ${name}: ${what}\nFUZZ_SEED=${seed} run ${run}, input (${text.length} characters): ${JSON.stringify(text.slice(0, 4000))}`);
    };
    const started = performance.now();
    let result: unknown;
    try {
      result = parse(text);
    } catch (error) {
      complain(`it throws: ${(error as Error).stack ?? String(error)}`);
    }
    if (performance.now() - started > bound && fastest(parse, text) > bound) complain(`it takes longer than ${bound} ms`);
    const broken = examine(result, text, options);
    if (broken) complain(broken);
  }
}

function fastest(parse: (text: string) => unknown, text: string): number {
  let best = Infinity;
  for (let i = 0; i < 3; i++) {
    const started = performance.now();
    parse(text);
    best = Math.min(best, performance.now() - started);
  }
  return best;
}

/** mulberry32 */
function random(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const intruders: readonly ((next: () => number) => string)[] = [
  (next) => String.fromCharCode(Math.floor(next() * 32)),
  () => '\x1b[31m',
  () => '\x1b]0;owned\x07',
  () => '\x1b[2J\x1b[H',
  () => '\x9b1m',
  () => '\\u001b[31m',
  () => '\\u202e',
  () => '\\u0000',
  () => '\u202e',
  () => '\u200b',
  () => '\u2028',
  () => '\r',
  () => '\n',
  () => '\n\n',
  () => '\t',
  () => '\0',
  () => '99999999999999999999999',
  () => '-1',
  () => '1e999',
  () => '4294967296',
  () => '16777216',
  () => '0.5',
  () => '"',
  () => '\\',
  () => ',',
  () => '{}',
  () => '[]',
  () => 'null',
  () => 'true',
  () => ' '.repeat(200),
  () => '"__proto__":{"polluted":"yes"},',
  () => '"constructor":null,',
  () => '['.repeat(5000),
  () => '{"a":'.repeat(2000),
  () => 'x'.repeat(3000),
  () => '\ud800',
  () => '\ufffd',
];

function mutate(inputs: readonly string[], next: () => number): string {
  const pick = (n: number): number => Math.floor(next() * n);
  let text = inputs[pick(inputs.length)]!;
  for (let step = 1 + pick(4); step > 0; step--) {
    const a = pick(text.length + 1);
    const b = Math.min(text.length, a + 1 + pick(next() < 0.5 ? 8 : text.length + 1));
    switch (pick(11)) {
      case 0: // cut the end, as a connection that dies
        text = text.slice(0, a);
        break;
      case 1: // cut the head
        text = text.slice(a);
        break;
      case 2: // cut a part
        text = text.slice(0, a) + text.slice(b);
        break;
      case 3: // duplicate a part
        text = text.slice(0, b) + text.slice(a);
        break;
      case 4: { // splice with another output
        const other = inputs[pick(inputs.length)]!;
        text = text.slice(0, a) + other.slice(pick(other.length + 1));
        break;
      }
      case 5: // flip a bit of a byte
        if (a < text.length) text = text.slice(0, a) + String.fromCharCode(text.charCodeAt(a) ^ (1 << pick(8))) + text.slice(a + 1);
        break;
      case 6:
      case 7: // insert an intruder
        text = text.slice(0, a) + intruders[pick(intruders.length)]!(next) + text.slice(a);
        break;
      case 8: { // replace one number by an intruder, as a value
        const at = text.slice(a).search(/\d/);
        if (at >= 0) text = text.slice(0, a + at) + text.slice(a + at).replace(/^\d+/, () => intruders[pick(intruders.length)]!(next));
        break;
      }
      case 9: { // move a line
        const lines = text.split('\n');
        const [line] = lines.splice(pick(lines.length), 1);
        lines.splice(pick(lines.length + 1), 0, line ?? '');
        text = lines.join('\n');
        break;
      }
      default: { // swap one JSON value's type
        const at = text.slice(a).search(/:\s*["\d[{]/);
        if (at >= 0) text = text.slice(0, a + at) + text.slice(a + at).replace(/^:\s*("[^"]*"|\d+|[[{])/, (_, value: string) => (value.startsWith('"') ? ':17' : ':"swapped"'));
      }
    }
    if (text.length > 200_000) text = text.slice(0, 200_000);
  }
  // What arrives was decoded from UTF-8: it holds no half of a surrogate pair.
  return Buffer.from(text).toString();
}

/** What is wrong with the result, or undefined. */
function examine(result: unknown, text: string, options: FuzzOptions): string | undefined {
  const derived = new Set(options.derived);
  const multiline = new Set(options.multiline);
  let source: Source | undefined;
  // Iterative: a parser that hands deep nesting through must not overflow the examiner.
  const open: {value: unknown; field: string; checked: boolean}[] = [];
  if (isReading(result) && !result['ok']) open.push({value: result, field: 'result', checked: false});
  else if (isReading(result)) {
    open.push({value: result['value'], field: 'value', checked: true}, {value: result['warnings'], field: 'warnings', checked: false});
  } else open.push({value: result, field: 'value', checked: true});
  while (open.length > 0) {
    const {value, field, checked} = open.pop()!;
    if (typeof value === 'string') {
      const clean = sanitizeText(value);
      if (clean !== value || (!multiline.has(field) && /[\n\t]/.test(value))) return `${field} holds a control character: ${JSON.stringify(value.slice(0, 200))}`;
      if (checked && value !== '' && !(source ??= new Source(text)).hasString(value)) return `${field} is invented: ${JSON.stringify(value.slice(0, 200))}`;
    } else if (typeof value === 'number') {
      if (!Number.isFinite(value)) return `${field} is ${value}`;
      if (checked && !(source ??= new Source(text)).hasNumber(value)) return `${field} is invented: ${value}`;
    } else if (value instanceof Map) {
      for (const [key, item] of value) open.push({value: key, field, checked}, {value: item, field: String(key), checked: checked && !derived.has(String(key))});
    } else if (Array.isArray(value) || value instanceof Set) {
      for (const item of value) open.push({value: item, field, checked});
    } else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
      for (const [key, item] of Object.entries(value)) {
        if (sanitizeText(key) !== key) return `a key holds a control character: ${JSON.stringify(key.slice(0, 200))}`;
        open.push({value: item, field: key, checked: checked && !derived.has(key)});
      }
    }
  }
  return undefined;
}

const isReading = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && typeof (value as {ok?: unknown}).ok === 'boolean';

/** The input in the forms in which a parser may have seen it. */
class Source {
  private readonly forms: readonly string[];
  private numbers: Set<number> | undefined;

  constructor(text: string) {
    const literals = [...text.matchAll(/"((?:[^"\\]|\\[\s\S])*)"/g)].map((match) => unescape(match[1]!));
    this.forms = [
      text,
      sanitizeText(text),
      text.split('\n').map(sanitizeText).join('\n'),
      // Each literal by itself: an unterminated sequence in one must not swallow the next.
      literals.map(sanitizeText).join('\n'),
      // Cells of a line are sanitised one by one.
      text.split(/\s+/).map(sanitizeText).join(' '),
      unescape(text),
    ].map(normal);
  }

  hasString(value: string): boolean {
    // An ellipsis marks where sanitizeLine cut.
    const wanted = normal(value.endsWith('…') ? value.slice(0, -1) : value);
    return this.forms.some((form) => form.includes(wanted)) || this.forms.some((form) => form.replaceAll(' ', '').includes(wanted.replaceAll(' ', '')));
  }

  hasNumber(value: number): boolean {
    this.numbers ??= new Set(this.forms.flatMap((form) => [...form.matchAll(/\d+(?:\.\d+)?(?:e[+-]?\d+)?/g)].flatMap((match) => [Number(match[0]), Number.parseInt(match[0], 10)])));
    return this.numbers.has(Math.abs(value)) || this.forms.some((form) => form.includes(String(value)));
  }
}

const normal = (text: string): string => text.toLowerCase().replace(/\s+/g, ' ');

function unescape(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|[\s\S])/g, (_, code: string) => {
    if (code.length === 5) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return {n: '\n', t: '\t', r: '\r', b: '\b', f: '\f'}[code] ?? code;
  });
}
