/** `ip link set [dev] NAME up|down|master BRIDGE|nomaster`: what it cures, and what it breaks. */
import {devicesOf, type Device} from '../derive/devices.ts';
import type {Trouble} from '../faults/trouble-shape.ts';
import {change, type SimHost, type SimWorld} from '../world.ts';
import {fails, says, type Answer} from './answer.ts';

export function setLink(world: SimWorld, host: SimHost, words: readonly string[]): Answer {
  const [name, ...rest] = words[0] === 'dev' ? words.slice(1) : words;
  const device = devicesOf(world, host).find((one) => one.name === name);
  if (!device) return fails(`Cannot find device "${name ?? ''}"`);
  const [what, value] = rest;
  switch (what) {
    case 'up':
      cure(world, host, [byHand(device), ...cured(world, device)]);
      return says('');
    case 'down':
      if (device.up) change(world, () => (world.faults = [...(world.faults ?? []), {name: byHand(device), host: host.name, since: world.now(), byHand: downed(world, device)}]));
      return says('');
    case 'master':
      if (!devicesOf(world, host).some((one) => one.name === value && one.kind === 'bridge')) return fails('Error: argument "' + (value ?? '') + '" is wrong: Device does not exist', 255);
      if (device.kind === 'vxlan') cure(world, host, [`${name} released`, ...(device.network === world.networks[0]?.vni ? ['vxlan-unenslaved'] : [])]);
      return says('');
    case 'nomaster':
      if (device.kind === 'vxlan' && device.network !== undefined && device.master !== undefined) {
        const trouble: Trouble = {vxlan: {[device.network]: {unenslaved: true}}};
        change(world, () => (world.faults = [...(world.faults ?? []), {name: `${name} released`, host: host.name, since: world.now(), byHand: trouble}]));
      }
      return says('');
    default:
      return fails(`the demo fabric does not know: ip link set ${words.join(' ')}`, 255);
  }
}

const byHand = ({name}: Device): string => `${name} set down`;
const bridgedVni = (world: SimWorld, {kind, name}: Device): number | undefined => (kind === 'bridge' ? world.networks.find(({bridge}) => bridge === name)?.vni : undefined);

/** The faults of the catalogue that end when a device is set up: they concern wg0, or the first network. */
function cured(world: SimWorld, device: Device): readonly string[] {
  const first = world.networks[0]?.vni;
  if (device.name === 'wg0') return ['wg-down'];
  if (device.kind === 'vxlan') return device.network === first ? ['vxlan-down'] : [];
  return first !== undefined && bridgedVni(world, device) === first ? ['bridge-down'] : [];
}

function downed(world: SimWorld, device: Device): Trouble {
  const vni = bridgedVni(world, device);
  if (device.name === 'wg0') return {wg: 'down'};
  if (device.kind === 'vxlan' && device.network !== undefined) return {vxlan: {[device.network]: {down: true}}};
  return vni === undefined ? {downed: [device.name]} : {vxlan: {[vni]: {bridgeDown: true}}};
}

function cure(world: SimWorld, host: SimHost, names: readonly string[]): void {
  const left = (world.faults ?? []).filter((fault) => fault.host !== host.name || !names.includes(fault.name));
  if (left.length < (world.faults ?? []).length) change(world, () => (world.faults = left));
}
