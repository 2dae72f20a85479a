/** The time of the emulated oned: the machine's own, perhaps hurried, or one that a test turns by hand. */
import {setTimeout as sleep} from 'node:timers/promises';

export interface Clock {
  /** Epoch seconds, whole: what oned writes into its records. */
  seconds(): number;
  /** Comes back after that many milliseconds of this clock. */
  pause(ms: number): Promise<void>;
}

/** `speed` 2: everything takes half as long. The dates stay those of the machine. Pauses keep no process alive. */
export const realClock = (speed = 1): Clock => ({
  seconds: () => Math.floor(Date.now() / 1000),
  pause: (ms) => sleep(ms / speed, undefined, {ref: false}),
});

/** Stands still until `advance`; then whoever waits goes on, one after the other, in the order of their times. */
export class HandClock implements Clock {
  private ms: number;
  private waiting: {at: number; wake: () => void}[] = [];
  constructor(epochSeconds: number) {
    this.ms = epochSeconds * 1000;
  }
  seconds(): number {
    return Math.floor(this.ms / 1000);
  }
  pause(ms: number): Promise<void> {
    return new Promise((wake) => this.waiting.push({at: this.ms + ms, wake}));
  }
  async advance(ms: number): Promise<void> {
    const until = this.ms + ms;
    await settled();
    for (;;) {
      const [next] = this.waiting.toSorted((a, b) => a.at - b.at);
      if (!next || next.at > until) break;
      this.waiting = this.waiting.filter((one) => one !== next);
      this.ms = Math.max(this.ms, next.at);
      next.wake();
      await settled();
    }
    this.ms = until;
  }
}

/** Lets every promise that can go on do so. */
const settled = (): Promise<void> => new Promise((done) => void setImmediate(done));
