/** The built-in runbooks that make a fabric out of bare hosts, in their order, with what has to be given to them here. */
import {readFileSync} from 'node:fs';
import {parse} from 'yaml';
import {frontend, type Site} from './site.ts';

export interface Link {
  readonly runbook: string;
  readonly inputs: readonly string[];
}

/** The operator's key, for grant-access. */
export const operatorKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGwqTcVQ0wdf5L5rCv2pJb6VJQmMRqPzYcUu1oVdVqk3 operator@example';

export function chainOf({lab}: Site): readonly Link[] {
  const hypervisors = lab.plan().machines.filter(({role}) => role === 'hypervisor').map(({publicAddress}) => publicAddress);
  return [
    {runbook: 'readiness', inputs: []},
    {runbook: 'grant-access', inputs: [`frontend=${frontend}`, `addresses=${hypervisors.join(',')}`, 'user=root', `key=${operatorKey}`]},
    {runbook: 'backup', inputs: []},
    {runbook: 'wireguard-mesh', inputs: []},
    {runbook: 'firewall-fabric', inputs: []},
    {runbook: 'bgp-evpn', inputs: ['keepalive=3', 'hold=9', 'connect=3']},
    {runbook: 'evpn-network', inputs: []},
    {runbook: 'multi-edge-cluster', inputs: ['vnets=private_evpn,public']},
    {runbook: 'appliances', inputs: []},
    {runbook: 'virtual-router', inputs: lab.plan().publicNetworks.length > 1 ? ['public=public'] : []},
    {runbook: 'test-vms', inputs: []},
  ];
}
export const argsOf = ({runbook, inputs}: Link): readonly string[] => [runbook, ...inputs.flatMap((one) => ['--input', one])];

/** The steps of a built-in runbook, by its file. */
export const stepsOf = (runbook: string): readonly string[] =>
  (parse(readFileSync(new URL(`../../../src/runbooks/builtin/${runbook}.yaml`, import.meta.url), 'utf8')) as {readonly steps: readonly {readonly id: string}[]}).steps.map(({id}) => id);
export const firstStep = (runbook: string): string => stepsOf(runbook)[0]!;
