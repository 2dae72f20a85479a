/**
 * How many connections may be in their handshake at once. sshd drops unauthenticated connections at random above 10
 * (MaxStartups 10:30:100), so that 60 connects at once lose 18: stagger them, in all and through one door (the first
 * machine that is dialled, a jump host for instance). First come, first served, as far as the door allows. Half of
 * what sshd allows, since it counts a connection for a while longer than we do: until its own processes have told each
 * other that the user is in.
 */
export class ConnectGate {
  readonly #inAll: number;
  readonly #perDoor: number;
  #open = 0;
  readonly #doors = new Map<string, number>();
  #queue: Waiting[] = [];

  constructor(inAll = 8, perDoor = 5) {
    this.#inAll = inAll;
    this.#perDoor = perDoor;
  }

  /** How many are inside. */
  get open(): number {
    return this.#open;
  }

  /** Waits for a place; the result gives it back (calling it twice does nothing). Rejects when `signal` aborts first. */
  enter(door: string, signal?: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(new Error('aborted'));
      const abort = () => {
        this.#queue = this.#queue.filter(each => each !== waiting);
        reject(new Error('aborted'));
      };
      const waiting = {
        door,
        enter: () => {
          signal?.removeEventListener('abort', abort);
          let inside = true;
          resolve(() => {
            if (!inside) return;
            inside = false;
            this.#leave(door);
          });
        },
      };
      signal?.addEventListener('abort', abort, {once: true});
      this.#queue.push(waiting);
      this.#admit();
    });
  }

  #leave(door: string): void {
    this.#open--;
    const left = (this.#doors.get(door) ?? 1) - 1;
    if (left > 0) this.#doors.set(door, left);
    else this.#doors.delete(door);
    this.#admit();
  }

  #admit(): void {
    const stay: Waiting[] = [];
    for (const waiting of this.#queue) {
      const inside = this.#doors.get(waiting.door) ?? 0;
      if (this.#open >= this.#inAll || inside >= this.#perDoor) {
        stay.push(waiting);
        continue;
      }
      this.#open++;
      this.#doors.set(waiting.door, inside + 1);
      waiting.enter();
    }
    this.#queue = stay;
  }
}

/** The one that all connections of this process pass, unless told otherwise. */
export const processGate = new ConnectGate();

interface Waiting {
  readonly door: string;
  readonly enter: () => void;
}
