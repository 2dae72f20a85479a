/** What asking for routes would cost the reflector, told before it is asked. Figures: FRR 8.4.4 with 100,000 type-2 routes. */
import type {HostState} from '../model/fabric.ts';
import type {RouteCost, RouteScope} from './source.ts';

const bytesPerPath = 164; // text form
const waitMsPerPath = 0.26 / 100; // what another query waits for bgpd meanwhile
const heavyPaths = 20_000;

export function estimateCost(host: HostState | undefined, scope: RouteScope): RouteCost {
  const summary = host?.readings['frr.summary']?.value;
  if (scope.rd !== undefined) return {paths: undefined, heavy: false, sentence: `only the routes of RD ${scope.rd}`};
  if (scope.type === 3) return {paths: undefined, heavy: false, sentence: 'type-3 routes: one per VTEP and VNI'};
  if (!summary) return {paths: undefined, heavy: true, sentence: `the size of the table on ${scope.host} is not known: its BGP summary has not been read`};
  const received = summary.peers.reduce((sum, peer) => sum + (peer.prefixesReceived ?? 0), 0);
  const paths = Math.max(received, summary.ribCount ?? 0);
  const megabytes = (paths * bytesPerPath) / 1e6;
  const wait = paths * waitMsPerPath;
  return {
    paths,
    heavy: paths > heavyPaths,
    sentence: `about ${paths.toLocaleString('en')} paths, ${megabytes.toFixed(1)} MB${wait >= 20 ? `; bgpd on ${scope.host} answers nobody else for about ${(wait / 1000).toFixed(2)} s` : ''}`,
  };
}
