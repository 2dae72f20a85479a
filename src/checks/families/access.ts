/** That the console can log in to each host, with the rights that its questions take, and that clocks agree. */
import type {HostProbeId, HostState} from '../../model/fabric.ts';
import type {Evidence, Subject} from '../../model/finding.ts';
import type {Observation, Problem} from '../../model/reading.ts';
import type {Check, Out} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {accessClock} from './access-clock.ts';

export const hostSubject = (host: string): Subject => ({id: host, label: host, hosts: [host], rows: [{resource: 'hosts', id: host}]});

const sshOf = ({spec: {ssh}}: HostState): string => `${ssh.user ? `${ssh.user}@` : ''}${ssh.host}${ssh.port ? `:${ssh.port}` : ''}`;
const sshCommand = ({spec: {ssh}}: HostState): string => `ssh ${ssh.port ? `-p ${ssh.port} ` : ''}${ssh.user ? `${ssh.user}@` : ''}${ssh.host}`;

/** Hosts that are not connected right now and have not said why not: the first attempt is under way. */
const undecided = ({access: {phase, problem}}: HostState): boolean => phase !== 'ready' && problem === undefined;

/** Every name or address that the host is dialled through, where it is a host of ours. */
function jumpNeeds(view: View, state: HostState): readonly string[] {
  return state.spec.ssh.jumps.flatMap((jump) => {
    const at = jump.replace(/^.*@/, '').replace(/:\d+$/, '');
    const name = view.host(at) ? at : view.fabric.hostByAddress.get(at);
    return name === undefined || name === state.spec.name ? [] : [node.access(name)];
  });
}

/** What others say of a host that the console cannot reach: an established session or a handshake of now proves life. */
function signsOfLife(view: View, host: string): readonly Evidence[] {
  const signs: Evidence[] = [];
  for (const session of view.fabric.sessions) {
    if (session.verdict !== 'established' || (session.peerHost !== host && session.peer?.hostname !== host)) continue;
    if (view.read(session.host, 'frr.summary')) signs.push({text: `${session.host} has an established BGP session with ${host} (${session.address})`, stamp: view.stamp(session.host, 'frr.summary')});
  }
  return signs.slice(0, 3);
}

const reach: Check = {
  id: 'access.reach',
  family: 'access',
  title: 'Each host answers on its ssh port',
  explanation:
    'Looks at the connection to each host: refused, timed out, lost. Whether the host as a whole is gone or only its sshd is told by the others: while the reflector keeps an established BGP session with it, it lives. A host that refuses the key or shows another host key answers, and passes here.',
  remedy: 'Try ssh by hand. When the host is alive, look at sshd and at the firewall (port 22); when nobody hears from it, look at its console, its power and its network.',
  origin: 'NetQ check agents (fresh or rotten)',
  holdS: 0,
  run(view, out) {
    for (const [host, state] of view.fabric.hosts) {
      const {phase, problem} = state.access;
      if (phase === 'ready' || phase === 'refused') out.pass(() => hostSubject(host));
      else if (!problem) out.unknown(hostSubject(host), [view.missing(host, 'host.identity')]);
      else {
        const alive = signsOfLife(view, host);
        out.fail({
          subject: hostSubject(host),
          says: `${host} cannot be reached by ssh: ${problem.detail}${alive.length > 0 ? '; the host itself is alive' : ''}`,
          evidence: [{text: `${sshOf(state)}: ${problem.kind}: ${problem.detail} (${state.access.attempts} ${state.access.attempts === 1 ? 'attempt' : 'attempts'})`}, ...alive],
          remedy: {
            text: alive.length > 0
              ? `Only ssh is gone: see on the console of ${host} that sshd runs and that its firewall lets TCP ${state.spec.ssh.port ?? 22} in from here.`
              : `Nobody hears from ${host}: look at its power, its console and its network; then at sshd.`,
          },
          breaks: alive.length > 0 ? [node.access(host)] : [node.access(host), node.host(host)],
          // A virtual router is a VM: what takes its host or its ports away takes ssh with it.
          needs: [node.host(host), ...jumpNeeds(view, state)],
        });
      }
    }
  },
};

/** A check of the login: passes once connected, fails on its own kind of refusal, and cannot tell before that point. */
function refusal(kind: Problem['kind'], reached: readonly Problem['kind'][], says: (host: string, problem: Problem) => string, remedy: (state: HostState) => string): Check['run'] {
  return (view, out) => {
    for (const [host, state] of view.fabric.hosts) {
      const {phase, problem} = state.access;
      if (phase === 'refused' && problem?.kind === kind) {
        out.fail({
          subject: hostSubject(host),
          says: says(host, problem),
          evidence: [{text: `${sshOf(state)}: ${problem.detail}`}],
          remedy: {text: remedy(state)},
          breaks: [node.access(host)],
        });
      } else if (phase === 'ready' || (problem && phase === 'refused' && reached.includes(problem.kind))) out.pass(() => hostSubject(host));
      else out.unknown(hostSubject(host), [view.missing(host, 'host.identity')], undecided(state) ? [] : [node.access(host)]);
    }
  };
}

const hostKey: Check = {
  id: 'access.host-key',
  family: 'access',
  title: 'Each host shows the host key that is known for it',
  explanation: 'The key that the host shows is held against known_hosts, at every hop. An unknown or changed key is refused and not tried again until somebody says so: it may be a host that was installed anew, or another machine that answers at its address.',
  remedy: 'Compare the fingerprint on the console of the host; only then take the old key out (ssh-keygen -R) and accept the new one.',
  origin: 'OpenSSH StrictHostKeyChecking; RFC 4251 section 4.1',
  holdS: 0,
  run: refusal(
    'host-key', ['auth'], (host, {detail}) => `the host key of ${host} is not accepted: ${detail}`,
    (state) => `Make sure on the console of the host that the key is its own; then: ssh-keygen -R ${state.spec.ssh.host}, ${sshCommand(state)} once to accept the new one, and reconnect.`,
  ),
};

