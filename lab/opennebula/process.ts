/**
 * The lab's OpenNebula, run inside its `ops` namespace: `node process.ts LAB POLL_MS`. Ends with the namespace's other
 * processes when the lab is taken down.
 */
import {readFileSync, renameSync, writeFileSync} from 'node:fs';
import {Engine} from '../../src/simulator/oned/engine.ts';
import {breakCloud, mendCloud} from '../../src/simulator/oned/faults.ts';
import {poll} from '../../src/simulator/oned/sdnat.ts';
import {answer, startOned} from '../../src/simulator/oned/server.ts';
import {loadState} from '../state.ts';
import {serveControl} from './control.ts';
import {labDriver} from './driver.ts';
import {cloudFiles} from './files.ts';
import {worldOf} from './world.ts';

const [, , lab = '', pollMs = '30000'] = process.argv;
const state = loadState(lab);
if (!state) throw new Error(`no lab ${lab}`);
const files = cloudFiles(lab);
const auth = readFileSync(files.oneAuth, 'utf8').trim();
const world = worldOf(state.plan, Math.floor(Date.now() / 1000));
const engine = new Engine(world, labDriver(lab));
engine.schedulingMs = 100;
engine.bridgesByVlan = true;
engine.log = line => console.error(`${new Date().toISOString()} ${line}`);
const options = {port: 2633, host: '127.0.0.1', auth, engine};
const oned = await startOned(world, options);
await serveControl(lab, async command => {
  if (command.do === 'order') engine.order(command.order);
  else if (command.do === 'call') return answer(world, options, command.body);
  else await (command.do === 'break' ? breakCloud(engine, command.fault, command) : mendCloud(engine, command.fault));
  return '';
});
writeFileSync(files.oneEndpoint, `${oned.url}\n`);
// Its being there says that oned answers: it must not be seen before its content is.
writeFileSync(`${files.pid}.new`, `${process.pid}\n`);
renameSync(`${files.pid}.new`, files.pid);
await poll(engine, Number(pollMs), new AbortController().signal);
