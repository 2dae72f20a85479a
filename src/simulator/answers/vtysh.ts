/** vtysh: options, which daemon answers, and what it says when it cannot. */
import type {SimHost, SimWorld} from '../world.ts';
import type {Answer, Program} from './answer.ts';
import {fails, says, stuck} from './answer.ts';
import {daemonsOf, hangs} from '../derive/places.ts';
import {troubleOf} from '../faults/trouble.ts';
import {clearDuplicate, clearNeighbor, setShutdown} from './frr/clear.ts';
import {daemons, runningConfig, version} from './frr/config.ts';
import {arpCache, duplicates, macsOfAll, macsOfOne, oneMac} from './frr/macs.ts';
import {neighbors} from './frr/neighbors.ts';
import {routes} from './frr/routes.ts';
import {bgpSummary, evpnSummary} from './frr/summary.ts';
import {bgpVnis, evpn, oneBgpVni, oneZebraVni, zebraHasEvpn, zebraVniDetails, zebraVnis} from './frr/vnis.ts';

type Show = (world: SimWorld, host: SimHost, words: readonly string[], json: boolean) => string;
interface Command {
  readonly form: RegExp; // of the whole command, without a final " json"
  readonly json: 'both' | 'text' | 'only';
  readonly daemon: 'bgpd' | 'zebra' | undefined;
  readonly show: Show;
}

const route = 'show bgp l2vpn evpn route';
const mac = '([0-9a-f]{2}(?::[0-9a-f]{2}){5})';
const types: Readonly<Record<string, number>> = {'1': 1, ead: 1, '2': 2, macip: 2, '3': 3, multicast: 3, '4': 4, es: 4, '5': 5, prefix: 5};
const bgp = (form: string, show: Show): Command => ({form: new RegExp(`^${form}$`), json: 'both', daemon: 'bgpd', show});
const zebra = (form: string, show: Show, json: Command['json'] = 'both'): Command => ({form: new RegExp(`^${form}$`), json, daemon: 'zebra', show});
const own = (form: string, show: Show): Command => ({form: new RegExp(`^${form}$`), json: 'text', daemon: undefined, show});

const commands: readonly Command[] = [
  own('show version', (world, host) => version(world, host)),
  own('show daemons', (world, host) => daemons(world, host)),
  own('show running-config', (world, host) => runningConfig(world, host)),
  bgp('show bgp l2vpn evpn summary', (world, host, _words, json) => evpnSummary(world, host, json)),
  bgp('show bgp summary', (world, host, _words, json) => bgpSummary(world, host, json)),
  bgp('show bgp neighbors', (world, host, _words, json) => neighbors(world, host, json)),
  bgp('show bgp l2vpn evpn vni', (world, host, _words, json) => bgpVnis(world, host, json)),
  bgp('show bgp l2vpn evpn vni (\\d+)', (world, host, [vni], json) => oneBgpVni(world, host, Number(vni), json)),
  bgp(route, (world, host, _words, json) => routes(world, host, {}, json)),
  bgp(`${route} type (\\S+)`, (world, host, [type], json) => routes(world, host, {type: types[type!] ?? 0}, json)),
  bgp(`${route} rd (\\S+)`, (world, host, [rd], json) => routes(world, host, {rd}, json)),
  bgp(`${route} vni (\\d+)`, (world, host, [vni], json) => routes(world, host, {vni: Number(vni)}, json)),
  bgp(`${route} vni (\\d+) mac ${mac}`, (world, host, [vni, address], json) => routes(world, host, {vni: Number(vni), mac: address}, json)),
  {...bgp('clear bgp l2vpn evpn ([0-9.]+)', (world, host, [address]) => clearNeighbor(world, host, address!)), json: 'text'},
  ...['configure terminal', 'router bgp [0-9.]+'].map((form): Command => ({...bgp(form, () => ''), json: 'text'})),
  {...bgp('(no )?neighbor \\S+ shutdown', (world, host, [no]) => setShutdown(world, host, no === undefined)), json: 'text'},
  zebra(`clear evpn dup-addr vni (\\d+) mac ${mac}`, (world, host, [vni, address]) => clearDuplicate(world, host, Number(vni), address!), 'text'),
  zebra('show evpn', (world, host, _words, json) => evpn(world, host, json)),
  zebra('show evpn vni', (world, host, _words, json) => zebraVnis(world, host, json)),
  zebra('show evpn vni detail', (world, host, _words, json) => zebraVniDetails(world, host, json)),
  zebra('show evpn vni (\\d+)', (world, host, [vni], json) => oneZebraVni(world, host, Number(vni), json)),
  zebra('show evpn mac vni all', (world, host, _words, json) => macsOfAll(world, host, {json, detail: false})),
  zebra('show evpn mac vni all detail', (world, host) => macsOfAll(world, host, {json: true, detail: true}), 'only'),
  zebra('show evpn mac vni all duplicate', (world, host) => duplicates(world, host), 'only'),
  zebra('show evpn mac vni \\d+ duplicate', () => '', 'only'),
  zebra('show evpn mac vni (\\d+)', (world, host, [vni], json) => macsOfOne(world, host, Number(vni), json)),
  zebra(`show evpn mac vni (\\d+) mac ${mac}`, (world, host, [vni, address], json) => oneMac(world, host, Number(vni), address!, json)),
  zebra('show evpn arp-cache vni all', (world, host, _words, json) => arpCache(world, host, json)),
  zebra('show evpn (?:next-hops|rmac) vni all', () => '{\n}\n', 'only'),
];

