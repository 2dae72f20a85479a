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

async function measure({hosts, routes, changing, initial, presses}: Case): Promise<KeyTimes> {
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
  times.sort((a, b) => a - b);
  return {p50: times[Math.floor(times.length / 2)] ?? NaN, p99: times[Math.floor(times.length * 0.99)] ?? NaN};
}

const routesView: View = {kind: 'table', resource: 'routes'};
const presses = 300;
const results = {
  quiet: await measure({hosts: 33, routes: 100, changing: 0, initial: routesView, presses}),
  large: await measure({hosts: 33, routes: 100_000, changing: 0, initial: routesView, presses}),
  busy: await measure({hosts: 33, routes: 100_000, changing: 33, initial: routesView, presses}),
  hosts250: await measure({hosts: 250, routes: 100, changing: 250, initial: {kind: 'table', resource: 'hosts'}, presses}),
};
process.stdout.write(`${JSON.stringify(results)}\n`);
process.exit(0);
