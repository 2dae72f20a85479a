/** `show evpn [json]`: counts and the duplicate-address detection. Pure. */
import type {EvpnSettings} from '../../model/frr.ts';
import {bad, good, type Reading} from '../../model/reading.ts';
import {countOf, flagOf, isObject, readJson} from './json.ts';
import {silence} from './refusal.ts';

export function parseSettings(stdout: string): Reading<EvpnSettings> {
  const json = /^\s*\{/.test(stdout) ? readJson(stdout)?.documents[0] : undefined;
  if (silence(stdout) || (isObject(json) && Object.keys(json).length === 0)) return bad('not-configured', 'EVPN is off in zebra: no advertise-all-vni, or bgpd is not running');
  if (isObject(json)) {
    if (json['numVnis'] === undefined && json['numL2Vnis'] === undefined) return bad('garbled', 'show evpn: the JSON is not what it prints');
    return good({
      l2Vnis: countOf(json['numL2Vnis']),
      l3Vnis: countOf(json['numL3Vnis']),
      duplicateDetection: flagOf(json['isDuplicateAddrDetection']),
      maxMoves: countOf(json['maxMoves']),
      detectionTimeS: countOf(json['detectionTime']),
      // "permanent" is a freeze without an end, printed as a string
      freezeTimeS: countOf(json['detectionFreezeTime']),
    });
  }
  const l2 = /^L2 VNIs: (\d{1,8})$/m.exec(stdout);
  if (!l2) return bad('garbled', 'show evpn: no "L2 VNIs" in the answer');
  const detection = /^ {2}Detection max-moves (\d{1,6}), time (\d{1,6})$/m.exec(stdout);
  const dad = /^Duplicate address detection: (Enable|Disable)/m.exec(stdout)?.[1];
  return good({
    l2Vnis: countOf(l2[1]),
    l3Vnis: countOf(/^L3 VNIs: (\d{1,8})$/m.exec(stdout)?.[1]),
    duplicateDetection: dad === undefined ? undefined : dad === 'Enable',
    maxMoves: countOf(detection?.[1]),
    detectionTimeS: countOf(detection?.[2]),
    freezeTimeS: countOf(/^ {2}Detection freeze (\d{1,6})$/m.exec(stdout)?.[1]),
  });
}
