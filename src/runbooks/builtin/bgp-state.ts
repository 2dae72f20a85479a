/** What FRR of a host runs and what its files say, read by one script that changes nothing; passwords are cut out there. */
import type {ActionContext} from '../../model/action.ts';
import {secretWords} from '../../services/frr/running.ts';
import {sanitizeText} from '../../text/sanitize.ts';

export interface FrrState {
  /** `show running-config`; undefined: bgpd does not run. */
  readonly running: string | undefined;
  readonly zebraRuns: boolean;
  readonly bgpdEnabled: boolean; // /etc/frr/daemons
  readonly integrated: string | undefined; // frr.conf
  readonly perDaemon: string | undefined; // bgpd.conf
}

const mark = '-- evpn-tui:';
const taken = '<removed>';
/** A line whose password was cut out on the host: sent back, FRR would take what stands there for the password. */
export const hasLost = (line: string): boolean => line.includes(taken);
const redacted = `sed -E 's/((^|[ \\t])${secretWords}[ \\t]+)[^ \\t].*$/\\1${taken}/I'`;
const script = `cd /etc/frr || { echo 'there is no /etc/frr: is FRR installed?' >&2; exit 3; }
export HOME=/dev/null
echo '${mark}daemons'; cat daemons
for file in frr.conf bgpd.conf; do [ ! -e $file ] || { echo "${mark}$file"; ${redacted} $file; }; done
if timeout 5 vtysh -H /dev/null -d zebra -c 'show version' >/dev/null 2>&1; then echo '${mark}zebra'; fi
if timeout 5 vtysh -H /dev/null -d bgpd -c 'show version' >/dev/null 2>&1; then echo '${mark}running'; timeout 10 vtysh -H /dev/null -c 'show running-config' | ${redacted}; fi
exit 0
`;

/** Throws a sentence when it cannot be read. */
export async function frrStateOf(ctx: ActionContext, host: string): Promise<FrrState> {
  const answer = await ctx.ask.host(host, script, 30);
  if (!answer.ok) throw new Error(`${host}: ${answer.problem.detail}`);
  if (answer.exit !== 0) throw new Error(`${host}: ${sanitizeText(answer.stderr).trim() || `exit ${answer.exit}`}`);
  const parts = new Map(sanitizeText(answer.stdout).split(`${mark}`).slice(1).map((part) => {
    const end = part.indexOf('\n');
    return [part.slice(0, end), part.slice(end + 1)] as const;
  }));
  return {
    running: parts.get('running'), zebraRuns: parts.has('zebra'), bgpdEnabled: /^bgpd=(yes|"yes"|1)/m.test(parts.get('daemons') ?? ''),
    integrated: parts.get('frr.conf'), perDaemon: parts.get('bgpd.conf'),
  };
}
