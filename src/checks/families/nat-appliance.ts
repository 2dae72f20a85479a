/** The virtual router itself: its VM, its failover state, its service, forwarding, and whether SDNAT is switched on. */
import {vmStateName} from '../../model/one-states.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import {missingPools} from './opennebula-view.ts';
import {contextOf, inNetwork, nameOf, nodes, routersOf, routerSubject, selected, statesOf} from './nat-router.ts';

const origin = 'OpenNebula one-apps: VRouter appliance';
const running = ({state, lcmState}: {readonly state: number; readonly lcmState: number}): boolean => state === 3 && [3, 4, 17, 24, 25, 26, 69].includes(lcmState);

export const routerVm: Check = {
  id: 'nat.router-vm', family: 'nat', origin: 'OpenNebula: virtual routers', holdS: 10,
  title: 'Each virtual router has a VM that runs',
  explanation: 'A VROUTER is an object, its VMs do the work. OpenNebula lets somebody terminate them and leaves the object empty. Of a pair for high availability, one that does not run is a warning.',
  remedy: 'Resume the VM (onevm resume), or instantiate the router anew (onevrouter instantiate).',
  run(view, out) {
    if (!view.fabric.cloud) return;
    for (const one of routersOf(view)) {
      const {router, vms, hosts} = one;
      if (!router.vrouter) continue; // not OpenNebula's
      const missing = missingPools(view, ['one.vms', 'one.vrouters']);
      if (missing.length > 0) {
        out.unknown(routerSubject(one), missing, [node.cloud()]);
        continue;
      }
      const well = vms.filter(running);
      if (well.length > 0 && well.length === router.vmIds.length) {
        out.pass(() => routerSubject(one));
        continue;
      }
      const dead = well.length === 0;
      const states = vms.map((vm) => `VM ${vm.id} ${vm.name} is ${vmStateName(vm.state, vm.lcmState)}`);
      out[dead ? 'fail' : 'warn']({
        subject: routerSubject(one),
        says: router.vmIds.length === 0 ? `virtual router ${nameOf(one)} has no VM` : `virtual router ${nameOf(one)}: ${states.join(', ') || `VM ${router.vmIds.join(', ')} is not there`}`,
        evidence: [{text: `vrouter ${router.vrouter.id}: VMs ${router.vmIds.join(', ') || 'none'}; ${states.join(', ')}`.replace(/; $/, ''), stamp: view.cloudStamp('one.vms')}],
        remedy: {text: router.vmIds.length === 0 ? `Instantiate it anew: onevrouter instantiate ${router.vrouter.id} TEMPLATE.` : `Bring the VM back: onevm resume ${router.vmIds.join(' ')}; see its log for why it stopped.`},
        breaks: dead ? [node.router(router.id), ...hosts.flatMap((host) => [node.host(host), node.access(host)])] : [],
        needs: [node.cloud(), ...router.vmIds.map(node.vm)],
      });
    }
  },
};

export const failover: Check = {
  id: 'nat.failover', family: 'nat', origin, holdS: 20,
  title: 'One appliance of each virtual router is MASTER',
  explanation: 'one-failover runs routing and SDNAT on the MASTER only; a router alone must become MASTER too. BACKUP is normal while another of the pair is MASTER. FAULT, STOP and BACKUP without a MASTER mean that nobody routes. While keepalived elects, there is none for some seconds.',
  remedy: 'On the router: rc-service keepalived status, /var/log/one-appliance/one-failover.log; restart keepalived when its interfaces are up.',
  run(view, out) {
    for (const one of routersOf(view)) {
      const states = statesOf(view, one);
      if (states.length === 0) continue; // no host of ours: nat.mapping says what is not known
      const said = states.map(([host, state]) => [host, state?.failover] as const);
      if (said.some(([, state]) => state === 'MASTER')) {
        out.pass(() => routerSubject(one));
        continue;
      }
      const silent = said.filter(([, state]) => state === undefined);
      if (silent.length > 0) {
        out.unknown(routerSubject(one), silent.map(([host]) => (view.read(host, 'vr.state') ? {source: host, probe: 'vr.state', why: '/run/one-failover.state could not be read'} : view.missing(host, 'vr.state'))));
        continue;
      }
      if (one.router.unsure !== undefined) {
        out.unknown(routerSubject(one), [{source: one.router.id, probe: 'vr.state', why: one.router.unsure}]);
        continue;
      }
      const text = said.map(([host, state]) => `${host} is ${state}`).join(', ');
      out.fail({
        subject: routerSubject(one), says: `virtual router ${nameOf(one)} has no MASTER: ${text}; nobody routes or translates`,
        evidence: said.map(([host, state]) => ({text: `${host}: /run/one-failover.state ${state}`, stamp: view.stamp(host, 'vr.state')})),
        remedy: {text: 'See why keepalived does not become MASTER: its interfaces must be up and have addresses (log: /var/log/one-appliance/one-failover.log).', command: {host: said[0]![0], script: 'rc-service keepalived restart'}},
        breaks: [node.router(one.router.id), nodes.failover(one.router.id)],
        needs: one.hosts.map(node.host),
      });
    }
  },
};

