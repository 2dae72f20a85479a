import type {BgpVni, ZebraVni} from '../../../../src/model/frr.ts';
import {fails, lost, reads, specOf, unread, type Edit} from '../recorded.ts';
import type {Case} from '../case.ts';

const each = (checks: readonly string[], name: string, edits: readonly Edit[], expect: Case['expect']): readonly Case[] => checks.map((check) => ({check, name, edits, expect}));
const bgp = (host: string, vni: number, change: Partial<BgpVni>): Edit => reads(host, 'frr.bgp-vnis', (all) => ({...all, vnis: all.vnis.map((one) => (one.vni === vni ? {...one, ...change} : one))}));
const zebra = (host: string, vni: number, change: Partial<ZebraVni>): Edit => reads(host, 'frr.vnis', (all) => all.map((one) => (one.vni === vni ? {...one, ...change} : one)));
const notInBgp = reads('kvm2', 'frr.bgp-vnis', (all) => ({...all, vnis: all.vnis.filter(({vni}) => vni !== 2)}));
const silent = reads('kvm2', 'frr.bgp-vnis', (all) => ({...all, advertiseAllVni: false}));
const noVxlan = reads('kvm2', 'ip.links', (all) => all.filter(({vxlan}) => !vxlan));
const others = {kvm1: '192.168.0.2', kvm3: '192.168.0.4'} as const;

