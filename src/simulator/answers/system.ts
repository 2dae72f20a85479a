/** What every host has: names, clock, user, and the files that may be read. */
import {troubleOf} from '../faults/trouble.ts';
import {change, type SimHost, type SimWorld} from '../world.ts';
import {fails, line, says, type Program} from './answer.ts';

const debian = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n';
const alpine = 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME="Alpine Linux v3.20"\n';

const isRouter = (host: SimHost): boolean => host.roles.includes('virtual-router');

/** The context of the router appliance. Its password and token are there, as in a real one: a reader must leave them out. */
function routerContext(world: SimWorld, host: SimHost): string {
  const guest = world.guests.find(({id}) => id === host.guestId);
  const nics = (guest?.nics ?? []).flatMap((nic) => [`export ETH${nic.id}_IP="${nic.ip}"`, `export ETH${nic.id}_MAC="${nic.mac}"`]);
  return [
    'export NETWORK="YES"', 'export ONEAPP_VNF_SDNAT4_ENABLED="YES"', 'export ONEAPP_VNF_SDNAT4_INTERFACES="eth0 eth1"', 'export ONEAPP_VNF_SDNAT4_REFRESH_RATE="30"',
    'export ONEAPP_VNF_KEEPALIVED_PASSWORD="demo-not-a-secret"', 'export TOKENTXT="demo-not-a-token"', 'export VROUTER_ID="0"', ...nics, '',
  ].join('\n');
}

type FileText = (world: SimWorld, host: SimHost) => string | undefined;
const files: Readonly<Record<string, FileText>> = {
  '/etc/os-release': (_world, host) => (isRouter(host) ? alpine : debian),
  '/etc/hostname': (_world, host) => `${host.hostname}\n`,
  '/proc/uptime': (world, host) => {
    const up = Math.max(0, world.now() - host.bootedAt) / 1000;
    return `${up.toFixed(2)} ${(up * 1.9).toFixed(2)}\n`;
  },
  '/proc/loadavg': () => '0.21 0.18 0.12 1/214 4711\n',
  '/proc/sys/net/ipv4/ip_forward': (world, host) => (troubleOf(world, host).router?.forwarding === false ? '0\n' : '1\n'),
  '/run/one-failover.state': (world, host) => (isRouter(host) ? `{"state":"${troubleOf(world, host).router?.failover ?? 'MASTER'}"}\n` : undefined),
  '/run/one-context/one_env': (world, host) => (isRouter(host) ? routerContext(world, host) : undefined),
};

/** cat and tail of files by absolute path. No file of the machine that runs the demo is ever read. */
const reads = (name: string): Program => (world, host, args) => {
  const paths = args.filter((word) => word.startsWith('/'));
  let stdout = '';
  let stderr = '';
  for (const path of paths) {
    const text = files[path]?.(world, host);
    if (text === undefined) stderr += `${name}: ${path}: No such file or directory\n`;
    else stdout += text;
  }
  return {stdout, stderr, exit: stderr === '' ? 0 : 1};
};
export const cat = reads('cat');
export const tail = reads('tail');

export const hostname: Program = (_world, host) => line(host.hostname);

export const uname: Program = (world, host, args) => {
  const values = new Map([['-s', 'Linux'], ['-n', host.hostname], ['-r', world.kernel], ['-m', 'x86_64']]);
  if (args[0] === '-a') return line(`Linux ${host.hostname} ${world.kernel} #1 SMP x86_64 GNU/Linux`);
  return line(args.length === 0 ? 'Linux' : args.map((option) => values.get(option) ?? '').join(' '));
};

export const date: Program = (world, _host, args) => (args.at(-1) === '+%s' ? line(String(Math.floor(world.now() / 1000))) : line(new Date(world.now()).toUTCString()));

export const id: Program = (_world, _host, args) => {
  const option = args.join('');
  if (option === '-u' || option === '-g') return line('0');
  return option === '-un' || option === '-u-n' ? line('root') : line('uid=0(root) gid=0(root) groups=0(root)');
};

const services: Readonly<Record<string, number>> = {'one-sdnat4 status': 0, 'one-failover status': 0, 'keepalived status': 0, 'one-router4 status': 0};

export const rcService: Program = (_world, _host, args) => {
  const exit = services[args.join(' ')];
  if (exit === undefined) return fails(` * rc-service: service \`${args[0] ?? ''}' does not exist`);
  return says(' * status: started\n');
};

/** Of FRR's service: whether there is one, and to start it anew, which ends what was wrong with its daemons. */
export const systemctl: Program = (world, host, args) => {
  const text = args.join(' ');
  if (text === 'show -p LoadState --value frr') return line(host.daemons.length > 0 ? 'loaded' : 'not-found');
  if (text !== 'restart frr') return fails(`the demo fabric does not know: systemctl ${text}`);
  if (host.daemons.length === 0) return fails('Failed to restart frr.service: Unit frr.service not found.', 5);
  change(world, () => {
    world.faults = (world.faults ?? []).filter((fault) => fault.host !== host.name || !['bgpd-dead', 'bgpd-hung', 'zebra-dead', 'zebra-hung', 'frr-dead'].includes(fault.name));
    host.frrSince = world.now();
  });
  return says('');
};
