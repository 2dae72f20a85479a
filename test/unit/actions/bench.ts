/**
 * The embedded fabric without servers, for many runs of the gate in one process: what is sent to a host is run by the
 * machine's own sh with the stand-ins of the simulator in PATH, what is sent to OpenNebula is answered in place. Only
 * what is asked for is read again; time at OpenNebula runs faster.
 */
import {spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createExecutor, type Executor, type Reach} from '../../../src/actions/execute.ts';
import {createGate, type Gate} from '../../../src/actions/gate.ts';
import {openJournal, type Journal} from '../../../src/journal/journal.ts';
import type {Action} from '../../../src/model/action.ts';
import type {FabricSource, SentCommand} from '../../../src/fabric/source.ts';
import type {HostSession, Section, SectionResult} from '../../../src/services/session.ts';
import {decodeResponse, encodeCall, type OneArgument, type OneResult} from '../../../src/services/opennebula/envelope.ts';
import {cloudOf} from '../../../src/simulator/cloud.ts';
import {realClock} from '../../../src/simulator/oned/clock.ts';
import {Engine} from '../../../src/simulator/oned/engine.ts';
import {poll} from '../../../src/simulator/oned/sdnat.ts';
import {answer} from '../../../src/simulator/oned/server.ts';
import {simulatedDriver} from '../../../src/simulator/simulated-driver.ts';
import {demoWorld} from '../../../src/simulator/scenes.ts';
import {openDesk, type Desk} from '../../../src/simulator/shell/desk.ts';
import {writeHidden, writeStubs, type HostShell} from '../../../src/simulator/shell/stubs.ts';
import type {SimWorld} from '../../../src/simulator/world.ts';
import {sharing} from './bench-answers.ts';
import {BenchSource, type Readings} from './bench-source.ts';

const hurry = 20; // how much faster than the clock OpenNebula works
const session = 'oneadmin:opennebula-of-the-bench';

export interface Console {
  readonly gate: Gate;
  readonly journal: Journal;
}
export interface ConsoleOptions {
  /** `die` returns a promise that is never kept: from there on nothing of this console reaches the world or the journal. */
  readonly boundary?: (name: string, die: () => Promise<never>) => void | Promise<void>;
  readonly actions: readonly Action[];
  readonly readOnly?: string;
  readonly user?: string;
  /** Its process has ended already, for whoever looks at the lock. */
  readonly doomed?: boolean;
  readonly executor?: (executor: Executor) => Executor;
}

export interface Bench {
  readonly world: SimWorld;
  readonly engine: Engine;
  readonly source: FabricSource;
  readonly folder: string;
  /** What a console of its own would be connected to; calls to OpenNebula are noted in `calls`, all but those of readings. */
  readonly reach: Reach;
  readonly calls: readonly string[];
  readonly log: readonly SentCommand[];
  /** The steps that were sent, by id, in their order: of all consoles. */
  readonly sent: readonly string[];
  console(options: ConsoleOptions): Console;
  close(): void;
}

/** Of a process that has ended: no kernel gives this number to another one, as it soon would that of a real one here. */
export const deadPid = 2 ** 22 + 1;
const never = new Promise<never>(() => undefined);

/** What an untouched fabric says: read once, for all benches. They differ in nothing but their age. */
let untouched: Promise<Readings> | undefined;

async function readUntouched(): Promise<Readings> {
  const {source, close} = benchOf(() => undefined);
  const readings = await source.readAll();
  close();
  return readings;
}

/** `before`: what is different in this one; `reads`: which readings that concerns, by host or `OpenNebula`. */
export async function openBench({before = () => undefined, reads = {}}: {readonly before?: ((world: SimWorld, engine: Engine) => void) | undefined; readonly reads?: Readonly<Record<string, readonly string[]>> | undefined} = {}): Promise<Bench> {
  const bench = benchOf(before);
  await bench.source.begin(await (untouched ??= readUntouched()), reads);
  return bench;
}

