/** What a command prints and how it ends. */
import type {SimHost, SimWorld} from '../world.ts';

export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
  readonly never?: true; // it does not come: the program hangs until somebody ends it
}

/** What a program does with its arguments (without its own name) on a host. */
export type Program = (world: SimWorld, host: SimHost, args: readonly string[]) => Answer;

export const says = (stdout: string): Answer => ({stdout, stderr: '', exit: 0});
export const line = (text: string): Answer => says(`${text}\n`);
export const fails = (stderr: string, exit = 1): Answer => ({stdout: '', stderr: `${stderr}\n`, exit});
/** A program that hangs. */
export const stuck: Answer = {stdout: '', stderr: '', exit: 124, never: true};
