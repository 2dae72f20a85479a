/** What has to be so before the fabric is built, and only OpenNebula or several hosts together can tell. Looks only. */
import {fails, openNebula, passes, unknown} from '../../actions/action.ts';
import type {Condition} from '../../model/action.ts';
import type {StepFunction} from '../model.ts';
import {numberOf} from './words.ts';

const monitored = 2;

export const hostsOn: StepFunction = {
  name: 'readiness.hosts-on',
  description: 'every host of OpenNebula is MONITORED (ON)',
  with: {},
  work: async (ctx) => {
    const {cloud} = ctx.fabric();
    if (!cloud) return [{id: 'opennebula', already: 'there is no OpenNebula in this context'}];
    const problems = await ctx.reread([{source: openNebula, probes: ['one.hosts']}]);
    const hosts = ctx.fabric().cloud?.readings['one.hosts']?.value;
    if (!hosts || problems.length > 0) return [{id: 'opennebula', conditions: [unknown('hosts are ON', problems[0]?.detail ?? 'OpenNebula was not read')]}];
    const conditions = hosts.map((host): Condition => (host.state === monitored ? passes(`${host.name} is ON`, `host ${host.id} is monitored`) : fails(`${host.name} is ON`, `host ${host.id} is in state ${host.state}, not ON (2)`)));
    return [{id: 'opennebula', conditions: conditions.length > 0 ? conditions : [fails('hosts are ON', 'OpenNebula has no host')]}];
  },
};

export const clocks: StepFunction = {
  name: 'readiness.clocks',
  description: 'the clock of each host agrees with the console\'s',
  with: {skew: {description: 'seconds that it may differ, 30'}},
  work: (ctx, call) => Promise.all(call.hosts.map(async (host) => {
    const most = numberOf(call.with, 'skew', 30);
    const before = ctx.now();
    const answer = await ctx.ask.host(host, 'date +%s');
    const after = ctx.now();
    const name = `the clock of ${host}`;
    if (!answer.ok || !/^\d{9,11}$/.test(answer.stdout.trim())) return {id: host, host, conditions: [unknown(name, answer.ok ? 'date gave no number' : answer.problem.detail)]};
    const theirs = Number(answer.stdout.trim());
    // Whole seconds, read at some time between the two: only what is certain counts.
    const off = Math.max(0, before / 1000 - (theirs + 1), theirs - after / 1000);
    return {id: host, host, conditions: [off <= most ? passes(name, `within ${Math.ceil(off)} s of the console's`) : fails(name, `${Math.floor(off)} s from the console's: handshakes and certificates of others may be refused, ages mean nothing`)]};
  })),
};
