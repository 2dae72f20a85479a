import {expect, it} from 'vitest';
import {hostStateName, imageStateName, vmStateName, vnetStateName} from '../../../src/model/one-states.ts';

it('names states as OpenNebula does, and shows the number of one it does not know', () => {
  const vm: readonly (readonly [number, number, string])[] = [
    [3, 3, 'RUNNING'], [3, 4, 'MIGRATE'], [3, 16, 'UNKNOWN'], [3, 25, 'HOTPLUG_NIC'], [3, 35, 'BOOT_MIGRATE'], [3, 43, 'PROLOG_MIGRATE_POWEROFF'], [3, 51, 'DISK_SNAPSHOT_POWEROFF'],
    [3, 57, 'DISK_SNAPSHOT'], [3, 59, 'DISK_SNAPSHOT_DELETE'], [3, 65, 'HOTPLUG_NIC_POWEROFF'], [3, 69, 'BACKUP'], [3, 71, 'RESTORE'], [3, 13, 'LCM 13'], [3, 58, 'LCM 58'], [3, 72, 'LCM 72'],
    [1, 0, 'PENDING'], [2, 0, 'HOLD'], [6, 0, 'DONE'], [8, 0, 'POWEROFF'], [8, 3, 'POWEROFF'], [11, 0, 'CLONING_FAILURE'], [12, 0, 'state 12'], [-1, 0, 'state -1'],
  ];
  for (const [state, lcm, name] of vm) expect([state, lcm, vmStateName(state, lcm)]).toEqual([state, lcm, name]);
  expect([0, 2, 3, 4, 8, 9].map(hostStateName)).toEqual(['INIT', 'MONITORED', 'ERROR', 'DISABLED', 'OFFLINE', 'state 9']);
  expect([1, 5, 6, 7].map(vnetStateName)).toEqual(['READY', 'ERROR', 'UPDATE_FAILURE', 'state 7']);
  expect([1, 4, 10, 11].map(imageStateName)).toEqual(['READY', 'LOCKED', 'LOCKED_USED_PERS', 'state 11']);
});
