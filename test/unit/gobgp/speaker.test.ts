import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {parseSpeaker} from '../../../src/services/gobgp/speaker.ts';
import {fuzz} from '../fuzz.ts';

const fixture = (name: string): string => readFileSync(new URL(`../../fixtures/gobgp/${name}.json`, import.meta.url), 'utf8');
const clockS = 1_795_242_053;
const answer = (stdout: string, exit = 0) => ({exit, stdout, stderr: '', truncated: false});
const whole = answer(`${fixture('global')}\n${fixture('neighbor')}\n${clockS}\n`);

describe('GoBGP as speaker', () => {
  it('reads what gobgpd 3.10 says of itself and of its neighbour', () => {
    expect(parseSpeaker(whole)).toEqual({ok: true, value: {as: '65001', routerId: '192.168.0.4', peers: [{
      address: '192.168.0.1', hostname: undefined, remoteAs: '65000', state: 'Established', established: true, uptimeMs: 43_000, prefixesReceived: 13, prefixesSent: undefined,
      messagesReceived: 27, messagesSent: 23, dynamic: false, timesEstablished: undefined, timesDropped: undefined, description: undefined,
    }]}});
  });

  it('tells a dead gobgpd from one that is not there', () => {
    expect(parseSpeaker(answer(fixture('dead'), 1))).toMatchObject({ok: false, problem: {kind: 'not-running'}});
    expect(parseSpeaker(answer('', 127))).toMatchObject({ok: false, problem: {kind: 'not-installed'}});
    expect(parseSpeaker(answer('', 124))).toMatchObject({ok: false, problem: {kind: 'timeout'}});
  });

  it('counts a neighbour that is not established as down, with an administrator\'s hand in it or not', () => {
    const down = (state: string) => parseSpeaker(answer(`{"asn":65001,"router_id":"192.0.2.1"}\n[{"conf":{"neighbor_address":"192.0.2.9","peer_asn":65000},"state":{${state}}}]\n${clockS}`));
    expect(down('"session_state":3')).toMatchObject({value: {peers: [{state: 'Active', established: false, prefixesReceived: undefined}]}});
    expect(down('"session_state":1,"admin_state":1')).toMatchObject({value: {peers: [{state: 'Idle (Admin)', established: false}]}});
  });

  it('never takes half an answer for a whole one', () => {
    for (const length of [10, 100, whole.stdout.length - 200]) expect(parseSpeaker(answer(whole.stdout.slice(0, length)))).toMatchObject({ok: false, problem: {kind: 'garbled'}});
  });

  it('stands whatever comes', () => {
    expect(() => fuzz({name: 'GoBGP speaker', inputs: [whole.stdout, fixture('dead')], parse: (stdout) => parseSpeaker(answer(stdout)), runs: 2000, derived: ['state', 'uptimeMs', 'prefixesReceived']})).not.toThrow();
  });
});
