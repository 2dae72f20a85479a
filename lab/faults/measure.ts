import {recordTruth} from '../truth.ts';
import type {Truth, WayTruth} from '../truth.ts';
import type {Lab} from '../lab.ts';
import {disagrees} from './expectations.ts';
import type {Size, Stage} from './fault.ts';
import {labFault} from './index.ts';

const sizes: readonly Size[] = ['small', 'full'];
const patienceMs = 12_000;

/** What was expected otherwise, in words. */
export const surprises = (name: string, truth: Truth, stage: Stage): string[] => {
  const fault = labFault(name);
  if (!fault) throw new Error(`no fault ${name}`);
  return truth.ways.flatMap(way => sizes.flatMap(size => {
    const verdict = fault.expects(way, size, stage);
    return disagrees(verdict, way[size]) ? [`${way.from} > ${way.to}, ${way.kind}, ${size}: should ${verdict}`] : [];
  }));
};

/** The truth as soon as it is what `wrong` has nothing to say against, else the last one: a busy machine may lose a ping. */
export const truthOnce = async (lab: Lab, wrong: (truth: Truth) => readonly string[]): Promise<{truth: Truth; wrong: readonly string[]}> => {
  const end = performance.now() + patienceMs;
  for (;;) {
    const truth = await recordTruth(lab);
    const complaints = wrong(truth);
    if (complaints.length === 0 || performance.now() > end) return {truth, wrong: complaints};
  }
};

export const lost = (ways: readonly WayTruth[], size: Size): WayTruth[] => ways.filter(way => !way[size]);
