/** `fabric.checks`: the console's own checks over readings that are made anew, as a step that has to hold. Looks only. */
import {fails, openNebula, passes, unknown, warns} from '../../actions/action.ts';
import {createDiagnoser} from '../../checks/diagnose.ts';
import {selectChecks} from '../../checks/run.ts';
import type {Condition, SourceReads} from '../../model/action.ts';
import type {Finding} from '../../model/finding.ts';
import type {Fabric} from '../../model/fabric.ts';
import type {Observation} from '../../model/reading.ts';
import type {StepFunction} from '../model.ts';
import {listOf, numberOf} from './words.ts';

/** What is read of a source at all: a probe that has no business there would never be read anew. */
const probesOf = (readings: Readonly<Record<string, Observation<unknown> | undefined>>): readonly string[] =>
  Object.entries(readings).filter(([, one]) => one !== undefined && one.problem?.kind !== 'unsupported').map(([probe]) => probe);

const readsOf = (fabric: Fabric): readonly SourceReads[] => [
  ...[...fabric.hosts.values()].map(({spec, readings}) => ({source: spec.name, probes: probesOf(readings as Readonly<Record<string, Observation<unknown>>>)})),
  ...(fabric.cloud ? [{source: openNebula, probes: [...new Set([...probesOf(fabric.cloud.readings as Readonly<Record<string, Observation<unknown>>>), 'one.clusters', 'one.datastores'])]}] : []),
].filter(({probes}) => probes.length > 0);

const conditionOf = ({check, outcome, says, evidence}: Finding): Condition => (outcome === 'fail' ? fails : outcome === 'warn' ? warns : unknown)(check, says, evidence);

export const fabricChecks: StepFunction = {
  name: 'fabric.checks',
  description: 'checks of "evpn-tui checks" hold: read anew, and once more until they do',
  with: {include: {description: 'families, checks or globs: bgp, vxlan.port, fdb.*; none: all of them'}, exclude: {description: 'not these'}, within: {description: 'seconds until they hold, 40'}},
  work: async (ctx, call) => {
    const {checks, unmatched} = selectChecks(listOf(call.with, 'include'), listOf(call.with, 'exclude'));
    if (unmatched.length > 0) throw new Error(`there is no check "${unmatched[0]}"; evpn-tui checks lists them`);
    const diagnose = createDiagnoser({hold: false, checks});
    const reads = readsOf(ctx.fabric());
    await ctx.reread(reads);
    let {causes, counts} = diagnose(ctx.fabric(), ctx.now());
    // What converges, or was only missed once, is over soon.
    if (causes.some(({outcome}) => outcome !== 'warn')) {
      await ctx.until(reads, (fabric) => {
        ({causes, counts} = diagnose(fabric, ctx.now()));
        return causes.every(({outcome}) => outcome === 'warn') || undefined;
      }, numberOf(call.with, 'within', 40) * 1000);
    }
    const passed = Object.values(counts).reduce((sum, {pass}) => sum + pass, 0);
    const nothing = passed === 0 && causes.length === 0 ? [unknown('checks', 'there is nothing that these checks are about')] : [];
    return [{id: 'checks', conditions: [...causes.map(conditionOf), ...nothing, ...(passed > 0 ? [passes('checks', `${checks.length} checks, ${passed} times passed`)] : [])]}];
  },
};

