/** A terminal to render into: what Ink writes goes through a real terminal emulator, and the screen is read back as text. */
import {EventEmitter} from 'node:events';
import xterm from '@xterm/headless';
import {render} from 'ink';
import type {ReactElement} from 'react';

/** What Ink needs of a tty; `written` is called with what reaches the terminal. */
export class FakeTty extends EventEmitter {
  columns: number;
  rows: number;
  readonly isTTY = true;
  readonly writable = true;
  readonly writableLength = 0;
  bytes = 0;
  onWrite: (chunk: string) => void = () => undefined;
  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }
  write(chunk: string, ...rest: readonly unknown[]): boolean {
    this.bytes += chunk.length;
    this.onWrite(chunk);
    const done = rest.find((argument) => typeof argument === 'function') as (() => void) | undefined;
    done?.();
    return true;
  }
}

export class FakeKeyboard extends EventEmitter {
  readonly isTTY = true;
  raw = false;
  private chunks: string[] = [];
  setRawMode(on: boolean): this {
    this.raw = on;
    return this;
  }
  setEncoding(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  resume(): this {
    return this;
  }
  pause(): this {
    return this;
  }
  read(): string | null {
    return this.chunks.shift() ?? null;
  }
  press(text: string): void {
    this.chunks.push(text);
    this.emit('readable');
  }
}

export const keys = {up: '\x1b[A', down: '\x1b[B', right: '\x1b[C', left: '\x1b[D', enter: '\r', tab: '\t', shiftTab: '\x1b[Z', pageUp: '\x1b[5~', pageDown: '\x1b[6~', home: '\x1b[H', end: '\x1b[F', backspace: '\x7f', ctrlC: '\x03', ctrlU: '\x15'};

export interface Terminal {
  /** Sends keys, one event each, and waits for the frame. */
  press(...texts: readonly string[]): Promise<void>;
  esc(): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** Resolves when the screen satisfies `test`; fails with the screen as it is. */
  until(test: (screen: string) => boolean, what: string): Promise<string>;
  settle(): Promise<void>;
  screen(): string;
  lines(): readonly string[];
  /** The raw output since the start: for what a screen does not show (colours). */
  readonly raw: () => string;
  /** How far the terminal scrolled: more than 0 means that a frame was taller than it. */
  scrolled(): number;
  close(): void;
  readonly keyboard: FakeKeyboard;
}

export function openTerminal(element: ReactElement, columns: number, rows: number): Terminal {
  const stdout = new FakeTty(columns, rows);
  const keyboard = new FakeKeyboard();
  const emulator = new xterm.Terminal({cols: columns, rows, allowProposedApi: true, scrollback: 1000});
  let raw = '';
  let pending = Promise.resolve();
  stdout.onWrite = (chunk) => {
    raw += chunk;
    pending = pending.then(() => new Promise((resolve) => emulator.write(chunk.replace(/(?<!\r)\n/g, '\r\n'), resolve)));
  };
  const app = render(element, {
    stdout: stdout as unknown as NodeJS.WriteStream, stdin: keyboard as unknown as NodeJS.ReadStream, stderr: new FakeTty(columns, rows) as unknown as NodeJS.WriteStream,
    exitOnCtrlC: false, patchConsole: false, incrementalRendering: true, interactive: true, maxFps: 1000,
  });
  const lines = (): readonly string[] => {
    const buffer = emulator.buffer.active;
    return Array.from({length: emulator.rows}, (_, i) => buffer.getLine(buffer.baseY + i)?.translateToString(true) ?? '');
  };
  const settle = async (): Promise<void> => {
    await app.waitUntilRenderFlush();
    await pending;
  };
  return {
    keyboard,
    raw: () => raw,
    lines,
    screen: () => lines().join('\n'),
    settle,
    scrolled: () => emulator.buffer.active.baseY,
    async press(...texts) {
      for (const text of texts) {
        keyboard.press(text);
        await settle();
      }
    },
    async esc() {
      keyboard.press('\x1b');
      // Ink waits to see whether an escape sequence follows.
      await new Promise((resolve) => setTimeout(resolve, 60));
      await settle();
    },
    async resize(newColumns, newRows) {
      stdout.columns = newColumns;
      stdout.rows = newRows;
      emulator.resize(newColumns, newRows);
      stdout.emit('resize');
      await settle();
    },
    async until(test, what) {
      const deadline = Date.now() + 30_000; // of a machine that others use, too
      for (;;) {
        await settle();
        const screen = lines().join('\n');
        if (test(screen)) return screen;
        if (Date.now() > deadline) throw new Error(`waited for ${what}; the screen:\n${screen}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    close() {
      app.unmount();
      app.cleanup();
      emulator.dispose();
    },
  };
}
