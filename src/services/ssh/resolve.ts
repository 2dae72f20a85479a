/** SshTarget → the machines to dial, outermost first, each with its effective settings as OpenSSH would use them. */
import {homedir, hostname, userInfo} from 'node:os';
import {resolve as resolvePath} from 'node:path';
import type {Reading} from '../../model/reading.ts';
import {bad, good} from '../../model/reading.ts';
import type {SshTarget} from '../../model/target.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import type {OpensshOptions} from './openssh-config.ts';
import {askOpenssh, defaultOptions, nameProblem, opensshArguments} from './openssh-config.ts';

/** One machine of the chain: the jump hosts, then the host itself. */
export interface Hop {
  readonly alias: string; // as the operator calls it
  readonly hostname: string; // what is dialled
  readonly port: number;
  readonly user: string;
  readonly identityFiles: readonly string[]; // absolute; may not exist
  readonly identitiesOnly: boolean;
  readonly agent: string | undefined; // socket path
  readonly userKnownHosts: readonly string[];
  readonly globalKnownHosts: readonly string[];
  readonly revokedHostKeys: readonly string[];
  readonly hashKnownHosts: boolean;
  readonly strict: 'yes' | 'accept-new';
  readonly hostKeyAlias: string | undefined;
  readonly connectTimeoutMs: number;
}

export interface ResolveOptions {
  readonly sshConfig?: string | undefined; // ssh's -F
  readonly agent?: string | undefined; // agent socket; default $SSH_AUTH_SOCK
  readonly ssh?: string | undefined; // the ssh program; default "ssh" from PATH
  readonly connectTimeoutMs?: number | undefined; // default 10 s, unless OpenSSH's ConnectTimeout says otherwise
}

const deepest = 8;

/** Never rejects; a problem names what in the configuration cannot be followed. */
export async function resolveHops(target: SshTarget, options: ResolveOptions = {}, depth = 0): Promise<Reading<readonly Hop[]>> {
  if (depth >= deepest) return bad('failed', `more than ${deepest} jump hosts, or jump hosts that jump in a circle, at ${sanitizeLine(target.host, 80)}`);
  const found = await effectiveOptions(target, options);
  if (!found.ok) return found;
  const hop = hopOf(target, found.value, options);
  if (!hop.ok) return hop;
  const jumps = jumpsOf(target, found.value);
  if (!jumps.ok) return jumps;
  const hops: Hop[] = [];
  for (const [i, jump] of jumps.value.entries()) {
    // only the outermost is reached by its own ProxyJump; the others are reached through the one before
    const chain = await resolveHops(i === 0 ? jump : {...jump, jumps: ['none']}, options, depth + 1);
    if (!chain.ok) return chain;
    hops.push(...chain.value);
  }
  if (hops.length >= deepest) return bad('failed', `more than ${deepest} jump hosts to ${sanitizeLine(target.host, 80)}`);
  return good([...hops, hop.value]);
}

async function effectiveOptions(target: SshTarget, options: ResolveOptions): Promise<Reading<OpensshOptions>> {
  const args = opensshArguments(target, options.sshConfig);
  if (!args.ok) return args;
  const answer = await askOpenssh(options.ssh ?? 'ssh', args.value);
  if (!answer.ok) return answer;
  if (answer.value !== 'not-installed') return good(answer.value);
  if (options.sshConfig !== undefined) return bad('not-installed', `${options.sshConfig} cannot be followed: the ssh program (OpenSSH) is not installed here`);
  return good(defaultOptions(target, userInfo().username));
}

/** A list in one value, as `ssh -G` prints file names: separated by blanks, quoted where it has blanks itself. */
function words(value: string | undefined): string[] {
  return [...(value ?? '').matchAll(/"([^"]*)"|(\S+)/g)].map(match => match[1] ?? match[2] ?? '').filter(word => word !== '' && word !== 'none');
}

function hopOf(target: SshTarget, options: OpensshOptions, outside: ResolveOptions): Reading<Hop> {
  const one = (key: string): string | undefined => {
    const value = options.get(key)?.[0];
    return value === undefined || value === '' || value === 'none' ? undefined : value;
  };
  const name = (one('hostname') ?? target.host).replaceAll('%h', target.host).replaceAll('%%', '%');
  const port = Number(one('port') ?? 22);
  const user = one('user') ?? userInfo().username;
  const problem = nameProblem('host name', name) ?? nameProblem('user name', user);
  if (problem !== undefined) return bad('failed', problem);
  if (!Number.isInteger(port) || port < 1 || port > 65535) return bad('failed', `port ${sanitizeLine(String(one('port')), 20)} of ${target.host} is not a port`);
  const path = (text: string): string => expandPath(text, {'h': name, 'n': target.host, 'p': String(port), 'r': user});
  const agent = one('identityagent');
  const wait = Number(one('connecttimeout'));
  const strict = one('stricthostkeychecking');
  return good({
    alias: target.host,
    hostname: name,
    port,
    user,
    identityFiles: (options.get('identityfile') ?? []).filter(file => file !== 'none').map(file => path(file.replace(/^"(.*)"$/, '$1'))),
    identitiesOnly: one('identitiesonly') === 'yes',
    agent: options.get('identityagent')?.[0] === 'none' ? undefined
      : agent === undefined || agent === 'SSH_AUTH_SOCK' ? (outside.agent ?? process.env['SSH_AUTH_SOCK']) || undefined
      : agent.startsWith('$') ? process.env[agent.slice(1).replace(/^\{(.*)\}$/, '$1')] || undefined
      : path(agent),
    userKnownHosts: (target.knownHosts ?? words(one('userknownhostsfile'))).map(path),
    globalKnownHosts: words(one('globalknownhostsfile')).map(path),
    revokedHostKeys: words(one('revokedhostkeys')).map(path),
    hashKnownHosts: one('hashknownhosts') === 'yes',
    // "no" accepts changed keys too: not offered. Whoever asked for it still gets unknown hosts accepted.
    strict: strict === 'accept-new' || strict === 'no' || strict === 'off' || strict === 'false' ? 'accept-new' : 'yes',
    hostKeyAlias: one('hostkeyalias'),
    connectTimeoutMs: outside.connectTimeoutMs ?? (wait > 0 ? wait * 1000 : 10_000),
  });
}

