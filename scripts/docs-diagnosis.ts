/**
 * Writes what was measured of the diagnosis into docs/DIAGNOSIS.md, each table between its marks: what was named under
 * each fault of the lab and how soon, the same of two faults at once, and what was told of healthy fabrics.
 * `--take FILE` first keeps the measurements of that file, as the tests of test/lab write it (.tmp/diagnosis.json,
 * .tmp/pairs.json, .tmp/healthy.json), in place of earlier ones of the same things. `--check` only says whether the page
 * is up to date.
 */
import {existsSync, readFileSync} from 'node:fs';
import {readFile, rename, writeFile} from 'node:fs/promises';
import {basename} from 'node:path';
import process from 'node:process';
import {findCheck} from '../src/checks/catalogue.ts';
import {faults} from '../src/simulator/faults/catalogue.ts';

interface Diagnosed {
  readonly fault: string;
  readonly causes: readonly string[];
  readonly explains: number;
  readonly verdictMs: number;
  readonly rounds: number;
  readonly besides: readonly string[];
  readonly passing: readonly string[];
}
interface Pair {
  readonly faults: readonly [string, string];
  readonly causes: readonly string[];
  readonly explains: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly passing: readonly string[];
}
interface Healthy {
  readonly topology: string;
  readonly passes: number;
  readonly minutes: number;
  readonly moves: number;
  readonly told: number;
  readonly wellS: number;
}

/** A table of the page: where its measurements are kept, and what becomes of them. */
interface Table<T> {
  readonly mark: string;
  readonly takes: string; // the file that a test writes
  readonly keptIn: string;
  key(one: T): string;
  lines(all: readonly T[]): readonly string[];
}

const page = 'docs/DIAGNOSIS.md';
const cell = (text: string): string => text.replaceAll('|', '\\|');
const code = (texts: readonly string[]): string => texts.map((text) => `\`${cell(text)}\``).join(', ');
const heldFor = (id: string): string => `${findCheck(id.split('@')[0]!)?.holdS ?? 0} s`;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
/** `passing` may name the cause itself, where it came and went before the fabric had settled: that is not false. */
const before = (passing: readonly string[], causes: readonly string[]): readonly string[] => passing.filter((id) => !causes.includes(id)).map((id) => `${id} (before the verdict)`);
const falseOf = ({besides, passing, causes}: Diagnosed): readonly string[] => [...besides, ...before(passing, causes)];

const single: Table<Diagnosed> = {
  mark: 'measured', takes: 'diagnosis.json', keptIn: 'lab/faults/diagnosed.json',
  key: ({fault}) => fault,
  lines: (kept) => {
    const all = faults.flatMap(({name}) => kept.find(({fault}) => fault === name) ?? []);
    const lacking = faults.filter(({name}) => !all.some(({fault}) => fault === name)).map(({name}) => name);
    return [
      `${all.length} of ${faults.length} faults: the verdict is there after ${(median(all.map(({verdictMs}) => verdictMs)) / 1000).toFixed(1)} s in the median, in round ${median(all.map(({rounds}) => rounds))}; ${all.filter((one) => falseOf(one).length === 0).length} without a false finding at any moment.${lacking.length > 0 ? ` Not measured: ${code(lacking)}.` : ''}`, '',
      '| Fault | Named | Explains | Seconds | Rounds | Told after | False findings |', '|---|---|---|---|---|---|---|',
      ...all.map((one) => `| \`${one.fault}\` | ${one.causes.length > 0 ? code(one.causes) : 'nothing: it is inside a guest'} | ${one.explains} | ${(one.verdictMs / 1000).toFixed(1)} | ${one.rounds} | ${one.causes.map(heldFor).join(', ') || '–'} | ${falseOf(one).map(cell).join(', ') || 'none'} |`),
    ];
  },
};

const twice: Table<Pair> = {
  mark: 'pairs', takes: 'pairs.json', keptIn: 'lab/faults/pairs.json',
  key: ({faults: pair}) => pair.join('+'),
  lines: (all) => [
    `${all.length} pairs: both were named after ${median(all.map(({seconds}) => seconds)).toFixed(1)} s in the median; ${all.filter(({passing, causes}) => before(passing, causes).length === 0).length} without a false finding at any moment.`, '',
    '| Pair | Named | Explains | Seconds | Rounds | False findings |', '|---|---|---|---|---|---|',
    ...all.map(({faults: pair, causes, explains, seconds, rounds, passing}) => `| ${code(pair)} | ${code(causes)} | ${explains} | ${seconds.toFixed(1)} | ${rounds} | ${before(passing, causes).map(cell).join(', ') || 'none'} |`),
  ],
};

const healthy: Table<Healthy> = {
  mark: 'healthy', takes: 'healthy.json', keptIn: 'lab/faults/healthy.json',
  key: ({topology}) => topology,
  lines: (all) => [
    '| Topology | Passes | Minutes | Moves | Told | Well after |', '|---|---|---|---|---|---|',
    ...all.map(({topology, passes, minutes, moves, told, wellS}) => `| ${topology} | ${passes} | ${minutes} | ${moves} | ${told} | ${wellS.toFixed(1)} s |`),
  ],
};

const tables: readonly Table<never>[] = [single, twice, healthy];

const kept = <T>({keptIn}: Table<T>): Readonly<Record<string, T>> => (existsSync(keptIn) ? (JSON.parse(readFileSync(keptIn, 'utf8')) as Record<string, T>) : {});

async function take<T>(table: Table<T>, all: readonly T[]): Promise<void> {
  const entries = Object.entries({...kept(table), ...Object.fromEntries(all.map((one) => [table.key(one), one]))}).sort(([a], [b]) => (a < b ? -1 : 1));
  await writeFile(`${table.keptIn}.new`, `{\n${entries.map(([key, one]) => ` ${JSON.stringify(key)}: ${JSON.stringify(one)}`).join(',\n')}\n}\n`);
  await rename(`${table.keptIn}.new`, table.keptIn);
}

/** The page with one table made anew. */
function withTable<T>(text: string, table: Table<T>): string {
  const [begin, end] = [`<!-- ${table.mark}: generated by scripts/docs-diagnosis.ts -->`, `<!-- end of ${table.mark} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${page} has lost its marks: ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${table.lines(Object.values(kept(table))).join('\n')}\n\n${text.slice(to)}`;
}

if (import.meta.main) {
  const at = process.argv.indexOf('--take');
  if (at > 0) {
    const file = process.argv[at + 1] ?? '';
    const table = tables.find(({takes}) => takes === basename(file));
    if (!table) throw new Error(`--take ${file}: it is called ${tables.map(({takes}) => takes).join(', or ')}`);
    await take(table, JSON.parse(await readFile(file, 'utf8')) as never[]);
  }
  const text = await readFile(page, 'utf8');
  const wanted = tables.reduce((made, table) => withTable(made, table), text);
  if (!process.argv.includes('--check')) await writeFile(page, wanted);
  else if (wanted !== text) {
    console.error(`${page} is not what was measured: node scripts/docs-diagnosis.ts`);
    process.exitCode = 1;
  }
}
