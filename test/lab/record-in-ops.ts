/**
 * Records a healthy fabric as the console reads it, for tests of what is made from readings:
 * `npm run lab -- up --opennebula`, then `npm run lab -- exec ops node test/lab/record-in-ops.ts INVENTORY SSH_CONFIG > test/fixtures/fabric/healthy.json`
 * with ONE_AUTH and ONE_XMLRPC as `npm run lab -- console` sets them. Gzip it afterwards. Tests know the public keys and
 * MACs of the recording that is there: they were put in place of the new ones.
 */
import {processIo} from '../../src/cli/io.ts';
import {openTarget} from '../../src/cli/run-fabric.ts';
import {settle} from '../../src/cli/settle.ts';
import {resolveTarget} from '../../src/config/resolve.ts';

const [inventory = '', sshConfig = ''] = process.argv.slice(2);
const io = processIo();
const {target} = resolveTarget({inventory, sshConfig}, io);
const opened = openTarget(target, io);
const {fabric, late} = await settle(opened.source, opened);
if (late.length > 0) throw new Error(`not read: ${late.join(', ')}`);
// On a busy machine a round takes longer than some of its readings stay fresh; the clock of a host goes with its time.
const old = fabric.at - 1500;
const recent = (id: string, o: {at?: number; attemptAt?: number}): object => id === 'host.identity' ? {} : {...(o.at === undefined ? {} : {at: Math.max(o.at, old)}), ...(o.attemptAt === undefined ? {} : {attemptAt: Math.max(o.attemptAt, old)})};
const readings = <R extends object>(all: R): R => Object.fromEntries(Object.entries(all).map(([id, o]: [string, object]) => [id, {...o, ...recent(id, o), command: id}])) as R;
const hosts = [...fabric.hosts.values()].map((host) => ({...host, spec: {...host.spec, origin: 'recorded', ssh: {...host.spec.ssh, identityFiles: [], knownHosts: undefined, extra: {}}}, readings: readings(host.readings)}));
const cloud = fabric.cloud && {...fabric.cloud, readings: readings(fabric.cloud.readings)};
process.stdout.write(`${JSON.stringify({at: fabric.at, hosts, cloud})}\n`);
await opened.close();
