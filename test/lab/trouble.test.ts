/** Hosts that die, hang, refuse or lie, on the lab: their rows say what happened and since when, all else stays live. */
import {spawn, type ChildProcess} from 'node:child_process';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {up, type Lab} from '../../lab/lab.ts';
import {whyNoLab} from '../../lab/requirements.ts';
import {sh} from './independent.ts';
import type {Watched} from './watch-in-ops.ts';

const why = whyNoLab();

describe.skipIf(why)(`trouble on the lab${why ? ` (lab: not run: ${why})` : ''}`, () => {
  let lab: Lab;
  let watch: ChildProcess;
  let latest: Watched | undefined;
  const waiting = new Set<() => void>();

  beforeAll(async () => {
    lab = await up({name: 'trouble', hosts: 2, vnis: [2]});
    await lab.converge();
    const [command = '', ...prefix] = lab.prefix('ops');
    watch = spawn(command, [...prefix, process.execPath, join(import.meta.dirname, 'watch-in-ops.ts'), lab.files.inventory, lab.files.sshConfig], {stdio: ['pipe', 'pipe', 'inherit']});
    createInterface({input: watch.stdout!}).on('line', (line) => {
      latest = JSON.parse(line) as Watched;
      for (const check of waiting) check();
    });
    await until('everything is read', (w) => ['ingress', 'kvm1', 'kvm2', 'vr'].every((host) => w.hosts[host]?.phase === 'ready' && w.hosts[host].readings['ip.links']?.at));
  });
  afterAll(async () => {
    watch?.stdin?.end();
    await new Promise((resolve) => (watch ? watch.once('exit', resolve) : resolve(undefined)));
    await lab?.down();
  });

  function until(what: string, fits: (w: Watched) => unknown, ms = 60_000): Promise<Watched> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (latest && fits(latest)) {
          clearTimeout(timer);
          waiting.delete(check);
          resolve(latest);
        }
      };
      const timer = setTimeout(() => {
        waiting.delete(check);
        reject(new Error(`not seen: ${what}; last: ${brief(latest)}`));
      }, ms);
      waiting.add(check);
      check();
    });
  }
  const of = (w: Watched, host: string, probe: string) => w.hosts[host]?.readings[probe];
  const problem = (host: string, probe: string, kind: string | null) => (w: Watched) => of(w, host, probe)?.problem === kind;
  const well = (host: string) => until(`${host} is well`, (w) => w.hosts[host]?.phase === 'ready' && problem(host, 'frr.summary', null)(w) && problem(host, 'wg.interfaces', null)(w) && problem(host, 'frr.vnis', null)(w));

  it('bgpd stopped by a signal: its readings time out, the rest of the host and all others stay live', async () => {
    await sh(lab, 'kvm1', 'kill -STOP $(cat /run/frr/bgpd.pid)');
    try {
      const hung = await until('the summary times out', problem('kvm1', 'frr.summary', 'timeout'));
      // Well after the first time-out, what does not need bgpd must be younger than the time-out, again and again.
      for (let turn = 0; turn < 3; turn++) {
        const after = latest!.at;
        const live = await until('WireGuard and links go on', (w) => (of(w, 'kvm1', 'wg.interfaces')?.at ?? 0) > after && (of(w, 'kvm2', 'frr.summary')?.at ?? 0) > after && problem('kvm1', 'wg.interfaces', null)(w), 12_000);
        expect(of(live, 'kvm1', 'frr.summary')?.problem).toBe('timeout');
      }
      expect(of(hung, 'kvm1', 'frr.summary')?.since).toBeGreaterThan(0);
      expect(of(latest!, 'kvm1', 'frr.summary')?.since).toBe(of(hung, 'kvm1', 'frr.summary')?.since);
    } finally {
      await sh(lab, 'kvm1', 'kill -CONT $(cat /run/frr/bgpd.pid)');
    }
    await well('kvm1');
  });

  it('bgpd dead: said so, with FRR\'s own words', async () => {
    await sh(lab, 'kvm2', 'kill -9 $(cat /run/frr/bgpd.pid)');
    const dead = await until('not running', problem('kvm2', 'frr.summary', 'not-running'));
    expect(of(dead, 'kvm2', 'frr.summary')?.detail).toContain('bgpd is not running');
    expect(of(dead, 'kvm2', 'wg.interfaces')?.problem).toBeNull();
  });

  it('a host whose sshd and connections die: unreachable since then, everything of it stale, then retried', async () => {
    await sh(lab, 'kvm1', 'kill $(cat /run/sshd.pid); pkill -9 sshd || true');
    const lost = await until('kvm1 is lost', (w) => w.hosts['kvm1']?.phase === 'waiting');
    expect(lost.hosts['kvm1']?.problem).toBe('unreachable');
    await until('all its readings say so', (w) => Object.values(w.hosts['kvm1']!.readings).every((r) => r.problem !== null));
    const after = latest!.at;
    await until('others go on', (w) => (of(w, 'kvm2', 'wg.interfaces')?.at ?? 0) > after);
  });

  it('a changed host key: refused, not retried, until somebody asks and the key is right again', async () => {
    const files = '/etc/ssh/ssh_host_ed25519_key';
    const config = (await sh(lab, 'ingress', 'grep -il hostkey /etc/ssh/* | head -1')).trim();
    const key = (await sh(lab, 'ingress', `sed -n 's/^HostKey *//p' ${config} | head -1`)).trim() || files;
    await sh(lab, 'ingress', `cp -p ${key} ${key}.right && rm ${key} && ssh-keygen -q -t ed25519 -N '' -f ${key} && kill -HUP $(cat /run/sshd.pid) && sleep 0.3; pkill -f '[s]shd: root' || true`);
    const refused = await until('refused', (w) => w.hosts['ingress']?.phase === 'refused');
    expect(refused.hosts['ingress']?.problem).toBe('host-key');
    await sh(lab, 'ingress', `mv ${key}.right ${key} && kill -HUP $(cat /run/sshd.pid)`);
    watch.stdin?.write('refresh\n');
    await well('ingress');
  });

  it('a vtysh that answers 100 MB, garbage and control characters: its rows say so, memory stays, nothing else is harmed', async () => {
    const before = latest!.heapMB;
    // Inside this machine's own mount namespace: nobody else has this vtysh.
    await sh(lab, 'ingress', `cat > /run/vtysh-evil <<'EOF'
#!/bin/sh
case "$*" in
  *summary*) yes '{"peers": "\\033]0;owned\\007' | head -c 100000000;;
  *) printf '\\033[2J\\033]52;c;ZXZpbA==\\007{"a": [[[[[';;
esac
EOF
chmod +x /run/vtysh-evil && mount --bind /run/vtysh-evil $(command -v vtysh)`);
    try {
      const lied = await until('too big', (w) => ['too-big', 'garbled'].includes(of(w, 'ingress', 'frr.summary')?.problem ?? ''));
      await until('garbled', problem('ingress', 'frr.vnis', 'garbled'));
      const after = latest!.at;
      await until('WireGuard of the same host goes on', (w) => (of(w, 'ingress', 'wg.interfaces')?.at ?? 0) > after);
      for (const reading of Object.values(latest!.hosts['ingress']!.readings)) expect(reading.detail ?? '').not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
      expect(lied.heapMB).toBeLessThan(before + 60);
    } finally {
      await sh(lab, 'ingress', 'umount -l $(command -v vtysh)');
    }
    await well('ingress');
  });
});

/** Only what is not well, for a failure message that a person can read. */
function brief(w: Watched | undefined): string {
  return Object.entries(w?.hosts ?? {}).map(([name, {phase, problem, readings}]) => `${name} ${phase} ${problem ?? ''} ${Object.entries(readings).filter(([, r]) => r.problem).map(([id, r]) => `${id}=${r.problem}`).join(' ')}`).join('\n');
}