const login: Check = {
  id: 'access.login',
  family: 'access',
  title: 'Each host accepts the login',
  explanation: 'The user and key that the context gives are refused by the host. It is not tried again by itself: repeated refusals get an address banned.',
  remedy: 'Give the right user and key in the context or the ssh configuration, or put the public key into authorized_keys of that user.',
  origin: 'RFC 4252',
  holdS: 0,
  run: refusal(
    'auth', [], (host, {detail}) => `${host} refuses the login: ${detail}`,
    (state) => `Put the operator's public key into authorized_keys on ${state.spec.name} (ssh-copy-id), or name the right user and key; try: ${sshCommand(state)}.`,
  ),
};

type Failed = readonly (readonly [probe: HostProbeId, o: Observation<unknown>])[];
function failed(view: View, host: string, kind: Problem['kind'], of: (probe: string) => boolean): Failed {
  const readings = view.host(host)?.readings ?? {};
  return Object.entries(readings).flatMap(([probe, o]) => (o.problem?.kind === kind && of(probe) ? [[probe as HostProbeId, o] as const] : []));
}

/** A check of what a logged-in user gets: of no use, and not known, where there is no connection. */
function perConnection(judge: (view: View, out: Out, host: string, state: HostState) => void): Check['run'] {
  return (view, out) => {
    for (const [host, state] of view.fabric.hosts) {
      if (state.access.phase !== 'ready') out.unknown(hostSubject(host), [view.missing(host, 'host.identity')], undecided(state) ? [] : [node.access(host)]);
      else judge(view, out, host, state);
    }
  };
}

const rights: Check = {
  id: 'access.rights',
  family: 'access',
  title: 'The login of each host has the rights that reading takes',
  explanation: 'FRR wants root, sudo or the groups frrvty and frr; WireGuard and the firewall want root or sudo without a password. What is denied is not known: it counts as unknown, never as well.',
  remedy: 'Log in as root, or let the user run commands with sudo -n; for FRR alone the groups frrvty and frr are enough.',
  origin: 'FRR user guide, vty groups; wg(8): CAP_NET_ADMIN',
  holdS: 0,
  run: perConnection((view, out, host, state) => {
    const denied = failed(view, host, 'denied', () => true);
    if (denied.length === 0) {
      if (state.readings['host.identity']) out.pass(() => hostSubject(host));
      else out.unknown(hostSubject(host), [view.missing(host, 'host.identity')]);
      return;
    }
    const user = state.readings['host.identity']?.value?.user ?? state.spec.ssh.user ?? 'the user';
    const what = [...new Set(denied.map(([probe]) => readable[probe.split('.')[0]!] ?? probe))].join(', ');
    out.fail({
      subject: hostSubject(host),
      says: `${user} may not read ${what} on ${host}`,
      evidence: denied.slice(0, 4).map(([probe, o]) => ({text: `${probe}: ${o.problem?.detail ?? 'denied'}`, stamp: view.stamp(host, probe)})),
      remedy: {text: `Log in to ${host} as root, or allow ${user} to run sudo -n there${denied.some(([probe]) => probe.startsWith('frr.')) ? ' (for FRR alone: add the user to the groups frrvty and frr)' : ''}.`},
      breaks: denied.map(([probe]) => node.reading(host, probe)),
    });
  }),
};
const readable: Readonly<Record<string, string>> = {frr: 'FRR', wg: 'WireGuard', nf: 'the firewall', ip: 'links and addresses', bridge: 'the forwarding table', vr: 'the appliance state'};

const responsive: Check = {
  id: 'access.responsive',
  family: 'access',
  title: 'Each host answers in time',
  explanation: 'Commands that only ask the kernel (links, addresses, WireGuard, forwarding table, firewall) answer at once on a healthy host. One that runs into its deadline speaks of a host that swaps, is overloaded, or has a kernel lock stuck. A daemon of FRR that hangs is another matter: bgp.daemon.',
  remedy: 'Look at load, memory and kernel messages of the host (uptime, free, dmesg).',
  origin: 'NetQ check agents; own',
  holdS: 10,
  run: perConnection((view, out, host, state) => {
    const late = failed(view, host, 'timeout', (probe) => !probe.startsWith('frr.'));
    if (late.length > 0) {
      out.fail({
        subject: hostSubject(host),
        says: `${host} does not answer in time: ${late.map(([probe]) => probe).join(', ')}`,
        evidence: late.slice(0, 4).map(([probe, o]) => ({text: `${probe}: ${o.problem?.detail ?? 'no answer'} after ${Math.round(o.tookMs)} ms`, stamp: view.stamp(host, probe)})),
        remedy: {text: `Look at the load and the kernel messages of ${host}.`, command: {host, script: 'uptime; free -m; dmesg | tail -n 20'}},
        breaks: late.map(([probe]) => node.reading(host, probe)),
      });
    } else if (state.readings['host.identity']) out.pass(() => hostSubject(host));
    else out.unknown(hostSubject(host), [view.missing(host, 'host.identity')]);
  }),
};

export const accessChecks: readonly Check[] = [reach, hostKey, login, rights, responsive, accessClock];
