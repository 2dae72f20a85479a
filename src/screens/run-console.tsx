/** The console on a real terminal: draws at once, and gives the terminal back in every way out. */
import {constants} from 'node:os';
import process from 'node:process';
import {render, Text} from 'ink';
import type {FabricSource} from '../fabric/source.ts';
import {commands as defaultCommands, type Command} from '../keys/commands.ts';
import {commandFor, keymap, type Keymap} from '../keys/keymap.ts';
import type {AnyResource} from '../rows/resource.ts';
import type {ReactElement} from 'react';
import {useInput} from 'ink';
import {chords} from '../keys/chord.ts';
import {Console} from './console.tsx';
import type {Changes} from './action/flow.ts';
import type {Doctor} from './diagnosing.ts';
import type {Probing} from './trace-answers.ts';
import type {View} from './state.ts';

export interface RunConsole {
  readonly source: FabricSource | Promise<FabricSource>; // a promise: the first frame says that it is being read
  readonly resources: readonly AnyResource[];
  readonly name?: string | undefined; // context, for the first frame
  readonly commands?: readonly Command[];
  readonly initial?: View;
  readonly now?: () => number;
  /** The gate and the journal of the open fabric. */
  readonly changes?: () => Changes | undefined;
  /** Who sends the pings of a trace. */
  readonly probing?: () => Probing | undefined;
  /** Who judges the fabric, made when it is open; by default this thread. */
  readonly doctor?: () => Doctor;
}

/** An error of reading from or writing to a terminal that is no longer there. */
const isGone = (error: unknown): boolean => /^(?:EIO|EPIPE|ENOTTY|EBADF|ENXIO)$/.test((error as NodeJS.ErrnoException | undefined)?.code ?? '');

const signals = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/** Resolves when the operator quits; rejects with what went wrong, the terminal being itself again. Signals end the process with 128 + n. */
export async function runConsole({source, resources, name, commands, initial, now = Date.now, doctor, changes, probing}: RunConsole): Promise<void> {
  const ended = Promise.withResolvers<void>();
  const quit = (): void => ended.resolve();
  const typed: string[] = [];
  const app = render(<Opening name={name} keys={keymap(commands ?? defaultCommands)} onQuit={quit} onType={(chord) => typed.push(chord)} />, {interactive: true, alternateScreen: true, incrementalRendering: true, exitOnCtrlC: false, patchConsole: false, maxFps: 60});

  const restore = (): void => {
    // Should Ink itself have failed, its own way out may not have been taken: these do no harm twice. Each may throw
    // EIO: the terminal is gone (a closed window, a lost ssh), and there is nothing to give back.
    for (const step of [() => app.unmount(), () => process.stdin.isTTY && process.stdin.setRawMode(false), () => process.stdout.isTTY && process.stdout.write('\x1b[?25h')]) {
      try {
        step();
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    }
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    restore();
    process.exit(128 + constants.signals[signal]);
  };
  const onError = (error: unknown): void => {
    restore();
    if (isGone(error)) process.exit(128 + constants.signals.SIGHUP); // as if its SIGHUP had come first
    process.stderr.write(`evpn-tui: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  };
  // A terminal that goes may do so without a signal (nohup, a process group of its own): then its input ends or fails.
  // Once: giving back a terminal that is gone fails, too.
  let gone = false;
  const onGone = (): void => {
    if (gone) return;
    gone = true;
    onSignal('SIGHUP');
  };
  for (const end of ['end', 'close', 'error'] as const) process.stdin.on(end, onGone);
  for (const signal of signals) process.on(signal, onSignal);
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);
  try {
    // Ink ends by itself only when a component throws: then it says with what.
    app.waitUntilExit().then(() => ended.resolve(), (error: unknown) => ended.reject(error instanceof Error ? error : new Error(String(error))));
    Promise.resolve(source).then(
      (ready) => app.rerender(<Console source={ready} resources={resources} now={now} onQuit={quit} changes={changes?.()} probing={probing?.()} typed={typed} {...(doctor ? {doctor: doctor()} : {})} {...(initial ? {initial} : {})} {...(commands ? {commands} : {})} />),
      (error: unknown) => ended.reject(error instanceof Error ? error : new Error(String(error))),
    );
    await ended.promise;
  } finally {
    gone = true;
    restore();
    for (const end of ['end', 'close', 'error'] as const) process.stdin.off(end, onGone);
    for (const signal of signals) process.off(signal, onSignal);
    process.off('uncaughtException', onError);
    process.off('unhandledRejection', onError);
  }
}

/** Before anything is known: that it is being read, and a way out. */
function Opening({name, keys, onQuit, onType}: {readonly name: string | undefined; readonly keys: Keymap; readonly onQuit: () => void; readonly onType: (chord: string) => void}): ReactElement {
  useInput((input, key) => {
    for (const chord of chords(input, key)) {
      const id = commandFor(keys, 'main', chord);
      if (id === 'quit' || id === 'quit.now' || chord === 'ctrl+c') return onQuit();
      onType(chord); // kept: it counts once the fabric is open
    }
  });
  return <Text>{name ? `reading context ${name} …` : 'reading …'}</Text>;
}
