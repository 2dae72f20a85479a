/** A pause of a reader's loop that can be ended early: something became due, or the reader is to end. */
export class Pause {
  private finish: (() => void) | undefined;

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.end(), ms);
      this.finish = () => {
        clearTimeout(timer);
        this.finish = undefined;
        resolve();
      };
    });
  }

  /** Does nothing when nobody waits. */
  end(): void {
    this.finish?.();
  }
}
