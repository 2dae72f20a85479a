/** What OpenSSH's own configuration says about a host: `ssh -G`, or OpenSSH's defaults where it is not installed. */
import {execFile} from 'node:child_process';
import type {Reading} from '../../model/reading.ts';
import {bad, good} from '../../model/reading.ts';
import type {SshTarget} from '../../model/target.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import {ConnectGate} from './connect-gate.ts';

/** Options as `ssh -G` prints them: lower-case keyword → values, in order (identityfile comes several times). */
export type OpensshOptions = ReadonlyMap<string, readonly string[]>;

export function parseOpensshOptions(text: string): OpensshOptions {
  const options = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    if (space <= 0) continue;
    const key = line.slice(0, space).toLowerCase();
    const values = options.get(key);
    if (values) values.push(line.slice(space + 1).trim());
    else options.set(key, [line.slice(space + 1).trim()]);
  }
  return options;
}

/** Why a word cannot be given to ssh as a host or user name, or undefined. A leading "-" would be an option. */
export function nameProblem(what: string, name: string): string | undefined {
  if (name === '') return `the ${what} is empty`;
  if (name.startsWith('-')) return `the ${what} "${sanitizeLine(name, 80)}" begins with "-"`;
  // the characters that OpenSSH refuses too, because a ProxyCommand or Match exec hands them to a shell
  if (/[\s\x00-\x20\x7f'"`$\\;&<>|(){}]/.test(name)) return `the ${what} "${sanitizeLine(name, 80)}" has characters that no ${what} has`;
  return undefined;
}

/** Arguments for `ssh -G`, never through a shell; or why there can be none. */
export function opensshArguments(target: SshTarget, sshConfig: string | undefined): Reading<readonly string[]> {
  const problem = nameProblem('host name', target.host) ?? (target.user === undefined ? undefined : nameProblem('user name', target.user));
  if (problem !== undefined) return bad('failed', problem);
  const args = ['-G'];
  if (sshConfig !== undefined) args.push('-F', sshConfig);
  for (const [key, value] of Object.entries(target.extra)) {
    if (!/^[A-Za-z][A-Za-z0-9]*$/.test(key) || /[\0\r\n]/.test(value)) return bad('failed', `ssh option "${sanitizeLine(key, 80)}" is not valid`);
    args.push('-o', `${key}=${value}`);
  }
  if (target.strict !== undefined) args.push('-o', `StrictHostKeyChecking=${target.strict}`);
  if (target.port !== undefined) args.push('-p', String(target.port));
  if (target.user !== undefined) args.push('-l', target.user);
  // not -i, which drops a file that is not there: then nobody would be told
  for (const file of target.identityFiles) {
    if (/["\0\r\n]/.test(file)) return bad('failed', `identity file ${sanitizeLine(file, 80)} has characters that ssh cannot be given`);
    args.push('-o', `IdentityFile="${file}"`);
  }
  args.push('--', target.host);
  return good(args);
}

// A process for each host: a few at once, and each question once (64 hosts behind one jump host ask about it once).
const spawns = new ConnectGate(4);
const answers = new Map<string, Promise<Reading<OpensshOptions | 'not-installed'>>>();

/** Forgets what `ssh -G` said, so that the next question reads the files again. */
export function forgetOpensshOptions(): void {
  answers.clear();
}

/** Runs `ssh -G`. `program` is the ssh to run. Never rejects. */
export function askOpenssh(program: string, args: readonly string[]): Promise<Reading<OpensshOptions | 'not-installed'>> {
  const key = JSON.stringify([program, ...args]);
  const known = answers.get(key);
  if (known) return known;
  const asked = ask(program, args);
  answers.set(key, asked);
  void asked.then(answer => {
    if (!answer.ok && answers.get(key) === asked) answers.delete(key);
  });
  return asked;
}

async function ask(program: string, args: readonly string[]): Promise<Reading<OpensshOptions | 'not-installed'>> {
  const leave = await spawns.enter('');
  try {
    return await new Promise(resolve => {
      execFile(program, [...args], {timeout: 10_000, maxBuffer: 1 << 20, encoding: 'utf8'}, (error, stdout, stderr) => {
        if (!error) resolve(good(parseOpensshOptions(stdout)));
        else if (error.code === 'ENOENT') resolve(good('not-installed'));
        else resolve(bad('failed', `ssh -G: ${sanitizeLine(stderr.trim() || error.message, 500)}`));
      });
    });
  } finally {
    leave();
  }
}

/** OpenSSH's defaults, with what the target says, in the form of `ssh -G`. */
export function defaultOptions(target: SshTarget, localUser: string): OpensshOptions {
  const options = new Map<string, readonly string[]>([
    ['hostname', [target.host]],
    ['user', [localUser]],
    ['port', ['22']],
    ['identityfile', ['~/.ssh/id_rsa', '~/.ssh/id_ecdsa', '~/.ssh/id_ed25519']],
    ['userknownhostsfile', ['~/.ssh/known_hosts ~/.ssh/known_hosts2']],
    ['globalknownhostsfile', ['/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2']],
    ['stricthostkeychecking', ['ask']],
  ]);
  for (const [key, value] of Object.entries(target.extra)) options.set(key.toLowerCase(), [value]);
  if (target.strict !== undefined) options.set('stricthostkeychecking', [target.strict]);
  if (target.port !== undefined) options.set('port', [String(target.port)]);
  if (target.user !== undefined) options.set('user', [target.user]);
  if (target.identityFiles.length > 0) options.set('identityfile', target.identityFiles);
  return options;
}