export const service: Check = {
  id: 'nat.service', family: 'nat', origin, holdS: 10,
  title: 'The SDNAT service runs on the MASTER',
  explanation: 'one-sdnat4 asks OneGate every 30 s and writes rules and addresses. Stopped on a BACKUP is normal. An appliance without OpenRC, or one whose SDNAT is not switched on, has no such service and is not reported.',
  remedy: 'rc-service one-sdnat4 restart on the router; /var/log/one-appliance/one-sdnat4.log tells why it stopped.',
  run(view, out) {
    for (const one of routersOf(view)) {
      for (const [host, state] of statesOf(view, one)) {
        const subject = {...routerSubject(one), id: `${one.router.id}/${host}`, label: `SDNAT service of ${host}`, hosts: [host]};
        if (!state) {
          out.unknown(subject, [view.missing(host, 'vr.state')]);
          continue;
        }
        if (state.failover !== 'MASTER' || state.sdnatService === undefined || !switchedOn(state.context)) continue;
        if (state.sdnatService === 'started') out.pass(() => subject);
        else {
          out.fail({
            subject, says: `one-sdnat4 on ${host} is ${state.sdnatService}: mappings are neither made nor taken away`,
            evidence: [{text: `${host}: rc-service one-sdnat4 status: ${state.sdnatService}, failover MASTER`, stamp: view.stamp(host, 'vr.state')}],
            remedy: {text: 'Start it again; /var/log/one-appliance/one-sdnat4.log tells why it stopped.', command: {host, script: 'rc-service one-sdnat4 restart'}},
            breaks: [nodes.sdnat(one.router.id)],
            needs: [nodes.failover(one.router.id)],
          });
        }
      }
    }
  },
};

const switchedOn = (context: Readonly<Record<string, string>>): boolean => context['ONEAPP_VNF_SDNAT4_ENABLED']?.toUpperCase() === 'YES';

export const forwarding: Check = {
  id: 'nat.forwarding', family: 'nat', origin, holdS: 10,
  title: 'The MASTER forwards IPv4 packets',
  explanation: 'net.ipv4.ip_forward on the appliance that is MASTER. On a BACKUP it is off, and that is normal.',
  remedy: 'sysctl -w net.ipv4.ip_forward=1 on the router, and see why one-router4 has not done it (ONEAPP_VNF_ROUTER4_ENABLED).',
  run(view, out) {
    for (const one of routersOf(view)) {
      for (const [host, state] of statesOf(view, one)) {
        const subject = {...routerSubject(one), id: `${one.router.id}/${host}`, label: `forwarding of ${host}`, hosts: [host]};
        if (!state) out.unknown(subject, [view.missing(host, 'vr.state')]);
        else if (state.failover !== undefined && state.failover !== 'MASTER') continue;
        else if (state.forwarding === undefined) out.unknown(subject, [{source: host, probe: 'vr.state', why: 'net.ipv4.ip_forward could not be read'}]);
        else if (state.forwarding) out.pass(() => subject);
        else {
          out.fail({
            subject, says: `${host} is the MASTER and forwards no packets: VMs reach nothing outside, and nothing reaches them`,
            evidence: [{text: `${host}: net.ipv4.ip_forward 0, failover ${state.failover ?? 'not known'}`, stamp: view.stamp(host, 'vr.state')}],
            remedy: {text: 'Switch forwarding on; one-router4 should do it (rc-service one-router4 status).', command: {host, script: 'sysctl -w net.ipv4.ip_forward=1'}},
            breaks: [node.router(one.router.id)],
            needs: [nodes.failover(one.router.id)],
          });
        }
      }
    }
  },
};

