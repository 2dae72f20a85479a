/** A layer of Overview is no better than what was found in it, whatever its rows say each by itself. */
import {describe, expect, it} from 'vitest';
import type {Finding} from '../../../src/model/finding.ts';
import type {Tone} from '../../../src/model/tone.ts';
import type {Layer} from '../../../src/rows/health.ts';
import {judged, type Judged} from '../../../src/screens/judged.ts';
import {bounded} from '../../../src/screens/diagnosing.ts';
import {overviewLines} from '../../../src/screens/overview.ts';
import {detectTheme} from '../../../src/theme/theme.ts';

const now = 1_700_000_000_000;
const finding = (id: string, family: Finding['family'], outcome: Finding['outcome'], symptoms: readonly Finding[] = []): Finding => ({
  id, check: id.split('@')[0] ?? '', family, outcome, says: `${id} is so`, since: now - 60_000, evidence: [], remedy: undefined, missing: [], breaks: [], needs: [], symptoms,
  subject: {id, label: id, hosts: [], rows: []},
});
const judgedOf = (...causes: readonly Finding[]): Judged => judged(bounded({at: now, causes, suspected: [], counts: {'bgp.session': {pass: 4, warn: 0, fail: 0, unknown: 0}}}));
const layersOf = (tone: Tone): readonly Layer[] => [
  {id: 'wireguard', title: 'WireGuard', resource: 'wg', tone, summary: '6 peers ok'},
  {id: 'bgp', title: 'BGP', resource: 'bgp', tone, summary: '4 sessions ok'},
];
/** The word for the tone of each layer, and the rest of its line. */
const layers = (state: Judged | undefined, tone: Tone = 'ok'): Readonly<Record<string, string>> => {
  const lines = overviewLines({parts: {map: [], readings: []}, layers: layersOf(tone), causes: state?.diagnosis.causes ?? [], judged: state, failed: undefined, events: [], cursor: 99, width: 100, height: 40, now, theme: detectTheme({NO_COLOR: '1', TERM: 'dumb'})});
  return Object.fromEntries(['WireGuard', 'BGP'].map((title) => [title, lines.find((line) => line.slice(0, 20).includes(title))?.slice(4).trim().replace(/^\S+ +/, '') ?? '']));
};

describe('the tone of a layer', () => {
  it('is that of its rows while nothing is found in it, or nothing is judged yet', () => {
    expect(layers(undefined)).toEqual({WireGuard: 'ok       6 peers ok', BGP: 'ok       4 sessions ok'});
    expect(layers(judgedOf())).toEqual(layers(undefined));
    expect(layers(judgedOf(), 'bad')).toMatchObject({BGP: expect.stringMatching(/^bad /) as string});
  });
  it.each([['fail', 'bad'], ['warn', 'warn'], ['unknown', 'unknown']] as const)('that reads well is no better than a cause in it: %s', (outcome, tone) => {
    expect(layers(judgedOf(finding('bgp.session@x', 'bgp', outcome)))).toEqual({WireGuard: 'ok       6 peers ok', BGP: expect.stringMatching(new RegExp(`^${tone} `)) as string});
  });
  it('is no better than a symptom of a cause in another layer', () => {
    const state = judgedOf(finding('wireguard.interface@kvm2', 'wireguard', 'fail', [finding('bgp.session@x', 'bgp', 'warn')]));
    expect(layers(state)).toMatchObject({WireGuard: expect.stringMatching(/^bad /) as string, BGP: expect.stringMatching(/^warn /) as string});
  });
  it('is not bettered by what is found', () => {
    expect(layers(judgedOf(finding('bgp.session@x', 'bgp', 'warn')), 'bad')).toMatchObject({BGP: expect.stringMatching(/^bad /) as string});
  });
  it('that has nothing to say is what was found in it', () => {
    expect(layers(judgedOf(finding('bgp.session@x', 'bgp', 'warn')), 'muted')).toMatchObject({WireGuard: expect.stringMatching(/^muted /) as string, BGP: expect.stringMatching(/^warn /) as string});
  });
  it('is never beside words that all is well there', () => {
    const state = judgedOf(finding('wireguard.interface@kvm2', 'wireguard', 'fail', [finding('bgp.session@x', 'bgp', 'fail')]));
    expect(Object.values(layers(state)).join('\n')).not.toContain(' ok');
    expect(layers(state)).toMatchObject({WireGuard: expect.stringContaining('wireguard.interface@kvm2 is so') as string, BGP: expect.stringContaining('bgp.session@x is so') as string});
  });
});
