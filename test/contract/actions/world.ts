/** A gate on the embedded fabric, and the diagnosis of it, for tests of actions: what is proposed, done, and gone. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createDiagnoser} from '../../../src/checks/diagnose.ts';
import {flatten} from '../../../src/checks/fold.ts';
import type {RunOptions} from '../../../src/actions/gate.ts';
import type {Params, RunResult} from '../../../src/model/action.ts';
import type {Finding} from '../../../src/model/finding.ts';
import type {Fabric} from '../../../src/model/fabric.ts';
import {startSimulator, type Simulator} from '../../../src/simulator/index.ts';
import {openTestGate, targetOf, type TestGate} from '../../lab/actions/gate.ts';

export interface World extends TestGate {
  readonly simulator: Simulator;
  fabric(): Fabric;
  findings(): readonly Finding[]; // as of the present readings, without waiting for them to last
  /** The first fabric, read from now on, for which it returns something. */
  until<T>(what: string, test: (fabric: Fabric) => T | undefined): Promise<T>;
  /** Waits until some finding proposes this action, with nothing but the action's own parameters. */
  proposal(action: string): Promise<{readonly finding: Finding; readonly params: Params}>;
  /** Waits until a finding is told no longer. */
  gone(finding: Finding): Promise<void>;
  run(action: string, params: Params, options?: RunOptions): Promise<RunResult>;
  close(): Promise<void>;
}

const patienceMs = 40_000;

export async function openWorld(names?: readonly string[]): Promise<World> {
  const simulator = await startSimulator();
  const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-actions-'));
  const opened = await openTestGate(targetOf(simulator, names ?? simulator.hosts.map(({name}) => name)), folder);
  const {source} = opened.opened;
  const until: World['until'] = (what, test) => new Promise((resolve, reject) => {
    const refresh = (): void => source.refresh();
    const stop = (): void => {
      unsubscribe();
      clearInterval(again);
      clearTimeout(late);
    };
    const look = (): void => {
      const found = test(source.current());
      if (found === undefined) return;
      stop();
      resolve(found);
    };
    const unsubscribe = source.subscribe(look);
    const again = setInterval(refresh, 700);
    const late = setTimeout(() => {
      stop();
      reject(new Error(`not seen within ${patienceMs / 1000} s: ${what}`));
    }, patienceMs);
    refresh();
    look();
  });
  const findings = (fabric: Fabric): readonly Finding[] => [...flatten(createDiagnoser({hold: false})(fabric, Date.now()).causes)];
  return {
    ...opened, simulator, until,
    fabric: () => source.current(),
    findings: () => findings(source.current()),
    proposal: (action) => until(`a finding that proposes ${action}`, (fabric) => {
      const finding = findings(fabric).find(({remedy}) => remedy?.action?.id === action);
      return finding && {finding, params: finding.remedy!.action!.params};
    }),
    gone: async ({id}) => void await until(`${id} is gone`, (fabric) => (findings(fabric).some((one) => one.id === id && one.outcome !== 'unknown') ? undefined : true)),
    run: async (action, params, options) => {
      const prepared = await opened.gate.prepare(action, params);
      const result = await opened.gate.run(prepared, options);
      return result;
    },
    close: async () => {
      await opened.opened.close();
      await simulator.close();
      rmSync(folder, {recursive: true, force: true});
    },
  };
}
