/** What is taken back is what was done: what others have changed since stays. The scripts of a host, in a folder and with programs of their own. */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {actions} from '../../../src/actions/catalogue.ts';
import {bgpRemove} from '../../../src/runbooks/builtin/bgp-remove.ts';
import {bgpEvpn} from '../../../src/runbooks/builtin/bgp.ts';
import {firewallFabric} from '../../../src/runbooks/builtin/firewall.ts';
import {builtinFunctions} from '../../../src/runbooks/builtin/index.ts';
import {fillScript, parseScript} from '../../../src/runbooks/engine/template.ts';
import {knownTo} from '../../../src/runbooks/library.ts';
import {loadRunbook} from '../../../src/runbooks/load.ts';
import type {ActionContext} from '../../../src/model/action.ts';
import type {RunbookStep, StepCall, StepFunction, Value} from '../../../src/runbooks/model.ts';

let root: string;
const at = (path: string): string => join(root, path);
const text = (path: string): string => readFileSync(at(path), 'utf8');
const put = (path: string, content: string): void => writeFileSync(at(path), content);
const program = (name: string, script: string): void => writeFileSync(at(`bin/${name}`), `#!/bin/sh\n${script}`, {mode: 0o755});

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'evpn-tui-others-'));
  for (const one of ['bin', 'etc', 'etc/frr', 'etc/iptables', 'var']) mkdirSync(at(one));
  for (const one of ['chown', 'systemctl']) program(one, 'exit 0');
});
afterEach(() => rmSync(root, {recursive: true, force: true}));

const sh = (script: string): {readonly exit: number; readonly stderr: string} => {
  const {status, stderr} = spawnSync('sh', ['-c', script.replaceAll(/\/(etc\/frr|etc\/iptables|var\/lib)\b/g, `${root}/$1`)], {encoding: 'utf8', env: {...process.env, PATH: `${at('bin')}:${process.env['PATH']!}`}});
  return {exit: status ?? -1, stderr};
};
const host = (name: string, roles: readonly string[], underlayAddress: string, address: string) => [name, {spec: {name, roles, underlayAddress, origin: 'inventory', ssh: {host: address}}, readings: {}}] as const;
const fabric = {hosts: new Map([host('ingress', ['reflector'], '192.168.0.1', '203.0.113.1'), host('kvm1', ['vtep'], '192.168.0.2', '203.0.113.11')])};
async function workOf(function_: StepFunction, values: Readonly<Record<string, Value>>) {
  const shown = '-- evpn-tui:daemons\nbgpd=no\n-- evpn-tui:frr.conf\n' + text('etc/frr/frr.conf') + '-- evpn-tui:zebra\n-- evpn-tui:running\n' + text('etc/frr/frr.conf');
  const ctx = {fabric: () => fabric, ask: {host: () => Promise.resolve({ok: true, exit: 0, stderr: '', stdout: shown})}} as unknown as ActionContext;
  const [work] = await function_.work(ctx, {with: values, hosts: ['kvm1'], session: 's', step: {id: 'it'}} as unknown as StepCall);
  return {apply: work!.apply!, undo: work!.undo!};
}