/** ~ and OpenSSH's % tokens in file names. */
function expandPath(text: string, tokens: Readonly<Record<string, string>>): string {
  const user = userInfo();
  const all: Readonly<Record<string, string>> = {
    ...tokens, '%': '%', 'd': user.homedir, 'u': user.username, 'i': String(user.uid), 'l': hostname(), 'L': hostname().split('.')[0] ?? '',
  };
  const path = text.replace(/%(.)/g, (whole, token: string) => all[token] ?? whole);
  return resolvePath(path === '~' || path.startsWith('~/') ? (user.homedir || homedir()) + path.slice(1) : path);
}

function jumpsOf(target: SshTarget, options: OpensshOptions): Reading<readonly SshTarget[]> {
  const given = target.jumps.length > 0 ? target.jumps : (options.get('proxyjump')?.[0] ?? '').split(',');
  const jumps = given.flatMap(each => each.split(',')).map(each => each.trim()).filter(each => each !== '');
  if (jumps.some(each => each.toLowerCase() === 'none')) return good([]);
  if (jumps.length > 0) {
    const targets: SshTarget[] = [];
    for (const jump of jumps) {
      const parsed = parseJump(jump);
      if (!parsed.ok) return parsed;
      targets.push(parsed.value);
    }
    return good(targets);
  }
  const command = options.get('proxycommand')?.[0] ?? 'none';
  if (command === 'none') return good([]);
  const jump = jumpOfProxyCommand(command);
  return jump.ok ? good([jump.value]) : jump;
}

const plainTarget = (host: string, user: string | undefined, port: number | undefined): SshTarget =>
  ({host, user, port, identityFiles: [], jumps: [], knownHosts: undefined, strict: undefined, extra: {}});

/** "[user@]host[:port]" or "ssh://…", IPv6 addresses in brackets. */
export function parseJump(text: string): Reading<SshTarget> {
  const match = /^(?:ssh:\/\/)?(?:([^@]+)@)?(?:\[([0-9A-Fa-f:.%]+)\]|([^@:[\]/]+))(?::(\d{1,5}))?\/?$/.exec(text);
  const host = match?.[2] ?? match?.[3];
  const problem = host === undefined ? 'it is not [user@]host[:port]' : nameProblem('host name', host);
  if (host === undefined || problem !== undefined) return bad('failed', `jump host "${sanitizeLine(text, 80)}": ${problem}`);
  return good(plainTarget(host, match?.[1], match?.[4] === undefined ? undefined : Number(match[4])));
}

/** `ssh -W %h:%p [options] jump` is a jump host in other words; any other command is not run by this console. */
export function jumpOfProxyCommand(command: string): Reading<SshTarget> {
  const refuse = (why: string) => bad<SshTarget>('unsupported', `ProxyCommand "${sanitizeLine(command, 200)}" is not followed: ${why}; use ProxyJump`);
  const parts = words(command);
  if (parts[0] === 'exec') parts.shift();
  const program = parts.shift();
  if (program === undefined || !/^(?:\/\S*\/)?ssh$/.test(program)) return refuse('only "ssh -W %h:%p JUMP" is');
  let [forward, user, port, host]: (string | undefined)[] = [];
  const identityFiles: string[] = [];
  const jumps: string[] = [];
  const extra: Record<string, string> = {};
  while (parts.length > 0) {
    const part = parts.shift() ?? '';
    const option = /^-([A-Za-z])(.*)$/.exec(part);
    if (!option) {
      if (host !== undefined) return refuse('it runs a command');
      host = part;
      continue;
    }
    const letter = option[1] ?? '';
    if ('qxTaknNAC46v'.includes(letter)) continue; // what does not change where it leads
    const value = option[2] || parts.shift();
    if (value === undefined) return refuse(`-${letter} has no value`);
    if (letter === 'W') forward = value;
    else if (letter === 'l') user = value;
    else if (letter === 'p' && /^\d{1,5}$/.test(value)) port = value;
    else if (letter === 'i') identityFiles.push(value);
    else if (letter === 'J') jumps.push(value);
    else if (letter === 'o' && /^[A-Za-z]+[= ]./.test(value)) extra[value.split(/[= ]/)[0]?.toLowerCase() ?? ''] = value.replace(/^[A-Za-z]+[= ]/, '');
    else return refuse(`-${letter} is not understood`);
  }
  if (forward === undefined || !/^(?:%h|\[%h\]):%p$/.test(forward)) return refuse('it is not -W %h:%p');
  if (host === undefined) return refuse('it names no jump host');
  const jump = parseJump(host);
  if (!jump.ok) return jump;
  return good({...jump.value, user: user ?? jump.value.user, port: port === undefined ? jump.value.port : Number(port), identityFiles, jumps, extra});
}
