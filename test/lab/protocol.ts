/**
 * What may be asked of the console in `ops`, one line of JSON for a request and one for its reply. Each request is one
 * round: everything is read anew, and all questions are answered from what was read then. A new question is an entry of
 * Dialogue and its answer in facts-in-ops.ts.
 */
import type {Facts} from '../contract/faults/facts.ts';

/** Question → what it needs to be told (`true`: nothing), and what is answered. All of it is JSON. */
export interface Dialogue {
  readonly facts: {readonly question: true; readonly answer: Facts};
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
