/**
 * What may be asked of the console in `ops`, one line of JSON for a request and one for its reply. Each request is one
 * round: everything is read anew, and all questions are answered from what was read then. A new question is an entry of
 * Dialogue and its answer in facts-in-ops.ts.
 */
import type {Way} from '../../lab/truth.ts';
import type {Result} from '../../src/model/finding.ts';
import type {Facts} from '../contract/faults/facts.ts';
import type {TracedWay} from './trace-judge.ts';

/** A cause as it is told, with the ids of all that it explains. */
export interface ToldCause {
  readonly id: string; // "wireguard.interface@kvm2"
  readonly outcome: Result['outcome'];
  readonly says: string;
  readonly explains: readonly string[];
}
/** What the diagnosis makes of one round, holding nothing back. */
export interface Told {
  readonly causes: readonly ToldCause[];
  readonly passes: number; // of all checks
}
export type AskedWay = Pick<Way, 'from' | 'to' | 'kind' | 'vni'>;

/** Question → what it needs to be told (`true`: nothing), and what is answered. All of it is JSON. */
export interface Dialogue {
  readonly facts: {readonly question: true; readonly answer: Facts};
  readonly diagnosis: {readonly question: true; readonly answer: Told};
  /** `dark`: hosts of which something that traces need could not be read. */
  readonly traces: {readonly question: readonly AskedWay[]; readonly answer: {readonly ways: readonly TracedWay[]; readonly dark: readonly string[]}};
}
export type Topic = keyof Dialogue;
export type Questions = {readonly [T in Topic]?: Dialogue[T]['question']};
/** The answers to those questions, and to no others. */
export type Answers<Q extends Questions> = {readonly [T in keyof Q & Topic]: Dialogue[T]['answer']};

export interface Request {
  readonly ask: Questions;
  /** Over new connections, as one who starts the console now: the inventory and ssh_config are read again too. */
  readonly afresh?: boolean;
}
export type Reply = {readonly answers: Answers<Questions>} | {readonly error: string};

/** Where the console in ops finds things: paths. */
export interface Setting {
  readonly lab: string; // name
  readonly inventory: string;
  readonly sshConfig: string;
  readonly oneAuth: string;
  readonly endpoint: string; // URL, as seen from ops
}
