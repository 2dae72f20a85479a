/** A program in a real pseudo-terminal, and the screen that it draws, as a terminal shows it. */
import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';

export interface Terminal {
  readonly pid: number;
  /** The lines of the screen, right-trimmed. */
  screen(): string[];
  text(): string;
  /** Everything that was written, escape sequences included. */
  raw(): string;
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  signal(name: NodeJS.Signals): void;
  /** Resolves when the screen fits; rejects with the screen when it does not within `ms`, or the program ends. */
  until(fits: (text: string) => boolean, what: string, ms?: number): Promise<void>;
  readonly exited: Promise<{readonly code: number; readonly signal: number | undefined}>;
  /** True while the alternate screen is shown: a program that has ended must have left it. */
  alternate(): boolean;
  close(): Promise<void>;
}

export function openTerminal(file: string, args: readonly string[], options: {readonly columns?: number; readonly rows?: number; readonly env?: Readonly<Record<string, string | undefined>>; readonly cwd?: string} = {}): Terminal {
  const {columns = 120, rows = 40} = options;
  const screen = new xterm.Terminal({cols: columns, rows, allowProposedApi: true, scrollback: 0});
  const env = Object.fromEntries(Object.entries({...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8', NO_COLOR: undefined, CI: undefined, FORCE_COLOR: undefined, ...options.env}).filter(([, value]) => value !== undefined)) as Record<string, string>;
  const child = pty.spawn(file, [...args], {name: 'xterm-256color', cols: columns, rows, env, cwd: options.cwd});
  let raw = '';
  const changed = new Set<() => void>();
  const tell = () => {
    for (const listener of changed) listener();
  };
  child.onData((chunk) => {
    raw += chunk;
    screen.write(chunk, tell);
  });
  let ended = false;
  const exited = new Promise<{code: number; signal: number | undefined}>((resolve) => {
    child.onExit(({exitCode, signal}) => {
      ended = true;
      // What was written last is parsed asynchronously: the end is told after it.
      screen.write('', () => {
        resolve({code: exitCode, signal});
        tell();
      });
    });
  });
  const lines = () => Array.from({length: screen.rows}, (_, i) => screen.buffer.active.getLine(screen.buffer.active.viewportY + i)?.translateToString(true) ?? '');
  const text = () => lines().join('\n');
  return {
    pid: child.pid,
    screen: lines,
    text,
    raw: () => raw,
    type: (keys) => child.write(keys),
    resize(c, r) {
      screen.resize(c, r);
      child.resize(c, r);
    },
    signal: (name) => child.kill(name),
    exited,
    alternate: () => screen.buffer.active.type === 'alternate',
    until(fits, what, ms = 60_000) { // of a machine that others use, too
      return new Promise((resolve, reject) => {
        const check = () => {
          // A frame that is half written is none: a terminal does not show it either.
          if (screen.modes.synchronizedOutputMode && !ended) return;
          if (fits(text())) finish(resolve);
          else if (ended) finish(() => reject(new Error(`the program ended before: ${what}\n${text()}`)));
        };
        const timer = setTimeout(() => finish(() => reject(new Error(`not seen within ${ms} ms: ${what}\n${text()}`))), ms);
        const finish = (end: () => void) => {
          clearTimeout(timer);
          changed.delete(check);
          end();
        };
        changed.add(check);
        check();
      });
    },
    async close() {
      if (!ended) child.kill('SIGKILL');
      await exited;
      screen.dispose();
    },
  };
}

export const keys = {enter: '\r', escape: '\x1b', up: '\x1b[A', down: '\x1b[B', right: '\x1b[C', left: '\x1b[D', tab: '\t', ctrlC: '\x03', pageDown: '\x1b[6~', end: '\x1b[F', home: '\x1b[H'};
