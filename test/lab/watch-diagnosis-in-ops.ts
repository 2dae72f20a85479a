/**
 * A console that stays open, inside the `ops` namespace: `node watch-diagnosis-in-ops.ts FOLDER`, with setting.json as
 * facts-in-ops.ts has it. It reads at the pace of the console, and prints a line (Look) for each change of what is told,
 * and one for each line on its standard input, whose end ends it.
 */
import {createInterface} from 'node:readline';
import {createDiagnoser} from '../../src/checks/diagnose.ts';
import {flatten} from '../../src/checks/fold.ts';
import {settling} from '../../src/cli/diagnose.ts';
import {openTarget} from '../../src/cli/run-fabric.ts';
import {settle} from '../../src/cli/settle.ts';
import {told} from './told.ts';
import type {Told} from './protocol.ts';
import {settingOf, targetOf} from './setting.ts';

export interface Look {
  readonly at: number; // epoch ms
  readonly asked: boolean;
  readonly looks: number; // so far
  readonly held: Told; // as the console tells it
  readonly bare: Told; // at first sight, nothing held back
  /** What each cause that is told rests on, with how old each reading was, and how long it had been seen. For who has to find out why. */
  readonly evidence: readonly string[];
}

/** Of a connection: a machine that is busy is no host that is gone. */
const patienceS = 30;
const tickMs = 1000; // readings grow stale, findings grow old, while nothing is read

if (process.argv[1] === import.meta.filename) {
  const {io, setting, folder} = settingOf(process.argv[2] ?? '');
  const opened = openTarget(targetOf(folder, setting, io, patienceS), io);
  const late = (await settle(opened.source, {...settling(opened), deadlineMs: 60_000})).late;
  if (late.length > 0) throw new Error(`not read: ${late.join(', ')}`);
  const [diagnose, diagnoseBare] = [createDiagnoser(), createDiagnoser({hold: false})];
  let looks = 0;
  let last = '';
  const look = (asked: boolean): void => {
    const [fabric, now] = [opened.source.current(), Date.now()];
    const diagnosis = diagnose(fabric, now);
    const [held, bare] = [told(diagnosis), told(diagnoseBare(fabric, now))];
    const evidence = [...flatten(diagnosis.causes)].map((finding) => `${finding.outcome} ${finding.id}, seen for ${now - finding.since} ms: ${finding.missing.map(({source, probe, why}) => `${probe} of ${source} ${why}`).join('; ')}${finding.evidence.map(({text, stamp}) => (stamp?.at === undefined ? text : `${text} (${now - stamp.at} ms ago)`)).join('; ')}`);
    looks++;
    const names = held.causes.map(({id}) => id).join();
    if (asked || names !== last) process.stdout.write(`${JSON.stringify({at: now, asked, looks, held, bare, evidence} satisfies Look)}\n`);
    last = names;
  };
  opened.source.subscribe(() => look(false));
  const timer = setInterval(() => look(false), tickMs);
  for await (const _ of createInterface({input: process.stdin})) look(true);
  clearInterval(timer);
  await opened.close();
}