const before = 'frr version 8.4.4\nlog syslog\n!\nrouter bgp 65000\n bgp router-id 192.168.0.2\nexit\n!\n';
test.each([['bgp.evpn', bgpEvpn], ['bgp.remove', bgpRemove]] as const)('%s: files are put back where nobody has changed them; another is left, and said', async (_, function_) => {
  put('etc/frr/frr.conf', before);
  put('etc/frr/daemons', 'bgpd=no\n');
  put('was', before);
  // What runs is brought back at once.
  program('vtysh', `case "$*" in *" -f "*) cat >/dev/null ;; *) cat ${at('was')} ;; esac\n`);
  const {apply, undo} = await workOf(function_, {combination: '1'});
  expect(sh(apply)).toEqual({exit: 0, stderr: ''});
  expect(text('etc/frr/frr.conf')).not.toBe(before);
  expect(sh(undo)).toEqual({exit: 0, stderr: ''});
  expect([text('etc/frr/frr.conf'), text('etc/frr/daemons')]).toEqual([before, 'bgpd=no\n']);

  expect(sh(apply)).toEqual({exit: 0, stderr: ''});
  const changed = `${text('etc/frr/frr.conf')}ip route 10.0.0.0/8 192.0.2.1\n`;
  put('etc/frr/frr.conf', changed);
  put('etc/frr/daemons', 'bgpd=yes\nbfdd=yes\n');
  const {exit, stderr} = sh(undo);
  expect(exit).toBe(1);
  if (function_ === bgpEvpn) expect(stderr).toContain('/etc/frr/daemons has been changed since: it is not put back');
  expect(stderr).toContain('/etc/frr/frr.conf has been changed since: it is not put back; as it was before it is in ');
  expect([text('etc/frr/frr.conf'), text('etc/frr/daemons')]).toEqual([changed, 'bgpd=yes\nbfdd=yes\n']);
  expect(readFileSync(/it is in (\S*frr\.conf)$/m.exec(stderr)![1]!, 'utf8')).toBe(before);
});

const iptables = `[ "$1" != -w ] || shift
s=STATE op=$1 chain=$2; shift 2
case $op in
  -S) grep -- "^-A $chain " $s ;;
  -C) grep -qxF -- "-A $chain $*" $s ;;
  -D) awk -v r="-A $chain $*" '!d && $0 == r {d = 1; next} {print}' $s >$s.n; mv $s.n $s ;;
  -A) echo "-A $chain $*" >>$s ;;
  -I) n=$1; shift; awk -v c=$chain -v n=$n -v r="-A $chain $*" '$2 == c && ++i == n {print r; d = 1} {print} END {if (!d) print r}' $s >$s.n; mv $s.n $s ;;
  -F) grep -v "^-A $chain " $s >$s.n; mv $s.n $s ;;
esac
`;
const reject = '-j REJECT --reject-with icmp-host-prohibited';
const inputOf = (): readonly string[] => text('rules').split('\n').filter((line) => line.startsWith('-A INPUT ')).map((line) => line.slice(9));
test.each([
  ['the last rule', ['-i lo -j ACCEPT', '-j OWN', reject]],
  ['one between others', ['-i lo -j ACCEPT', reject, '-j OWN']],
  ['beside a chain that was there, further down', [reject, '-i lo -j ACCEPT', '-j EVPN-TUI', reject, '-j OWN']],
  ['beside a chain that was there, in front', ['-j EVPN-TUI', '-i lo -j ACCEPT', reject]],
])('firewall.fabric with a rule to be removed, %s: that comes back, in its place, and rules that came since stay', async (_, input) => {
  put('rules', [...input.map((rule) => `-A INPUT ${rule}`), '-A FORWARD -j one-1-0', ...(input.includes('-j EVPN-TUI') ? ['-A EVPN-TUI -s 203.0.113.7/32 -j ACCEPT'] : []), ''].join('\n'));
  program('iptables', iptables.replace('STATE', at('rules')));
  program('iptables-save', `echo '*filter'; cat ${at('rules')}; echo COMMIT\n`);
  // With --noflush the chains that are named are emptied, else all of them.
  program('iptables-restore', `case "$*" in *--test*) exec cat >/dev/null ;; *--noflush*) kept=$(grep -v '^-A EVPN-TUI ' ${at('rules')}) ;; *) kept= ;; esac\n{ printf '%s\\n' "$kept" | grep . ; grep '^-A'; } >${at('new')}; mv ${at('new')} ${at('rules')}\n`);
  put('etc/iptables/rules.v4', `*filter\n:INPUT ACCEPT [0:0]\n${text('rules')}COMMIT\n`);
  put('etc/frr/frr.conf', '');
  const [rules, file] = [text('rules'), text('etc/iptables/rules.v4')];
  const {apply, undo} = await workOf(firewallFabric, {remove: reject});
  expect(sh(apply)).toEqual({exit: 0, stderr: ''});
  expect(inputOf()).toEqual(['-j EVPN-TUI', ...input.filter((rule) => rule !== reject && rule !== '-j EVPN-TUI')]);
  expect(text('etc/iptables/rules.v4')).not.toContain(reject);
  expect(sh(undo)).toEqual({exit: 0, stderr: ''});
  expect([...text('rules').split('\n')].toSorted()).toEqual(rules.split('\n').toSorted());
  expect([inputOf(), text('etc/iptables/rules.v4')]).toEqual([input, file]);

  expect(sh(apply).exit).toBe(0);
  put('rules', `${text('rules')}-A one-7-0-i -s 10.0.0.7/32 -j RETURN\n-A FORWARD -j one-7-0-i\n`);
  put('etc/iptables/rules.v4', `${text('etc/iptables/rules.v4')}# by hand\n`);
  const {exit, stderr} = sh(undo);
  expect([exit, inputOf()]).toEqual([1, input]);
  expect(stderr).toContain('/etc/iptables/rules.v4 has been changed since: it is not put back');
  expect(text('etc/iptables/rules.v4')).toContain('# by hand');
  expect(text('rules')).toContain('-A one-7-0-i -s 10.0.0.7/32 -j RETURN\n');
  // Once more, when that file is as it was: nothing comes twice.
  put('etc/iptables/rules.v4', file);
  expect([sh(undo).exit, inputOf(), existsSync(at('var/lib/evpn-tui'))]).toEqual([0, input, false]);
});

