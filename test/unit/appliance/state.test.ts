import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {applianceCommand, applianceScript, parseAppliance} from '../../../src/services/appliance/state.ts';
import {context, fixture, kind, output, parts, value} from '../host/answers.ts';
import {fuzz} from '../fuzz.ts';

const shown = fixture('appliance/one_env').split('\n').filter((line) => /^export (ONEAPP_VNF_SDNAT|ETH\d_(IP|MAC|VROUTER_IP)|VROUTER_)/.test(line)).join('\n');
const answer = {failover: '{"state":"MASTER"}', forwarding: '1', sdnat: '', context: shown};
const expected = {
  ETH0_IP: '203.0.113.200', ETH0_MAC: '02:00:cb:00:71:c8', ETH1_IP: '172.17.2.1', ETH1_VROUTER_IP: '172.17.2.254',
  ONEAPP_VNF_SDNAT4_ENABLED: 'YES', ONEAPP_VNF_SDNAT4_INTERFACES: 'eth0 eth1', VROUTER_ID: '0', VROUTER_KEEPALIVED_ID: '1',
};

/** The script itself, in the machine's sh, with a context file in the place of the appliance's. */
function runWith(environment: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'evt-appliance-'));
  try {
    writeFileSync(join(folder, 'one_env'), environment);
    writeFileSync(join(folder, 'state'), '{"state":"BACKUP"}');
    const script = applianceScript.replaceAll('/run/one-context/one_env', join(folder, 'one_env')).replaceAll('/run/one-failover.state', join(folder, 'state'));
    return execFileSync('/bin/sh', {input: script, cwd: folder, stdio: ['pipe', 'pipe', 'ignore'], encoding: 'utf8'});
  } finally {
    rmSync(folder, {recursive: true});
  }
}

test('a master with its context', () => {
  expect(parseAppliance(output(parts(answer)))).toEqual({ok: true, value: {failover: 'MASTER', sdnatService: 'started', forwarding: true, context: expected}});
});

test.each([[0, 'started'], [3, 'stopped'], [32, 'crashed']])('rc-service exit %i is %s', (exit, state) => {
  expect(value(parseAppliance(output(parts({...answer, sdnat: exit})))).sdnatService).toBe(state);
});

test('what is not there is undefined and said: an older appliance, a router that is none', () => {
  const reading = parseAppliance(output(parts({failover: 1, forwarding: '0', context: 1})));
  expect(reading).toEqual({
    ok: true, value: {failover: undefined, sdnatService: undefined, forwarding: false, context: {}},
    warnings: ['/run/one-failover.state could not be read', '/run/one-context/one_env could not be read, or has no variables of a virtual router'],
  });
  expect(value(parseAppliance(output(parts({...answer, failover: '{"state":"\\u001b[2J"}', sdnat: 1, forwarding: 'x'}))))).toMatchObject({failover: undefined, sdnatService: undefined, forwarding: undefined});
  expect(kind(parseAppliance(output('')))).toBe('garbled');
  expect(kind(parseAppliance(output('', {exit: 124})))).toBe('timeout');
});

test('secrets are dropped on the host: they are not in what the script prints, and nothing of the file runs', () => {
  const sent = runWith(fixture('appliance/one_env') + 'export ONEAPP_VNF_LATE="$(touch ran)"\n');
  expect(sent).not.toMatch(/hunter|PASSWORD|TOKEN|SSH_PUBLIC_KEY|START_SCRIPT|ONEGATE/);
  expect(value(parseAppliance(output(sent)))).toMatchObject({failover: 'BACKUP', context: {...expected, ONEAPP_VNF_LATE: '$(touch ran)'}});
});

test('a secret that arrives all the same goes no further', () => {
  expect(JSON.stringify(parseAppliance(output(parts({...answer, context: fixture('appliance/one_env')}))))).not.toContain('hunter');
});

test('only virtual routers are asked', () => {
  expect(applianceCommand(context(['vtep', 'reflector']))).toEqual({kind: 'unsupported', detail: 'not a virtual router'});
  expect(applianceCommand(context(['virtual-router']))).toBe(applianceScript);
});

test('fuzz', () => {
  fuzz({name: 'vr.state', inputs: [parts(answer), parts({...answer, sdnat: 3, failover: '{"state":"BACKUP"}'})], parse: (text) => parseAppliance(output(text)), derived: ['sdnatService']});
}, 120_000);