const unknown = (text: string): Answer => ({stdout: `% Unknown command: ${text}\n`, stderr: '', exit: 1});

/** bgpd without a configuration: most of its commands say nothing at all. */
function unconfigured(text: string, json: boolean): string {
  if (!/summary|neighbors/.test(text)) return '';
  return json ? '{}\n' : '% BGP instance not found\n';
}

function run(world: SimWorld, host: SimHost, text: string, only: string | undefined): Answer {
  const json = text.endsWith(' json');
  const bare = json ? text.slice(0, -5) : text;
  const command = commands.find((candidate) => candidate.form.test(bare) && (candidate.json === 'both' || (candidate.json === 'only') === json));
  if (bare === 'show bgp l2vpn evpn neighbors') return {stdout: `% Command incomplete: ${text}\n`, stderr: '', exit: 1};
  if (!command) return unknown(text);
  if (command.daemon === undefined) return says(command.show(world, host, [], false));
  if (only !== undefined && only !== command.daemon) return unknown(text); // `-d zebra` knows only zebra's commands
  if (!daemonsOf(world, host).includes(command.daemon)) return fails(`${command.daemon} is not running`);
  if (command.daemon === 'zebra' && !zebraHasEvpn(world, host)) return says(json && /^show evpn (mac|arp-cache) vni all/.test(bare) ? '{\n}\n' : '');
  if (command.daemon === 'bgpd' && troubleOf(world, host).unconfigured) return says(unconfigured(bare, json));
  return says(command.show(world, host, command.form.exec(bare)?.slice(1) ?? [], json));
}

export const vtysh: Program = (world, host, args) => {
  const texts: string[] = [];
  let only: string | undefined;
  for (let at = 0; at < args.length; at++) {
    if (args[at] === '-c') texts.push(args[++at] ?? '');
    else if (args[at] === '-d') only = args[++at];
    else if (args[at] === '-H' || args[at] === '-N') at++;
    else return fails(`vtysh: unrecognized option '${args[at]}'`);
  }
  const running = daemonsOf(world, host);
  // vtysh connects to every daemon that it was not told to leave out, and waits for each.
  if (running.some((daemon) => hangs(world, host, daemon) && (only === undefined || only === daemon))) return stuck;
  if (running.length === 0 || (only !== undefined && !running.includes(only))) return fails('Exiting: failed to connect to any daemons.');
  let stdout = '';
  for (const text of texts) {
    const answer = run(world, host, text, only);
    stdout += answer.stdout;
    if (answer.exit !== 0) return {...answer, stdout}; // the commands after it are not run
  }
  return says(stdout);
};