export const cases: readonly Case[] = [
  ...each(['evpn.advertise-all-vni', 'evpn.vni', 'evpn.route-targets', 'evpn.rd', 'evpn.originator', 'evpn.flood', 'evpn.duplicate-detection'], 'healthy', [], {outcome: 'pass'}),
  ...each(['evpn.vni', 'evpn.route-targets', 'evpn.originator'], 'not read', [unread('kvm2', 'frr.bgp-vnis')], {outcome: 'unknown', subject: 'kvm2/2', says: /kvm2 frr\.bgp-vnis/, needs: ['bgpd kvm2']}),

  {check: 'evpn.advertise-all-vni', name: 'missing', edits: [silent], expect: {outcome: 'fail', subject: 'kvm2', says: /advertise-all-vni is missing/, breaks: ['evpn-config kvm2', 'reading kvm2 frr.vnis'], only: true}},
  {check: 'evpn.advertise-all-vni', name: 'nothing to advertise', edits: [silent, noVxlan], expect: {outcome: 'not-applicable', subject: 'kvm2'}},
  {check: 'evpn.advertise-all-vni', name: 'not read', edits: [unread('kvm2', 'frr.bgp-vnis')], expect: {outcome: 'unknown', subject: 'kvm2', only: true}},
  {check: 'evpn.vni', name: 'bgpd does not have it', edits: [notInBgp], expect: {outcome: 'fail', subject: 'kvm2/2', says: /bgpd on kvm2 does not have VNI 2/, breaks: ['vni kvm2/2'], needs: ['device kvm2/2'], only: true}},
  {check: 'evpn.vni', name: 'neither has it', edits: [notInBgp, reads('kvm2', 'frr.vnis', (all) => all.filter(({vni}) => vni !== 2))], expect: {outcome: 'fail', subject: 'kvm2/2', says: /zebra and bgpd on kvm2 do not have VNI 2/, only: true}},
  {check: 'evpn.vni', name: 'a multicast group is none of EVPN\'s', edits: [notInBgp, reads('kvm2', 'ip.links', (all) => all.map((link) => (link.vxlan?.vni === 2 ? {...link, vxlan: {...link.vxlan, group: '239.0.0.2'}} : link)))], expect: {outcome: 'pass'}},
  {check: 'evpn.vni', name: 'zebra is dead', edits: [fails('kvm2', 'frr.vnis', 'not-running')], expect: {outcome: 'unknown', subject: 'kvm2/2', needs: ['zebra kvm2']}},

  {check: 'evpn.route-targets', name: 'one of its own', edits: [bgp('kvm2', 2, {importRts: ['65000:9999'], exportRts: ['65000:9999']})], expect: {outcome: 'fail', subject: 'kvm2/2', says: /imports nothing of the other hosts and exports what they do not import[\s\S]*import 65000:9999/, breaks: ['vni kvm2/2'], only: true}},
  {check: 'evpn.route-targets', name: 'one against one: the derived one is right', edits: [lost('kvm3'), bgp('kvm1', 2, {importRts: ['65000:9999'], exportRts: ['65000:9999']})], expect: {outcome: 'fail', subject: 'kvm1/2'}},
  {check: 'evpn.route-targets', name: 'derived from another AS', edits: [reads('kvm2', 'frr.summary', (s) => ({...s, as: '65002'})), bgp('kvm2', 2, {importRts: ['65002:2'], exportRts: ['65002:2']})], expect: {outcome: 'pass'}},
  {check: 'evpn.route-targets', name: 'it exports another', edits: [bgp('kvm2', 2, {exportRts: ['65000:9999']})], expect: {outcome: 'fail', subject: 'kvm2/2', says: /exports what they do not import/, only: true}},
  {check: 'evpn.rd', name: 'two hosts', edits: [bgp('kvm2', 2, {rd: '192.168.0.2:2'})], expect: {outcome: 'fail', subject: '192.168.0.2:2', says: /VNI 2 on kvm1 and VNI 2 on kvm2/, needs: ['evpn-config kvm2'], only: true}},
  {check: 'evpn.rd', name: 'not read', edits: [unread('kvm2', 'frr.bgp-vnis')], expect: {outcome: 'unknown', subject: 'kvm2', only: true}},
  {check: 'evpn.originator', name: 'the public address', edits: [bgp('kvm2', 2, {originator: '203.0.113.12'})], expect: {outcome: 'fail', subject: 'kvm2/2', says: /as VTEP 203\.0\.113\.12, its underlay address is 192\.168\.0\.3/, needs: ['device kvm2/2'], only: true}},

  {check: 'evpn.flood', name: 'one is missing, in both networks: one finding', edits: [2, 3].map((vni) => zebra('kvm2', vni, {remoteVteps: [others.kvm3]})), expect: {outcome: 'fail', subject: 'kvm2>kvm1', says: /kvm2 does not flood to kvm1 in VNI 2, 3/, breaks: ['flood kvm2>kvm1/2', 'flood kvm2>kvm1/3'], needs: ['exchange kvm1>kvm2', 'vni kvm1/2'], only: true}},
  {check: 'evpn.flood', name: 'one that is no host', edits: [zebra('kvm2', 2, {remoteVteps: [others.kvm1, others.kvm3, '172.20.0.0']})], expect: {outcome: 'warn', subject: 'kvm2>172.20.0.0', says: /no host of ours/, only: true}},
  {check: 'evpn.flood', name: 'a host that is not read is not missed, and not too many', edits: [lost('kvm3')], expect: {outcome: 'unknown', subject: 'kvm3', only: true}},
  {check: 'evpn.flood', name: 'an address that may be that of a host whose addresses were never read', edits: [zebra('kvm2', 2, {remoteVteps: [others.kvm1, others.kvm3, '172.20.0.0']}), unread('kvm3', 'ip.addresses'), specOf('kvm3', {underlayAddress: undefined})], expect: {outcome: 'unknown', subject: 'kvm2>172.20.0.0', says: /kvm3 ip\.addresses/, needs: ['underlay kvm3']}},
  {check: 'evpn.flood', name: 'a VNI that bgpd is told of on a host without its device', edits: [
    reads('kvm3', 'ip.links', (all) => all.filter(({name}) => !['wg0.3', 'onebr.3', 'one-6-0'].includes(name))), reads('kvm3', 'frr.vnis', (all) => all.filter(({vni}) => vni !== 3)), bgp('kvm3', 3, {inKernel: false}),
    zebra('kvm1', 3, {remoteVteps: ['192.168.0.3']}), zebra('kvm2', 3, {remoteVteps: [others.kvm1]}),
  ], expect: {outcome: 'pass'}},
  {check: 'evpn.flood', name: 'at its public address it is known all the same', edits: [zebra('kvm1', 2, {remoteVteps: ['203.0.113.12', others.kvm3]})], expect: {outcome: 'pass'}},
  {check: 'evpn.flood', name: 'not read', edits: [unread('kvm2', 'frr.vnis')], expect: {outcome: 'unknown', subject: 'kvm2', needs: ['zebra kvm2'], only: true}},
  {check: 'evpn.duplicate-detection', name: 'one differs', edits: [reads('kvm2', 'frr.evpn', (e) => ({...e, freezeTimeS: 300}))], expect: {outcome: 'warn', subject: 'kvm2', says: /freeze 300 s/, only: true}},
  {check: 'evpn.duplicate-detection', name: 'not read', edits: [unread('kvm2', 'frr.evpn')], expect: {outcome: 'unknown', subject: 'kvm2', only: true}},
];
