/** The options of ssh(1) as inventories write them: -J, -o, -i, -p, -l, -F and ProxyCommand "ssh -W %h:%p …". */
import {basename} from 'node:path';
import {words} from './words.ts';

export interface SshOptions {
  user?: string;
  port?: number;
  identityFiles: string[];
  jumps: string[];
  knownHosts?: string[];
  strict?: 'yes' | 'accept-new';
  extra: Record<string, string>;
}

// What only tunes the transport of ansible's own ssh, and means nothing for a connection that is kept open.
const irrelevant = new Set(['controlmaster', 'controlpersist', 'controlpath', 'compression', 'loglevel', 'batchmode', 'preferredauthentications', 'passwordauthentication', 'kbdinteractiveauthentication', 'pubkeyauthentication', 'gssapiauthentication', 'requesttty']);
const flagsWithValue = new Set('BbcDEeFIiJLlmOoPpQRSWw');

/** As ssh does, the first value of an option wins; `complain` gets a sentence for each that cannot be used. */
export function sshOptions(text: string, complain: (message: string) => void): SshOptions {
  const options: SshOptions = {identityFiles: [], jumps: [], extra: {}};
  const args = words(text);
  if (typeof args === 'string') {
    complain(args);
    return options;
  }
  readArguments(args, options, complain);
  return options;
}

/** Returns the words that are no options: destination and command. */
function readArguments(args: readonly string[], options: SshOptions, complain: (message: string) => void): string[] {
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (!arg.startsWith('-') || arg === '-') {
      rest.push(arg);
      continue;
    }
    // single letters may be joined: -qW %h:%p
    for (let j = 1; j < arg.length; j++) {
      const flag = arg[j]!;
      if (!flagsWithValue.has(flag)) continue;
      const value = j + 1 < arg.length ? arg.slice(j + 1) : args[++i];
      if (value === undefined) complain(`-${flag} has no value`);
      else readFlag(flag, value, options, complain);
      break;
    }
  }
  return rest;
}

function readFlag(flag: string, value: string, options: SshOptions, complain: (message: string) => void): void {
  switch (flag) {
    case 'o': {
      const split = /^\s*([A-Za-z0-9]+)\s*(?:=|\s)\s*([^]*)$/.exec(value);
      if (!split) return complain(`-o "${value.slice(0, 80)}": expected Option=value`);
      return readOption(split[1]!.toLowerCase(), split[2]!, options, complain);
    }
    case 'J':
      return readOption('proxyjump', value, options, complain);
    case 'i':
      return readOption('identityfile', value, options, complain);
    case 'p':
      return readOption('port', value, options, complain);
    case 'l':
      return readOption('user', value, options, complain);
    case 'W':
      options.extra['-W'] ??= value; // only looked at inside a ProxyCommand
      return;
    default:
      return complain(`-${flag} ${value.slice(0, 80)} is not used here${flag === 'F' ? ': give the file with --ssh-config' : ''}`);
  }
}

function readOption(name: string, value: string, options: SshOptions, complain: (message: string) => void): void {
  switch (name) {
    case 'proxyjump':
      if (options.jumps.length === 0) options.jumps = value.split(',').map((hop) => hop.trim()).filter((hop) => hop !== '');
      return;
    case 'proxycommand':
      return readProxyCommand(value, options, complain);
    case 'identityfile':
      options.identityFiles.push(value);
      return;
    case 'user':
      options.user ??= value;
      return;
    case 'port': {
      const port = portOf(value);
      if (port === undefined) complain(`port "${value.slice(0, 40)}": expected 1 to 65535`);
      else options.port ??= port;
      return;
    }
    case 'stricthostkeychecking':
      if (value === 'yes' || value === 'accept-new') options.strict ??= value;
      else if (value !== 'ask') complain(`StrictHostKeyChecking=${value.slice(0, 20)} is not followed: host keys are always verified (put them in known_hosts, or use accept-new)`);
      return;
    case 'userknownhostsfile': {
      const files = words(value);
      if (typeof files === 'string') complain(files);
      else if (files.includes('/dev/null')) complain('UserKnownHostsFile=/dev/null is not followed: host keys are always verified');
      else options.knownHosts ??= files;
      return;
    }
    default:
      if (!irrelevant.has(name) && name !== '__proto__') options.extra[name] ??= value;
  }
}

function readProxyCommand(value: string, options: SshOptions, complain: (message: string) => void): void {
  if (value === 'none' || options.jumps.length > 0) return;
  const command = words(value);
  const inner: SshOptions = {identityFiles: [], jumps: [], extra: {}};
  if (typeof command !== 'string' && command[0] !== undefined && basename(command[0]) === 'ssh') {
    const [destination, ...more] = readArguments(command.slice(1), inner, complain);
    const through = inner.extra['-W'];
    if (destination !== undefined && more.length === 0 && (through === '%h:%p' || through === '[%h]:%p')) {
      options.jumps = [...inner.jumps, hop(destination, inner)];
      if (inner.identityFiles.length > 0) complain(`ProxyCommand: the key of the jump host (${inner.identityFiles.join(', ')}) is taken from the agent or OpenSSH's configuration instead`);
      return;
    }
  }
  options.extra['proxycommand'] ??= value;
  complain('ProxyCommand is no "ssh -W %h:%p HOST": it is not run; use ProxyJump');
}

function hop(destination: string, inner: SshOptions): string {
  const bare = destination.replace(/^ssh:\/\//, '');
  const withUser = inner.user !== undefined && !bare.includes('@') ? `${inner.user}@${bare}` : bare;
  return inner.port === undefined ? withUser : `${withUser}:${inner.port}`;
}

export function portOf(value: string): number | undefined {
  return /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65535 ? Number(value) : undefined;
}
