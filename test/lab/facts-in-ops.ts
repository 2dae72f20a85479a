/**
 * The console's stack where the operator sits: `node facts-in-ops.ts FOLDER` inside the `ops` namespace. FOLDER has
 * setting.json. It answers the requests of protocol.ts on its standard input, one after the other, and runs until that
 * ends.
 */
import {createInterface} from 'node:readline';
import {createDiagnoser} from '../../src/checks/diagnose.ts';
import type {Opened} from '../../src/cli/run-fabric.ts';
import type {Fabric} from '../../src/model/fabric.ts';
import {openConsole} from '../contract/faults/console.ts';
import {factsOf, type Names} from '../contract/faults/facts.ts';
import {namesOf} from '../contract/faults/lab-world.ts';
import {settingOf, targetOf} from './setting.ts';
import {told} from './told.ts';
import {darkHosts, tracesOf} from './trace-judge.ts';
import type {Dialogue, Reply, Request, Topic} from './protocol.ts';

/** What was read in the round of a request, and where more can be asked for. */
interface Round {
  readonly fabric: Fabric;
  readonly opened: Opened;
  readonly names: Names;
}
type Answer<T extends Topic> = (round: Round, question: Dialogue[T]['question']) => Dialogue[T]['answer'] | Promise<Dialogue[T]['answer']>;

const topics: {readonly [T in Topic]: Answer<T>} = {
  facts: ({fabric, names}) => factsOf(fabric, names),
  diagnosis: ({fabric}) => told(createDiagnoser({hold: false})(fabric, Date.now())),
  traces: ({fabric, names}, ways) => ({ways: tracesOf(fabric, Date.now(), ways, names.macs), dark: darkHosts(fabric)}),
};

const {folder, setting, io} = settingOf(process.argv[2] ?? '');
const names = namesOf(setting.plan);
const terminal = openConsole(() => targetOf(folder, setting, io), io, names);

async function reply(line: string): Promise<Reply> {
  try {
    const {ask, afresh} = JSON.parse(line) as Request;
    const {fabric, opened} = await terminal.round(afresh);
    const answers: Record<string, unknown> = {};
    for (const [topic, question] of Object.entries(ask)) answers[topic] = await (topics[topic as Topic] as Answer<Topic>)({fabric, opened, names}, question as never);
    return {answers} as Reply;
  } catch (error) {
    return {error: (error as Error).message};
  }
}

for await (const line of createInterface({input: process.stdin})) process.stdout.write(`${JSON.stringify(await reply(line))}\n`);
await terminal.close();