function stepOf(runbook: string, step: string): RunbookStep {
  const file = join(import.meta.dirname, `../../../src/runbooks/builtin/${runbook}.yaml`);
  return loadRunbook(readFileSync(file, 'utf8'), file, knownTo(actions, new Map(builtinFunctions.map((one) => [one.name, one])))).steps.find(({id}) => id === step)!;
}

test('restore: where the filter cannot be put back, the copy of it stays, and the undo is given once more', () => {
  const undo = fillScript(parseScript(stepOf('restore', 'files').undo!), {names: {inputs: {name: 'b'}}, value: () => null});
  const kept = 'var/lib/evpn-tui-restore-b';
  mkdirSync(at(`${kept}/frr`), {recursive: true});
  put(`${kept}/frr/frr.conf`, before);
  put(`${kept}/complete`, '');
  put(`${kept}/iptables`, '*filter\nCOMMIT\n');
  // As where somebody else holds the lock, and it is not waited for.
  program('iptables-restore', `[ -e ${at('free')} ] && [ "$1" = -w ] && cat >${at('restored')}\n`);
  program('pidof', 'exit 1\n');
  expect([sh(undo).exit, text('etc/frr/frr.conf'), text(`${kept}/iptables`)]).toEqual([1, before, '*filter\nCOMMIT\n']);
  put('free', '');
  expect([sh(undo).exit, text('restored'), existsSync(at(kept))]).toEqual([0, '*filter\nCOMMIT\n', false]);
});

test.each(['wireguard-mesh', 'add-edge-cluster', 'remove-hypervisor'])('%s: a host whose key is in its configuration keeps it; one that has none makes one', (runbook) => {
  mkdirSync(at('etc/wireguard'));
  program('wg', 'echo made\n');
  const make = fillScript(parseScript(stepOf(runbook, 'keys').secret!.make), {names: {inputs: {device: 'wg0'}}, value: () => null});
  const key = (): string => spawnSync('sh', ['-c', make.replaceAll('/etc/wireguard', at('etc/wireguard'))], {encoding: 'utf8', env: {...process.env, PATH: `${at('bin')}:${process.env['PATH']!}`}}).stdout;
  expect(key()).toBe('made\n');
  put('etc/wireguard/wg0.conf', '[Interface]\nPrivateKey = its own=\n');
  expect(key()).toBe('its own=\n');
});