function benchOf(prepare: (world: SimWorld, engine: Engine) => void): Bench & {readonly source: BenchSource} {
  const made = Date.now() + 1;
  const world: SimWorld = Object.assign(demoWorld(Date.now), {watchers: new Set<() => void>()});
  const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-bench-'));
  const root = join(folder, 'hosts');
  mkdirSync(root);
  // The stand-ins of a host are written when it is first asked something: most trials ask one host, or none.
  let desk: Desk | undefined;
  const openShell = (name: string): Shell => {
    if (!desk) {
      desk = openDesk(root, world);
      writeHidden(root);
    }
    const number = world.hosts.findIndex((host) => host.name === name);
    const home = join(root, `h${number}`, 'root');
    mkdirSync(home, {recursive: true});
    return {shell: writeStubs(root, world.hosts[number]!, number), home};
  };
  const cloud = cloudOf(world);
  const engine = new Engine(cloud.base, simulatedDriver(world, cloud), realClock(hurry));
  const polling = new AbortController();
  void poll(engine, 30_000, polling.signal);
  const call = async (method: string, args: readonly OneArgument[] = []): Promise<OneResult> => {
    const text = answer(cloud.view, {auth: session, engine}, encodeCall(method, [session, ...args]));
    await new Promise((resolve) => setImmediate(resolve));
    return decodeResponse(Buffer.from(text));
  };
  const client = {endpoint: 'http://127.0.0.1:2633/RPC2', call};
  const sessions = new Map(world.hosts.map(({name}) => [name, sessionOf(name, () => openShell(name))]));
  prepare(world, engine);
  const source = new BenchSource(world, new Map([...sessions].map(([name, one]) => [name, sharing(one, world, made)])), client);
  const log: SentCommand[] = [];
  const sent: string[] = [];
  const calls: string[] = [];
  const reach: Reach = {
    session: (name) => sessions.get(name), log: (entry) => void log.push(entry),
    one: {endpoint: client.endpoint, call: (method, args) => {
      calls.push(method);
      return call(method, args);
    }},
  };
  const executor = createExecutor(reach);
  const counted: Executor = {...executor, step: (step, values, signal) => {
    sent.push(step.id);
    return executor.step(step, values, signal);
  }};

  return {
    world, engine, source, folder, reach, calls, log, sent,
    console({boundary, actions, readOnly, user = 'ann', doomed = false, executor: changed = (one) => one}) {
      let dead = false;
      const death = new AbortController();
      const die = (): Promise<never> => {
        dead = true;
        death.abort(); // with its connections end the observers that it has on hosts
        return never;
      };
      const living = async <T>(what: () => Promise<T>): Promise<T> => {
        const result = dead ? await never : await what();
        return dead ? never : result;
      };
      const inner = changed(counted);
      const journal = openJournal({folder: join(folder, 'journal'), context: 'bench'});
      const gate = createGate({
        actions, context: 'bench', readOnly, lock: {folder: join(folder, 'lock'), fabric: ['bench']},
        who: {user, uid: 1000, host: 'here', pid: doomed ? deadPid : process.pid, tty: undefined, by: 'command line'},
        source: {
          current: () => source.current(), refresh: (name, probes) => source.refresh(name, probes), subscribe: (listener) => source.subscribe(() => dead || listener()),
          routeCost: () => source.routeCost(), readRoutes: () => source.readRoutes(), commandLog: () => log, close: () => Promise.resolve(),
        },
        journal: {...journal, append: (record) => {
          if (dead) throw new Error('this console has ended');
          journal.append(record);
        }},
        executor: {host: (name, script, more) => living(() => inner.host(name, script, {...more, signal: more.signal ? AbortSignal.any([more.signal, death.signal]) : death.signal})), one: (...given) => living(() => inner.one(...given)), step: (...given) => living(() => inner.step(...given))},
        ...(boundary && {boundary: (name: string) => boundary(name, die)}),
      });
      return {gate, journal};
    },
    close() {
      polling.abort();
      desk?.close();
      rmSync(folder, {recursive: true, force: true, maxRetries: 3});
    },
  };
}

interface Shell {
  readonly shell: HostShell;
  readonly home: string;
}

/** A connection that needs no network: `sh -c` in a process group of its own, as sshd of the simulator does it. */
function sessionOf(name: string, open: () => Shell): HostSession {
  let opened: Shell | undefined;
  const stream = (section: Section, onChunk: (chunk: Buffer) => void, signal?: AbortSignal): Promise<SectionResult> => new Promise((resolve) => {
    const startedAt = Date.now();
    const {shell, home} = (opened ??= open());
    const child = spawn('/bin/sh', ['-c', `. ${shell.prelude}\n${section.script}`], {cwd: home, env: {PATH: shell.path, HOME: home, USER: 'root', LOGNAME: 'root', SHELL: '/bin/sh'}, detached: true, stdio: ['ignore', 'pipe', 'pipe']});
    let stderr = '';
    let late = false;
    const end = (): void => {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // it has ended by itself
      }
    };
    const timer = setTimeout(() => {
      late = true;
      end();
    }, section.deadlineS * 1000);
    signal?.addEventListener('abort', end, {once: true});
    if (signal?.aborted) end();
    child.stdout.on('data', onChunk);
    child.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString('utf8')));
    child.on('close', (code) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      const tookMs = Date.now() - startedAt;
      resolve(signal?.aborted
        ? {id: section.id, ok: false, problem: {kind: 'failed', detail: 'given up'}, tookMs}
        : {id: section.id, ok: true, output: {exit: late ? 124 : (code ?? 137), stdout: '', stderr, truncated: false}, tookMs});
    });
  });
  return {
    name, stream,
    access: {phase: 'ready', since: 0, problem: undefined, retryAt: undefined, attempts: 1, rttMs: 1},
    onAccess: () => () => undefined,
    retry: () => undefined,
    renew: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
    run: (sections, signal) => Promise.all(sections.map(async (section) => {
      const chunks: Buffer[] = [];
      const result = await stream(section, (chunk) => chunks.push(chunk), signal);
      return result.ok ? {...result, output: {...result.output, stdout: Buffer.concat(chunks).toString('utf8')}} : result;
    })),
  };
}