export const enabled: Check = {
  id: 'nat.enabled', family: 'nat', origin, holdS: 0,
  title: 'SDNAT is switched on where it is wanted, on the right interfaces',
  explanation: 'Where VMs have external aliases that this router should serve, its context must have ONEAPP_VNF_SDNAT4_ENABLED=YES and ONEAPP_VNF_SDNAT4_INTERFACES with the interface of the private network (unset means none, empty means all). A router without wanted mappings is not looked at.',
  remedy: 'Change the context of the router\'s VM (onevm updateconf, in POWEROFF for older releases), or instantiate it with these inputs.',
  run(view, out) {
    for (const one of routersOf(view)) {
      const wanted = one.router.mappings.filter(({intended}) => intended);
      if (wanted.length === 0) continue;
      const context = contextOf(view, one);
      if (!context) {
        out.unknown(routerSubject(one), one.hosts.length > 0 ? one.hosts.map((host) => view.missing(host, 'vr.state')) : [view.missingCloud('one.vms')]);
        continue;
      }
      const on = selected(context);
      const unserved = wanted.flatMap(({internal}) => (internal && !on.some((name) => inNetwork(internal, context[`${name.toUpperCase()}_IP`], context[`${name.toUpperCase()}_MASK`] ?? maskOf(view, one.hosts[0], name))) ? [internal] : []));
      const wrong = !switchedOn(context)
        ? `ONEAPP_VNF_SDNAT4_ENABLED is ${context['ONEAPP_VNF_SDNAT4_ENABLED'] ?? 'not set'}`
        : unserved.length > 0
          ? context['ONEAPP_VNF_SDNAT4_INTERFACES'] === undefined ? 'ONEAPP_VNF_SDNAT4_INTERFACES is not set, which means no interface' : `ONEAPP_VNF_SDNAT4_INTERFACES is "${context['ONEAPP_VNF_SDNAT4_INTERFACES']}": the interface of ${unserved.join(', ')} is not among them`
          : undefined;
      if (wrong === undefined) out.pass(() => routerSubject(one));
      else {
        out.fail({
          subject: routerSubject(one), says: `virtual router ${nameOf(one)} does not translate ${wanted.map(({external}) => external).join(', ')}: ${wrong}`,
          evidence: [{text: Object.entries(context).filter(([name]) => /SDNAT4|^ETH\d+_IP$/.test(name)).map(([name, value]) => `${name}="${value}"`).join(' ') || 'its context has no variable of SDNAT', ...(one.hosts[0] ? {stamp: view.stamp(one.hosts[0], 'vr.state')} : {stamp: view.cloudStamp('one.vms')})}],
          remedy: {text: 'Set ONEAPP_VNF_SDNAT4_ENABLED=YES and ONEAPP_VNF_SDNAT4_INTERFACES (for example "eth0 eth1") in the context of the router\'s VM: onevm updateconf.'},
          breaks: [nodes.sdnat(one.router.id)],
        });
      }
    }
  },
};

/** The mask of an interface as the router has it: a context may lack it. */
function maskOf(view: Parameters<Check['run']>[0], host: string | undefined, device: string): string | undefined {
  const length = host === undefined ? undefined : view.read(host, 'ip.addresses')?.find((address) => address.device === device && address.family === 'inet')?.prefixLength;
  return length === undefined ? undefined : [24, 16, 8, 0].map((shift) => ((length === 0 ? 0 : 2 ** 32 - 2 ** (32 - length)) / 2 ** shift) & 255).join('.');
}
