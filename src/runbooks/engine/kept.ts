/**
 * Scripts that the journal keeps so that a step can be taken up again, verified and undone. It hides what looks like a
 * secret, and a script that has lost something is never sent: so such a step is refused before it changes anything. Pure.
 */
import {redacted} from '../../actions/redact.ts';

/** Why a script could not be used again, the end of a sentence; undefined: the journal keeps the whole of it. */
export function notKept(script: string): string | undefined {
  const kept = redacted(script);
  if (kept === script) return undefined;
  let same = 0;
  while (script[same] === kept[same]) same += 1;
  const before = script.slice(script.lastIndexOf('\n', same - 1) + 1, same).slice(-30);
  return `what stands after "${before}" looks like a secret: the journal does not keep it, so the step could be neither taken up again nor undone; read it on the host, from a file into a shell variable`;
}
