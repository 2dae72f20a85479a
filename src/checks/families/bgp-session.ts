/** BGP sessions that are expected: established, and where not, which setting of which side is the reason. */
import type {Evidence, Remedy} from '../../model/finding.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import type {View} from '../view.ts';
import {established, pairSubject, restsOn, sessionPairs, side, sideless, speaksGobgp, words, type SessionPair, type Side} from './bgp-pairs.ts';

export const session: Check = {
  id: 'bgp.session',
  family: 'bgp',
  title: 'Every expected BGP session is established',
  explanation:
    'Each hypervisor has a session with each reflector. The reflector listens for a range of addresses: a neighbour that goes down vanishes from its summary instead of showing as down, so sessions are held against the inventory. The subject is the pair, so the two views of one session are one finding. Differing hold timers are negotiated and normal.',
  remedy: 'The reason is mostly another finding: daemon, tunnel, firewall, or a setting of one side. Without one: log of bgpd, and TCP 179 over the underlay.',
  origin: 'NetQ check bgp 0: session establishment; check evpn 0; suzieq bgp assert; RFC 4271',
  holdS: 10,
  run(view, out) {
    for (const pair of sessionPairs(view)) {
      const {a, b, ab, ba} = pair;
      const up = established(view, pair);
      if (up === true) out.pass(() => pairSubject(pair));
      else if (up === undefined) out.unknown(pairSubject(pair), [a, b].map((host) => view.missing(host, 'frr.summary')), restsOn(pair));
      else {
        out.fail({
          subject: pairSubject(pair),
          says: `the BGP session between ${a} and ${b} is not established`,
          evidence: [...words(view, ab), ...words(view, ba)],
          remedy: {text: `Look at the log of bgpd on ${a} and ${b}, and whether TCP 179 passes between their underlay addresses.`},
          breaks: [node.session(a, b)],
          needs: [node.session(a, b), ...restsOn(pair)],
        });
      }
    }
  },
};

interface Wrong {
  readonly says: string;
  readonly evidence: readonly Evidence[];
  readonly remedy: Remedy;
}

/** A setting that must fit on both sides. An established session proves it; else both configurations are read. */
function setting(judge: (view: View, here: Side, there: Side | undefined, pair: SessionPair) => Wrong | undefined): Check['run'] {
  return (view, out) => {
    for (const pair of sessionPairs(view)) {
      if (established(view, pair) === true) {
        out.pass(() => pairSubject(pair));
        continue;
      }
      const [a, b] = [side(view, pair, pair.a), side(view, pair, pair.b)];
      const wrong = (a && judge(view, a, b, pair)) ?? (b && judge(view, b, a, pair));
      if (wrong) out.fail({subject: pairSubject(pair), ...wrong, breaks: [node.session(pair.a, pair.b)], needs: [node.bgpConfig(pair.a), node.bgpConfig(pair.b)]});
      else if (a && b) out.pass(() => pairSubject(pair));
      else {
        // GoBGP's configuration is not read: the other side alone has nothing against it.
        const lacking = [pair.a, pair.b].filter((host) => !(host === pair.a ? a : b) && !speaksGobgp(view, host));
        if (lacking.length === 0) out.pass(() => pairSubject(pair));
        else {
          const what = lacking.map((host) => sideless(view, pair, host));
          out.unknown(pairSubject(pair), what.map(({missing}) => missing), what.flatMap(({needs}) => needs));
        }
      }
    }
  };
}

const config = (view: View, {host}: Side, text: string): Evidence => ({text, stamp: view.stamp(host, 'frr.running')});
/** The name under which a setting stands: that of the peer-group, or of the neighbour itself. */
const where = ({neighbor, address}: Side): string => neighbor?.group ?? address;
const configure = ({host, config: {as}}: Side, ...lines: readonly string[]): Remedy['command'] =>
  ({host, script: `vtysh -c 'configure terminal' -c 'router bgp ${as ?? ''}' ${lines.map((line) => `-c '${line}'`).join(' ')}`});
const keep = 'It must be put into the configuration file as well.';

export const neighbor: Check = {
  id: 'bgp.neighbor',
  family: 'bgp',
  title: 'Each expected session is configured: one side dials, the other knows it',
  explanation: 'Both sides must have the other as a neighbour, by a neighbor statement or by a listen range that its address is in; and one of them must dial: two that only listen (reflectors made from one-deploy\'s templates) never meet.',
  remedy: 'neighbor ADDRESS peer-group fabric, on the side that should dial.',
  origin: 'suzieq bgp assert; one-deploy, roles/frr',
  holdS: 0,
  run: setting((view, here, there) => {
    if (here.config.as === undefined) return undefined; // bgp.configured
    const listensOnly = here.neighbor?.dynamic === true && there?.neighbor?.dynamic === true;
    if (here.neighbor && !listensOnly) return undefined;
    return {
      says: listensOnly ? `${here.host} and ${here.other} both listen and neither dials` : `${here.host} has no neighbour ${here.address} (${here.other})`,
      evidence: [config(view, here, listensOnly ? `${here.host} has ${here.address} by a listen range, ${here.other} has ${there.address} by one` : `running configuration of ${here.host}: no neighbor ${here.address}, no listen range with it`)],
      remedy: {text: `Make ${here.other} a neighbour on ${here.host}. ${keep}`, command: configure(here, `neighbor ${here.address} remote-as ${there?.config.as ?? here.config.as}`, 'address-family l2vpn evpn', `neighbor ${here.address} activate`)},
    };
  }),
};

