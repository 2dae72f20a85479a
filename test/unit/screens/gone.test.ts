/** What is said of a row that went: what a person saw there, and no name that only the console knows. */
import {expect, it} from 'vitest';
import {goneWords} from '../../../src/screens/gone.ts';
import type {View} from '../../../src/screens/state.ts';
import {fabricWith} from '../checks/recorded.ts';

const {fabric} = fabricWith();
const note = (view: View, id: string, left = 3): string => goneWords(view, id, {fabric, judged: undefined, events: [], left}).note;
const row = 'the row that the cursor was on is gone; ↑ ↓ goes to another';

it.each([
  ['hosts', 'kvm9', 'Host kvm9 is gone; ↑ ↓ goes to another'],
  ['vnis', 'kvm9/7', 'VNI 7 on kvm9 is gone; ↑ ↓ goes to another'],
  ['macs', '7/02:00:00:00:00:01', 'MAC 02:00:00:00:00:01 in VNI 7 is gone; ↑ ↓ goes to another'],
  ['vms', '4711', 'VM 4711 is gone; ↑ ↓ goes to another'],
  ['wg', 'kvm9/wg0/AAAA=', row],
  ['bgp', 'kvm9>192.168.0.9', row],
  ['nat', 'vrouter 9/203.0.113.9', row],
] as const)('of a row of %s', (resource, id, says) => {
  expect(note({kind: 'table', resource}, id)).toBe(says);
});
it('of a line of something else, and where nothing is left to go to', () => {
  expect(note({kind: 'finding', id: 'a.b@c'}, '→ a.b@c')).toBe(row);
  expect(note({kind: 'list', list: 'journal'}, 'run 7')).toBe(row);
  expect(note({kind: 'overview'}, 'cause a.b@c')).toBe(row);
  expect(note({kind: 'list', list: 'findings'}, 'a.b@c')).toBe(row);
  expect(note({kind: 'list', list: 'findings'}, 'a.b@c', 0)).toBe('the row that the cursor was on is gone');
});
