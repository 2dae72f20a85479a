/** What a fault does to a way through the fabric, in the few forms that there are. */
import type {Way} from '../truth.ts';
import type {LabFault, Size, Stage, Verdict} from './fault.ts';
import {hostOf, otherThan, vniOn} from './inside.ts';

type Expects = LabFault['expects'];
type Touches = (way: Way, stage: Stage, size: Size) => boolean;

const overlayEnds = (way: Way, {plan}: Stage): readonly [string, string] => [way.kind === 'sdnat' ? plan.router.name : way.from, way.to];
const hosts = (way: Way, stage: Stage): readonly string[] => overlayEnds(way, stage).map(end => hostOf(stage.plan, end));

/** Between the target and another hypervisor. */
export const crossing: Touches = (way, stage) => hosts(way, stage).filter(host => host === stage.target).length === 1;
/** Between the target and the one other hypervisor that the fault is about. */
export const toOther: Touches = (way, stage) => crossing(way, stage, 'small') && hosts(way, stage).includes(otherThan(stage.plan, stage.target).name);
/** Has an end on the target. */
export const touching: Touches = (way, stage) => hosts(way, stage).includes(stage.target);
/** Between any two hypervisors. */
export const between: Touches = (way, stage) => new Set(hosts(way, stage)).size === 2;
/** In the network that the fault is done to. */
export const inNetwork = (touches: Touches): Touches => (way, stage, size) => way.vni === vniOn(stage.plan, stage.target) && touches(way, stage, size);
/** Only full frames. */
export const full = (touches: Touches): Touches => (way, stage, size) => size === 'full' && touches(way, stage, size);
/** Sent from the target. */
export const fromTarget: Touches = (way, stage) => hosts(way, stage)[0] === stage.target;
export const sentBy = (end: (stage: Stage) => string): Touches => (way, stage) => way.from === end(stage);
export const withEnd = (end: (stage: Stage) => string): Touches => (way, stage) => overlayEnds(way, stage).includes(end(stage));
export const sdnat: Touches = way => way.kind === 'sdnat';
export const either = (...all: readonly Touches[]): Touches => (way, stage, size) => all.some(touches => touches(way, stage, size));
export const both = (...all: readonly Touches[]): Touches => (way, stage, size) => all.every(touches => touches(way, stage, size));

export const breaksNothing: Expects = () => 'pass';
export const breaks = (touches: Touches): Expects => (way, size, stage) => touches(way, stage, size) ? 'fail' : 'pass';
/** What is touched may or may not pass. */
export const unsettles = (touches: Touches): Expects => (way, size, stage) => touches(way, stage, size) ? 'any' : 'pass';

export const disagrees = (verdict: Verdict, passed: boolean): boolean => verdict !== 'any' && passed !== (verdict === 'pass');
