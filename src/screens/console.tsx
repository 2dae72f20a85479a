/** The console: bars, the body of the current view, and the keyboard. */
import {Box, Text, useInput, useStdout} from 'ink';
import {useEffect, useMemo, useState, useSyncExternalStore, type ReactElement} from 'react';
import {Lines} from '../components/Lines.tsx';
import type {FabricSource} from '../fabric/source.ts';
import {useNow} from '../hooks/use-now.ts';
import {useStore} from '../hooks/use-store.ts';
import {chords} from '../keys/chord.ts';
import {commands as defaultCommands, type Command} from '../keys/commands.ts';
import type {AnyResource} from '../rows/resource.ts';
import {detectTheme, type Theme} from '../theme/theme.ts';
import {screenBadges} from './badges.ts';
import {crumbBar, statusBar, titleBar} from './bars.ts';
import type {Changes} from './action/flow.ts';
import {Control} from './control.ts';
import {doctorHere, startDiagnosing, type Doctor} from './diagnosing.ts';
import {eventsAfter, judged} from './judged.ts';
import {offerOpenSessions} from './runbook/keys.ts';
import {entered} from './runbook/desks.ts';
import {localLists} from './lists/catalogue.ts';
import {body, FrameMemory} from './frame.ts';
import {act} from './handlers.ts';
import {keyBar} from './key-bar.ts';
import {stopReading} from './route-reading.ts';
import {osc52} from './copy.ts';
import type {Probing} from './trace-answers.ts';
import {bodyHeight, smallest, tooSmall, type ConsoleState, type Size, type View} from './state.ts';
import {typeText} from './typing.ts';
import {unbound} from './unbound.ts';

export interface ConsoleProps {
  readonly source: FabricSource;
  readonly resources: readonly AnyResource[];
  readonly now?: () => number;
  readonly onQuit: () => void;
  readonly initial?: View;
  readonly theme?: Theme;
  readonly commands?: readonly Command[];
  /** Keys that were pressed before the fabric was open. */
  readonly typed?: readonly string[];
  /** The gate and the journal; without them nothing can be changed. */
  readonly changes?: Changes | undefined;
  /** Who sends the pings of a trace; without it none are offered. */
  readonly probing?: Probing | undefined;
  /** Who judges the fabric; by default this thread. It is closed with the console. */
  readonly doctor?: Doctor;
}

/** Ink types its stdout as any stream; a terminal says how large it is. */
const sizeOf = (stdout: NodeJS.WritableStream & {columns?: number; rows?: number}): Size => ({columns: stdout.columns || 80, rows: stdout.rows || 24});

export function Console({source, resources, now = Date.now, onQuit, initial, theme: given, commands = defaultCommands, doctor, changes, probing, typed}: ConsoleProps): ReactElement {
  const {stdout} = useStdout();
  const theme = useMemo(() => given ?? detectTheme(process.env), [given]);
  const [control] = useState(() => new Control({source, resources, lists: localLists, changes, probing, copy: (text) => void stdout.write(osc52(text, process.env)), commands, now, onQuit, initial, size: sizeOf(stdout), act, entered, type: typeText, unbound}));
  const size = useStore(control.store, (state: ConsoleState) => state.size);

  useEffect(() => {
    const resized = (): void => control.change({size: sizeOf(stdout)});
    stdout.on('resize', resized);
    return () => void stdout.off('resize', resized);
  }, [control, stdout]);
  useInput((input, key) => {
    for (const chord of chords(input, key)) control.press(chord);
  });
  useEffect(() => () => void stopReading(control), [control]);
  useEffect(() => {
    for (const chord of typed ?? []) control.press(chord);
  }, [control, typed]);
  useEffect(() => {
    if (!changes) return;
    control.readRuns();
    const offered = offerOpenSessions(control);
    const cutOff = changes.gate.interrupted().filter((run) => !offered(run)).length;
    if (cutOff === 0) return;
    control.go({kind: 'list', list: 'journal'});
    control.say(`${cutOff} ${cutOff === 1 ? 'run was' : 'runs were'} cut off: a offers to verify, resume or undo`, 'warn');
  }, [control, changes]);
  useEffect(() => startDiagnosing({
    source, now, doctor: doctor ?? doctorHere(),
    told: (judgement) => {
      const {judged: before, events} = control.state;
      const after = judged(judgement);
      control.change({judged: after, judgeFailed: undefined, events: eventsAfter(before, after, events, now())});
    },
    failed: (why) => control.change({judgeFailed: why}),
  }), [control, source, now, doctor]);

  if (tooSmall(size)) return <Text wrap="truncate">{`terminal too small: ${smallest.columns}x${smallest.rows} needed, ${size.columns}x${size.rows} here`}</Text>;
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows} overflow="hidden">
      <Title control={control} theme={theme} />
      <Middle control={control} theme={theme} />
    </Box>
  );
}

interface PartProps {
  readonly control: Control;
  readonly theme: Theme;
}

/** Only what the title bar shows renders it again: not a reading, not a tick. */
function Title({control, theme}: PartProps): ReactElement {
  const state = useStore(control.store, (s) => s);
  const name = useSyncExternalStore(control.parts.source.subscribe.bind(control.parts.source), () => control.fabric.name);
  return <Lines lines={[titleBar(state, name, theme, control.parts.changes?.gate.readOnly !== undefined, screenBadges(control.judged))]} height={1} theme={theme} />;
}

const showsRoutes = ({view, state}: Control): boolean => view.kind === 'table' && view.resource === 'routes' && state.mode.kind === 'main';

function Middle({control, theme}: PartProps): ReactElement {
  const {source, now} = control.parts;
  const state = useStore(control.store, (s) => s);
  const subscribe = useMemo(() => source.subscribe.bind(source), [source]);
  // A table of routes shows nothing of the fabric: while every host changes, it is left alone.
  const fabric = useSyncExternalStore(subscribe, () => (showsRoutes(control) ? undefined : control.fabric));
  const tick = useNow(now);
  const [memory] = useState(() => new FrameMemory(() => control.change({})));
  const at = Math.max(tick, state.frozen ? 0 : (fabric?.at ?? 0));
  const shown = body(control, at, theme, memory);

  // A cursor that was never moved is on the first row: from now on on that object, wherever it goes.
  useEffect(() => {
    if (control.state.mode.kind === 'main' && control.cursor().gone === undefined) control.pinCursor();
  }, [control, fabric, state.at]);

  return (
    <>
      <Lines lines={[crumbBar(state, shown.label, shown.count, theme)]} height={1} theme={theme} />
      <Lines lines={shown.lines} height={bodyHeight(state.size)} theme={theme} />
      <Lines lines={[statusBar(control, shown.note, theme), keyBar(control, control.parts.commands, theme)]} height={2} theme={theme} />
    </>
  );
}
