/** Virtual machines as OpenNebula has them: failed, stuck on the way, or with an error on their record. */
import {vmStateName} from '../../model/one-states.ts';
import type {OneVm} from '../../model/cloud.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {indexOf, oneCommand, placeOf, pool, vmSubject} from './opennebula-view.ts';

const active = 3;
const stateOf = ({state, lcmState}: OneVm): string => vmStateName(state, lcmState);
const hostOf = (view: View, vm: OneVm): string | undefined => {
  const at = placeOf(vm);
  return at && indexOf(view).ours.get(at.id);
};
const isFailed = (vm: OneVm): boolean => /FAIL|^UNKNOWN$/.test(stateOf(vm));
/** What a VM rests on: its host, in OpenNebula's eyes and in fact. */
const needsOf = (view: View, vm: OneVm): readonly string[] => {
  const host = hostOf(view, vm);
  const at = placeOf(vm);
  return [node.cloud(), ...(vm.state === active && at ? [node.oneHost(host ?? at.name)] : []), ...(host ? [node.host(host)] : [])];
};

export const vmState: Check = {
  id: 'opennebula.vm-state', family: 'opennebula', holdS: 0,
  title: 'No VM is in a failed or unknown state',
  explanation: 'States whose name says FAILURE, and UNKNOWN: OpenNebula has lost the VM (its host does not answer, or libvirt no longer knows it). POWEROFF, SUSPENDED, HOLD and the like are what somebody wants.',
  remedy: 'The error of the VM and /var/log/one/ID.log on the front-end say why. Then onevm recover --retry, or --failure to go back.',
  origin: 'OpenNebula: VM states (include/VirtualMachine.h)',
  run(view, out) {
    for (const vm of pool(view, out, 'one.vms') ?? []) {
      if (!isFailed(vm)) {
        out.pass(() => vmSubject(vm, hostOf(view, vm)));
        continue;
      }
      const at = placeOf(vm);
      out.fail({
        subject: vmSubject(vm, hostOf(view, vm)), says: `VM ${vm.id} ${vm.name} is ${stateOf(vm)}`,
        evidence: [
          {text: `VM ${vm.id}: state ${vm.state}, LCM ${vm.lcmState} (${stateOf(vm)})${at ? `, on ${hostOf(view, vm) ?? at.name}` : ''}`, stamp: view.cloudStamp('one.vms')},
          ...(vm.error ? [{text: `its error: ${vm.error}`, stamp: view.cloudStamp('one.vms')}] : []),
        ],
        remedy: stateOf(vm) === 'UNKNOWN'
          ? {text: `See whether the domain runs on ${at?.name ?? 'its host'} (virsh list) and whether OpenNebula's monitoring of the host works; once it does, the state corrects itself.`}
          : oneCommand(view, `Read /var/log/one/${vm.id}.log, repair the reason, then try again (or give it up with --failure)`, `onevm recover ${vm.id} --retry`),
        breaks: [node.vm(vm.id)],
        needs: needsOf(view, vm),
      });
    }
  },
};

/** States that pass by themselves, and have a history record of their own: so their age is known. LCM_INIT, PROLOG, BOOT, MIGRATE … */
const passing = new Set([0, 1, 2, 4, 7, 8, 9, 31, 32, 35, 43, 45, 60]);
const patienceS = 900;

export const vmStuck: Check = {
  id: 'opennebula.vm-stuck', family: 'opennebula', holdS: 60,
  title: 'No VM is stuck on its way',
  explanation: 'A VM that is started or migrated passes through states (PROLOG, BOOT, MIGRATE …) in seconds to minutes. One that has been in such a state for more than 15 minutes, by its history, is reported; a live migration that never ends shows so. PENDING means that no host takes the VM: a warning, when it lasts.',
  remedy: 'A stuck migration: onevm recover --failure takes the VM back to its source, --success says that it has arrived; see first where the domain runs (virsh list on both). PENDING: the scheduler\'s words are in the VM\'s template (SCHED_MESSAGE) and in sched.log.',
  origin: 'OpenNebula: VM states; onevm recover',
  run(view, out) {
    for (const vm of pool(view, out, 'one.vms') ?? []) {
      const pending = vm.state === 1;
      const start = vm.state === active && passing.has(vm.lcmState) ? vm.history.at(-1)?.start : undefined;
      const age = start === undefined ? 0 : view.now / 1000 - start;
      if (!pending && age <= patienceS) {
        out.pass(() => vmSubject(vm, hostOf(view, vm)));
        continue;
      }
      const at = placeOf(vm);
      out.warn({
        subject: vmSubject(vm, hostOf(view, vm)),
        says: pending ? `VM ${vm.id} ${vm.name} is PENDING: no host has taken it yet` : `VM ${vm.id} ${vm.name} has been ${stateOf(vm)} for ${Math.round(age / 60)} minutes`,
        evidence: [{text: `VM ${vm.id}: ${stateOf(vm)}${at ? `, ${at.name} since ${Math.round(age / 60)} minutes` : ''}${vm.error ? `; ${vm.error}` : ''}`, stamp: view.cloudStamp('one.vms')}],
        remedy: {text: pending ? `onevm show ${vm.id}: SCHED_MESSAGE says why no host is good enough.` : `See on which host the domain one-${vm.id} runs (virsh list). Then onevm recover ${vm.id} --failure (back to the source) or --success (it has arrived).`},
        needs: needsOf(view, vm),
      });
    }
  },
};

export const vmError: Check = {
  id: 'opennebula.vm-error', family: 'opennebula', holdS: 0,
  title: 'No VM that runs has an error on its record',
  explanation: 'The ERROR attribute of a VM stays after the action that failed (an attach, a migration, a snapshot), while the VM itself may run well. Of VMs in a failed state, opennebula.vm-state tells it.',
  remedy: 'Read it; repeat what failed. It goes with the next action that succeeds, or with onevm update.',
  origin: 'OpenNebula: USER_TEMPLATE/ERROR',
  run(view, out) {
    for (const vm of pool(view, out, 'one.vms') ?? []) {
      if (vm.error === undefined || isFailed(vm)) out.pass(() => vmSubject(vm, hostOf(view, vm)));
      else {
        out.warn({
          subject: vmSubject(vm, hostOf(view, vm)), says: `VM ${vm.id} ${vm.name} has an error on its record: ${vm.error}`,
          evidence: [{text: `VM ${vm.id}: ${stateOf(vm)}; ERROR ${vm.error}`, stamp: view.cloudStamp('one.vms')}],
          remedy: {text: `Something that was asked of the VM has failed (/var/log/one/${vm.id}.log). Repeat it, or remove the attribute: onevm update ${vm.id}.`},
          needs: needsOf(view, vm),
        });
      }
    }
  },
};
