import {execFileSync} from 'node:child_process';
import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {FrrVersion} from '../../../src/model/frr.ts';
import {commandNames, daemonsScript, neighborsScript, routeQuestion, runningScript, shellText, sizedMacsScript, summaryScript, versionScript, vtyshCall} from '../../../src/services/frr/commands.ts';
import {frrProbes} from '../../../src/services/frr/probes.ts';

const v = (text: string): FrrVersion => {
  const [major, minor, patch = 0] = text.split('.').map(Number);
  return {text, major: major!, minor: minor!, patch};
};
const versions = [undefined, ...['7.5.1', '8.1', '8.4.4', '8.5', '9.0', '10.0', '10.3', '10.5.1', '10.7.1', '11.0'].map(v)];
const given = {rd: '192.168.0.2:2', vni: 2, type: 2, mac: '02:00:ac:11:02:0a'};

describe('the list of commands', () => {
  const everything = versions.flatMap((version) => [
    ...commandNames.map((name) => shellText(name, version, given)),
    ...[{}, {type: 2}, {rd: given.rd}, {vni: 2}, {type: 5, vni: 3}].map((scope) => {
      const question = routeQuestion(scope, version);
      return 'script' in question ? question.script : question;
    }),
    ...frrProbes.map((probe) => probe.command({spec: {} as never, readings: {'frr.version': version && ({value: version} as never)}})),
  ]).filter((text) => typeof text === 'string');

  test('never holds the form that kills bgpd, for any version', () => {
    expect(everything.length).toBeGreaterThan(300);
    for (const text of everything) expect(text).not.toMatch(/route\s+vni\s+all/);
  });

  test('only shows: nothing that configures, clears or debugs', () => {
    for (const text of everything) for (const [, asked] of text.matchAll(/-c '([^']*)'/g)) expect(asked).toMatch(/^show [a-z0-9 .:-]+$/);
  });

  test('leaves no history on the host, and always names vtysh so', () => {
    for (const text of everything) {
      expect(text.match(/\bvtysh /g)?.length).toBeGreaterThan(0);
      expect(text.replaceAll('env HOME=/dev/null vtysh ', '')).not.toContain('vtysh ');
      expect(text).not.toContain('vtysh -H'); // 7.5.1 knows no such option
    }
  });

  test('asks only the daemon that answers', () => {
    expect(vtyshCall('summary-json', undefined)).toBe("env HOME=/dev/null vtysh -d bgpd -c 'show bgp l2vpn evpn summary json'");
    expect(vtyshCall('vnis-json', undefined)).toBe("env HOME=/dev/null vtysh -d zebra -c 'show evpn vni json'");
    expect(vtyshCall('daemons', undefined)).toBe("env HOME=/dev/null vtysh -c 'show daemons'");
  });

  test.each([
    ['routes-of-rd-json', {rd: "1:1'; reboot; '"}],
    ['routes-of-rd-json', {rd: 'all'}],
    ['routes-of-rd-json', {rd: '192.168.0.2:2 json'}],
    ['routes-of-rd-json', {}],
    ['macs-of-vni-json', {vni: 0}],
    ['macs-of-vni-json', {vni: 16_777_216}],
    ['macs-of-vni-json', {vni: 2.5}],
    ['macs-of-vni-json', {vni: 'all' as unknown as number}],
    ['macs-of-vni-json', {vni: '2; reboot' as unknown as number}],
    ['routes-of-type', {type: 6}],
    ['route-of-mac', {vni: 2, mac: '02:00:ac:11:02:0A; reboot'}],
  ] as const)('%s refuses %j', (name, args) => {
    expect(vtyshCall(name, v('8.4.4'), args)).toMatchObject({kind: 'unsupported'});
  });

  test.each([
    ['version-json', '10.7.1', true],
    ['version-json', '10.3', false],
    ['routes-of-vni', '8.4.4', true],
    ['routes-of-vni', '10.3', false],
    ['routes-of-vni', '10.7.1', false],
    ['route-of-mac', '10.3', false],
  ] as const)('%s on %s: %s', (name, version, listed) => {
    const text = shellText(name, v(version), given);
    if (listed) expect(text).toContain('show ');
    else expect(text).toMatchObject({kind: 'unsupported', detail: expect.stringMatching(/8\.5|10\.7/) as string});
  });

  test('what is not known to be safe is not sent to a version that is not known', () => {
    expect(shellText('routes-of-vni', undefined, given)).toMatchObject({kind: 'unsupported'});
  });

  test('a scope is read in the narrowest form that keeps the RD, and says when it is wider', () => {
    expect(routeQuestion({type: 3}, v('10.3'))).toMatchObject({script: expect.stringContaining("'show bgp l2vpn evpn route type 3'") as string, form: 'text', wider: false});
    expect(routeQuestion({vni: 2}, v('10.3'))).toMatchObject({script: expect.stringContaining("'show bgp l2vpn evpn route'") as string, wider: true});
    expect(routeQuestion({vni: 2, type: 2}, v('8.4.4'))).toMatchObject({script: expect.stringContaining("route type 2'") as string, wider: true});
    expect(routeQuestion({rd: given.rd}, v('8.4.4'))).toMatchObject({script: expect.stringContaining('route rd 192.168.0.2:2 json') as string, form: 'json', wider: false});
    expect(routeQuestion({rd: '$(reboot):1'}, v('8.4.4'))).toMatchObject({kind: 'unsupported'});
  });
});

