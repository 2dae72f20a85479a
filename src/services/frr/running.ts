/** `show running-config`. Pure. Passwords are replaced on the host (commands.ts), and once more here. */
import type {RunningConfig} from '../../model/frr.ts';
import {bad, good, type Reading} from '../../model/reading.ts';
import {sanitizeText} from '../../text/sanitize.ts';

const maxText = 256 * 1024;

export function parseRunning(stdout: string): Reading<RunningConfig> {
  if (!/^(Current configuration:|frr version |!$)/m.test(stdout)) return bad('garbled', 'show running-config: no configuration in the answer');
  const text = redact(sanitizeText(stdout.slice(0, maxText)));
  const first = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1];
  const every = (pattern: RegExp): readonly string[] => [...new Set([...text.matchAll(pattern)].map((match) => match[1]!))];
  return good({
    text,
    version: first(/^frr version (\S{1,40})/m),
    hostname: first(/^hostname (\S{1,255})/m),
    as: first(/^router bgp (\d[\d.]{0,20})/m),
    routerId: first(/^ bgp router-id (\S{1,45})/m),
    clusterId: first(/^ bgp cluster-id (\S{1,45})/m),
    advertiseAllVni: /^ +advertise-all-vni$/m.test(text),
    neighbors: every(/^ +neighbor (\S{1,100}) (?:remote-as|interface|peer-group)/gm),
    listenRanges: every(/^ +bgp listen range (\S{1,50})/gm),
  });
}

/** The words before a secret, as an extended regular expression that sed and JavaScript both read. */
export const secretWords = '(password|key-string|authentication-key|authentication string|pre-shared-key|secret|md5)';
const secret = new RegExp(`((^|[ \\t])${secretWords}[ \\t]+)\\S.*$`, 'gim');
const redact = (text: string): string => text.replace(secret, '$1<removed>');