export const as: Check = {
  id: 'bgp.as',
  family: 'bgp',
  title: 'Both ends of each session agree on the AS of the other',
  explanation: 'The AS that one side is configured to find must be the one that the other has. Otherwise OPEN is answered with a notification (bad peer AS) and the session never comes up.',
  remedy: 'neighbor ADDRESS remote-as AS, with the AS of the other side.',
  origin: 'suzieq bgp assert: asn mismatch; RFC 4271 section 6.2',
  holdS: 0,
  run: setting((view, here, there) => {
    const expects = here.neighbor?.remoteAs;
    const own = there?.config.as ?? view.read(here.other, 'frr.summary')?.as;
    if (expects === undefined || own === undefined || here.config.as === undefined) return undefined;
    const agrees = expects === 'internal' ? own === here.config.as : expects === 'external' ? own !== here.config.as : expects === own;
    if (agrees) return undefined;
    return {
      says: `${here.host} expects ${here.other} in AS ${expects}; ${here.other} is in AS ${own}`,
      evidence: [config(view, here, `${here.host}: neighbor ${where(here)} remote-as ${expects}`), {text: `${here.other}: router bgp ${own}`, stamp: view.stamp(here.other, 'frr.running')}],
      remedy: {text: `Say on ${here.host} that ${here.other} is in AS ${own}, if that is the right one. ${keep}`, command: configure(here, `neighbor ${where(here)} remote-as ${own}`)},
    };
  }),
};

export const password: Check = {
  id: 'bgp.password',
  family: 'bgp',
  title: 'Either both ends of a session have a password, or none has',
  explanation: 'With a password (TCP MD5) on one side only, the kernel drops the segments of the other: the session stays in Connect or Active, without a reason in bgpd. Passwords are never read, only whether there is one: two that differ cannot be told from here.',
  remedy: 'Set the same password on both sides, or none.',
  origin: 'RFC 2385; ANTA VerifyBGPPeerMD5Auth',
  holdS: 0,
  run: setting((view, here, there) => {
    if (!here.neighbor?.password || !there?.neighbor || there.neighbor.password) return undefined;
    return {
      says: `${here.host} has a password for ${here.other}, ${here.other} has none for ${here.host}`,
      evidence: [config(view, here, `${here.host}: neighbor ${where(here)} password (not read)`), config(view, there, `${there.host}: neighbor ${where(there)} has no password`)],
      remedy: {text: `Take the password from ${here.host}, or set the same one on ${here.other}. ${keep}`, command: configure(here, `no neighbor ${where(here)} password`)},
    };
  }),
};

export const shutdown: Check = {
  id: 'bgp.shutdown',
  family: 'bgp',
  title: 'No expected neighbour is shut down by configuration',
  explanation: 'A neighbour that somebody has shut down shows as Idle (Admin) there, and as silence on the other side.',
  remedy: 'no neighbor ADDRESS shutdown, when the work is done.',
  origin: 'suzieq bgp assert: interface admin down; FRR user guide',
  holdS: 0,
  run: setting((view, here, _there, pair) => {
    const own = here.host === pair.a ? pair.ab : pair.ba;
    const idle = own?.peer?.state.includes('Admin') === true && view.read(here.host, 'frr.summary') !== undefined;
    if (!idle && !here.neighbor?.shutdown) return undefined;
    return {
      says: `${here.other} is shut down as a neighbour on ${here.host}`,
      evidence: [...(idle ? words(view, own) : []), ...(here.neighbor?.shutdown ? [config(view, here, `${here.host}: neighbor ${where(here)} shutdown`)] : [])],
      remedy: {text: `Take the shutdown away on ${here.host}. ${keep}`, command: configure(here, `no neighbor ${where(here)} shutdown`), action: {id: 'bgp.no-shutdown', params: {host: here.host, neighbor: where(here)}}},
    };
  }),
};

export const addressFamily: Check = {
  id: 'bgp.address-family',
  family: 'bgp',
  title: 'l2vpn evpn is activated for the neighbour on both sides',
  explanation: 'A neighbour for which the address family is not activated has no EVPN session: with no family at all, FRR does not even open the connection ("No AFI/SAFI activated for peer").',
  remedy: 'address-family l2vpn evpn; neighbor ADDRESS activate.',
  origin: 'NetQ check bgp 1: address families; suzieq bgp assert: not all AFI/SAFIs enabled; RFC 4760',
  holdS: 0,
  run: setting((view, here) => {
    if (!here.neighbor || here.neighbor.activated) return undefined;
    return {
      says: `l2vpn evpn is not activated for ${here.other} on ${here.host}`,
      evidence: [config(view, here, `${here.host}, address-family l2vpn evpn: no "neighbor ${where(here)} activate"`)],
      remedy: {text: `Activate it on ${here.host}. ${keep}`, command: configure(here, 'address-family l2vpn evpn', `neighbor ${where(here)} activate`)},
    };
  }),
};