/** The scripts in a real sh, with a vtysh that answers from files and logs what it is asked. */
describe('the scripts', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'frr-commands-'));
  });
  afterAll(() => rmSync(folder, {recursive: true, force: true}));

  const run = (script: string, cases: string): {out: string; exit: number; asked: string[]} => {
    writeFileSync(join(folder, 'vtysh'), `#!/bin/sh\nfor last; do :; done\nprintf '%s %s\\n' "$2" "$last" >> ${folder}/log\ncase "$2 $last" in\n${cases}\n*) echo "no case" >&2; exit 9;;\nesac\n`);
    chmodSync(join(folder, 'vtysh'), 0o755);
    writeFileSync(join(folder, 'log'), '');
    let out = '';
    let exit = 0;
    try {
      out = execFileSync('/bin/sh', ['-c', script], {encoding: 'utf8', env: {PATH: `${folder}:/usr/bin:/bin`}, stdio: ['ignore', 'pipe', 'ignore']});
    } catch (error) {
      const failed = error as {status: number; stdout: string};
      [out, exit] = [failed.stdout, failed.status];
    }
    return {out, exit, asked: execFileSync('cat', [join(folder, 'log')], {encoding: 'utf8'}).trim().split('\n')};
  };

  test('running-config leaves the host without passwords, and keeps the exit status of vtysh', () => {
    const config = "*running-config) printf '%s\\n' 'password zebra8' 'hostname kvm1' ' neighbor 192.0.2.1 password s3cret word' '  key-string abc' 'service password-encryption' ' ip ospf message-digest-key 1 md5 hunter2'; exit 3;;";
    const {out, exit} = run(runningScript, config);
    expect(out.split('\n')).toEqual(['password <removed>', 'hostname kvm1', ' neighbor 192.0.2.1 password <removed>', '  key-string <removed>', 'service password-encryption', ' ip ospf message-digest-key 1 md5 <removed>', '']);
    expect(exit).toBe(3);
  });

  test('an empty summary asks for the words, a full one does not', () => {
    const empty = `*summary\\ json) echo '{}';;\n*summary) echo '% BGP instance not found';;\n*neighbors\\ json) echo '{}';;`;
    expect(run(summaryScript, empty).out).toBe('{}\n% BGP instance not found\n');
    expect(run(neighborsScript, empty).out).toBe('{}\n% BGP instance not found\n');
    expect(run(summaryScript, `*json) echo '{"peers":{}}';;`).asked).toHaveLength(1);
    expect(run(summaryScript, '*json) exit 1;;')).toMatchObject({exit: 1, asked: {length: 1}});
  });

  test('daemons: one question when vtysh answers, each daemon by itself when it hangs', () => {
    expect(run(daemonsScript, "*daemons) echo ' zebra bgpd';;")).toMatchObject({out: ' zebra bgpd\n', exit: 0, asked: {length: 1}});
    expect(run(daemonsScript, '*daemons) exit 1;;')).toMatchObject({exit: 1, asked: {length: 1}});
    const hung = run(daemonsScript, '*bgpd*) exit 124;;\nzebra*daemons) echo " zebra";;\n*daemons) exit 124;;');
    expect(hung.out).toBe('\nstate zebra 0\nstate bgpd 124\n');
    expect(hung.exit).toBe(0);
  });

  test('version: a bgpd that is dead or hangs does not hide it', () => {
    expect(run(versionScript, "bgpd*) sleep 30;;\nzebra*) echo 'FRRouting 8.4.4 (kvm1)';;")).toMatchObject({out: 'FRRouting 8.4.4 (kvm1)\n', exit: 0});
    expect(run(versionScript, "bgpd*) exit 1;;\nzebra*) echo 'FRRouting 8.4.4 (kvm1)';;")).toMatchObject({out: 'FRRouting 8.4.4 (kvm1)\n', exit: 0});
  });

  test('MACs are counted on the host first: too many are not asked for', () => {
    const vnis = (macs: number): string => `*vni\\ json) printf '{\\n  "2":{\\n    "vni":2,\\n    "numMacs":${macs},\\n    "numArpNd":0\\n  },\\n  "3":{"vni":3,"numMacs":7}\\n}\\n';;\n*mac*) echo '{"2":{"numMacs":0}}';;`;
    expect(run(sizedMacsScript(5000), vnis(4994)).out).toBe('MACs: 5001\n');
    expect(run(sizedMacsScript(5000), vnis(4993)).out).toBe('{"2":{"numMacs":0}}\n');
    expect(run(sizedMacsScript(5000), "*vni\\ json) exit 1;;\n*mac*) echo '{}';;").out).toBe('{}\n');
  });
});
