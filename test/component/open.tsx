/** Opens the console on a fake source in a terminal of a given size. */
import {resources} from '../../src/rows/catalogue.ts';
import {Console, type ConsoleProps} from '../../src/screens/console.tsx';
import {bounded, type Doctor} from '../../src/screens/diagnosing.ts';
import type {Diagnosis} from '../../src/model/finding.ts';
import type {Theme} from '../../src/theme/theme.ts';
import {vi} from 'vitest';
import {FakeSource, start} from './fake-source.ts';
import {openTerminal, type Terminal} from './terminal.ts';

vi.setConfig({testTimeout: 90_000}); // each is a second on a machine that has nothing else to do

export const colourful: Theme = {colour: true, attributes: true, unicode: true};

/** Says what it is told to say, and only that: what the checks find is tested elsewhere. */
export const saying = (diagnosis: () => Diagnosis): Doctor => ({judge: async () => bounded(diagnosis()), close: () => undefined});
export const allPass: Diagnosis = {at: start, causes: [], suspected: [], counts: {'bgp.session': {pass: 2, warn: 0, fail: 0, unknown: 0}}};

export interface Opened {
  readonly terminal: Terminal;
  readonly source: FakeSource;
  readonly quits: () => number;
}

const open = new Set<Terminal>();
export function closeAll(): void {
  for (const terminal of open) terminal.close();
  open.clear();
}

export async function openConsole({source = new FakeSource(), columns = 80, rows = 24, ...props}: {source?: FakeSource; columns?: number; rows?: number} & Partial<ConsoleProps> = {}): Promise<Opened> {
  let quits = 0;
  const terminal = openTerminal(<Console resources={resources} now={() => start} theme={colourful} doctor={saying(() => allPass)} onQuit={() => quits++} {...props} source={source} />, columns, rows);
  open.add(terminal);
  await terminal.until((screen) => screen.trim() !== '', 'the first frame');
  return {terminal, source, quits: () => quits};
}
