/** Measures keys → frames through a real Ink render into a stdout that counts; bundled and run by frames.ts, prints JSON. */
import {performance} from 'node:perf_hooks';
import process from 'node:process';
import {render} from 'ink';
import {resources} from '../src/rows/catalogue.ts';
import {Console} from '../src/screens/console.tsx';
import {FakeSource, manyHosts, routeTable} from '../test/component/fake-source.ts';
import {FakeKeyboard, FakeTty, keys} from '../test/component/terminal.ts';
import {wireguard} from '../test/unit/fabric/readings.ts';
import type {HostState} from '../src/model/fabric.ts';
import type {View} from '../src/screens/state.ts';

export interface KeyTimes {
  readonly p50: number;
  readonly p99: number;
}

/** One busy round: a reading of one host changes, as often as `everyMs`; all of `count` hosts in turn. */
function keepChanging(source: FakeSource, count: number, everyMs: number): () => void {
  let turn = 0;
  const timer = setInterval(() => {
    const names = [...source.hosts.keys()];
    const hosts = new Map<string, HostState>(source.hosts);
    for (let i = 0; i < Math.min(count, 3); i++) {
      const name = names[turn++ % Math.min(count, names.length)] ?? '';
      const state = hosts.get(name);
      const o = state?.readings['wg.interfaces'];
      if (state && o) hosts.set(name, {...state, readings: {...state.readings, 'wg.interfaces': {...o, at: Date.now(), value: [wireguard(name, turn % 100)]}}});
    }
    source.put(hosts, Date.now());
  }, everyMs);
  return () => clearInterval(timer);
}

interface Case {
  readonly hosts: number;
  readonly routes: number;
  readonly changing: number; // hosts; 0: none
  readonly initial: View;
  readonly presses: number;
}

async function measure({hosts, routes, changing, initial, presses}: Case): Promise<number[]> {
  const source = new FakeSource(manyHosts(hosts));
  source.read = async () => ({ok: true, table: routeTable(routes), at: Date.now(), command: 'show bgp l2vpn evpn', tookMs: 1});
  const stdout = new FakeTty(200, 50);
  const keyboard = new FakeKeyboard();
  let written: () => void = () => undefined;
  stdout.onWrite = () => written();
  const app = render(<Console source={source} resources={resources} onQuit={() => undefined} initial={initial} theme={{colour: true, attributes: true, unicode: true}} />, {
    stdout: stdout as unknown as NodeJS.WriteStream, stdin: keyboard as unknown as NodeJS.ReadStream, exitOnCtrlC: false, patchConsole: false, incrementalRendering: true, interactive: true, maxFps: 60,
  });
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  await pause(200);
  if (initial.kind === 'table' && initial.resource === 'routes') {
    keyboard.press('e');
    await pause(50);
    keyboard.press(keys.enter);
    await pause(400);
  }
  const stop = changing > 0 ? keepChanging(source, changing, 100) : () => undefined;
  const times: number[] = [];
  const path = ['j', 'j', keys.pageDown, 'k', keys.pageUp, 'j', 'G', 'k', 'g', 'j'];
  for (let i = -20; i < presses; i++) {
    // At a time of its own, as a person presses: not in step with the readings.
    await pause(20 + ((i * 37) % 23));
    const began = performance.now();
    const frame = new Promise<number>((resolve) => {
      written = () => resolve(performance.now() - began);
    });
    keyboard.press(path[(i + 20) % path.length] ?? 'j');
    const took = await Promise.race([frame, pause(1000).then(() => 1000)]);
    written = () => undefined;
    if (i >= 0) times.push(took);
  }
  stop();
  app.unmount();
  app.cleanup();
  return times;
}

/** In turns, so that what else the machine does falls on every case alike. */
async function inTurns<K extends string>(cases: Readonly<Record<K, Omit<Case, 'presses'>>>, turns: number, presses: number): Promise<Record<K, KeyTimes>> {
  const names = Object.keys(cases) as K[];
  const times = new Map(names.map((name) => [name, [] as number[]]));
  for (let turn = 0; turn < turns; turn++) {
    for (const name of names) times.get(name)?.push(...(await measure({...cases[name], presses})));
  }
  return Object.fromEntries([...times].map(([name, all]) => {
    all.sort((a, b) => a - b);
    const at = (part: number): number => all[Math.floor(all.length * part)] ?? NaN;
    return [name, {p50: at(0.5), p99: at(0.99)}];
  })) as Record<K, KeyTimes>;
}

const routesView: View = {kind: 'table', resource: 'routes'};
const results = await inTurns({
  quiet: {hosts: 33, routes: 100, changing: 0, initial: routesView},
  large: {hosts: 33, routes: 100_000, changing: 0, initial: routesView},
  busy: {hosts: 33, routes: 100_000, changing: 33, initial: routesView},
  hosts250: {hosts: 250, routes: 100, changing: 250, initial: {kind: 'table', resource: 'hosts'}},
}, 4, 100);
process.stdout.write(`${JSON.stringify(results)}\n`);
process.exit(0);
