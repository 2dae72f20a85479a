/** What GoBGP says, where it speaks BGP in FRR's place. */
import type {BgpPeer} from './frr.ts';

/** `gobgp global -j`, `gobgp neighbor -j`. Peers are in the words of FRR's summary, so that sessions are read alike. */
export interface GobgpSpeaker {
  readonly as: string;
  readonly routerId: string;
  readonly peers: readonly BgpPeer[];
}
