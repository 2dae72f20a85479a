/** Everything that was sent, verbatim, bounded: the last commands, newest last. */
import type {SentCommand} from './source.ts';

const kept = 2000;

export class CommandLog {
  private entries: SentCommand[] = [];

  add(entry: SentCommand): void {
    this.entries.push(entry);
    // Cut in blocks: moving the array at each entry would cost more than the entries.
    if (this.entries.length > kept * 2) this.entries = this.entries.slice(-kept);
  }

  all(): readonly SentCommand[] {
    return this.entries.slice(-kept);
  }
}
