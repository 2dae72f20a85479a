/**
 * Who is heard of one round of the console's reading: what it reads, what it names as the cause, what it tells of each
 * way. The round is repeated until nobody is surprised, or time is up. A new judge is an entry here, and what it must be
 * told a question in protocol.ts.
 */
import type {Stage} from '../../lab/faults/index.ts';
import type {Plan} from '../../lab/plan.ts';
import {waysOf} from '../../lab/truth.ts';
import type {Truth} from '../../lab/truth.ts';
import {causes, inLab} from '../contract/diagnosis/causes.ts';
import {expectations, surprises} from '../contract/faults/expectations.ts';
import type {Facts} from '../contract/faults/facts.ts';
import type {Answers, AskedWay, ToldCause} from './protocol.ts';
import {traceSurprises} from './trace-judge.ts';

/** Asked of the console in each round. */
export function questions(plan: Plan): {readonly facts: true; readonly diagnosis: true; readonly traces: readonly AskedWay[]} {
  const {there, back} = waysOf(plan);
  return {facts: true, diagnosis: true, traces: [...there, ...back].map(({from, to, kind, vni}) => ({from, to, kind, vni}))};
}
export type Reading = Answers<ReturnType<typeof questions>>;

/** What was to be read: under a fault, or (`fault` undefined) with nothing wrong. */
export interface Case {
  readonly fault: {readonly name: string; readonly stage: Stage} | undefined;
  readonly healthy: Facts; // before any fault
  readonly truth: Truth; // measured at the same time
}

export interface Judge {
  readonly name: 'facts' | 'diagnosis' | 'traces';
  /** What is not as it should be, in words; empty: nothing surprises. */
  readonly surprises: (reading: Reading, it: Case) => readonly string[];
}

/** The causes that are named under a fault, as finding ids. */
export const causesOf = (fault: string): readonly string[] => [inLab[fault] ?? causes[fault] ?? []].flat();
export const inWords = ({id, outcome, says, explains}: ToldCause): string => `${outcome} ${id} (${says}${explains.length > 0 ? `; explains ${explains.join(' ')}` : ''})`;

export const judges: readonly Judge[] = [
  {
    name: 'facts',
    surprises: ({facts}, {fault, healthy}) => {
      const expectation = fault ? expectations[fault.name] : {changes: {}};
      return expectation ? surprises(healthy, facts, expectation) : [`what ${fault?.name} looks like is not said in expectations.ts`];
    },
  },
  {
    name: 'diagnosis',
    surprises: ({diagnosis}, {fault}) => {
      const expected = fault ? causesOf(fault.name) : [];
      return [
        ...expected.filter((id) => !diagnosis.causes.some((cause) => cause.id === id)).map((id) => `${id} is not named`),
        ...diagnosis.causes.filter(({id}) => !expected.includes(id)).map((cause) => `besides: ${inWords(cause)}`),
      ];
    },
  },
  {
    name: 'traces',
    surprises: ({traces: {ways, dark}}, {fault, truth}) =>
      fault
        ? traceSurprises(fault.name, fault.stage, ways, truth, dark)
        : ways.filter(({small, full}) => small !== 'yes' || full !== 'yes').map(({from, to, kind, small, full, says}) => `${from} > ${to} ${kind}: ${small}, full ${full}: ${says}`),
  },
];

/** All that surprises anybody, by who says so. */
export const verdict = (reading: Reading, it: Case): readonly {readonly judge: Judge['name']; readonly surprises: readonly string[]}[] =>
  judges.map(({name, surprises: judge}) => ({judge: name, surprises: judge(reading, it)}));
