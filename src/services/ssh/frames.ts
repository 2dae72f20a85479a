/**
 * What runs on the host, and how its answers are told apart.
 *
 * One `sh` per connection reads rounds from its stdin. A round names a nonce of 128 random bits that no section can
 * learn: it is in no environment, no argument of a process and no variable of the section's own shell. The answer to
 * section i is one stretch of the channel's stdout:
 *
 *   its stdout, cut off by `head` at its limit, and inside that stream, when its main process has ended,
 *   NONCE i a STATUS
 *   the end of its stderr, which `tail` holds back until all of stdout is through, then
 *   NONCE i z
 *
 * Without an "a" line the limit was reached, and the byte count says where stderr begins. Nothing is escaped, so any
 * byte may come; nothing is stored on the host; and each section costs two or three packets, which is what reading
 * costs here (each packet makes a cipher in Node). POSIX sh only (dash, busybox ash, bash).
 */
import {randomBytes} from 'node:crypto';
import type {Section} from '../session.ts';

export const newNonce = (): string => randomBytes(16).toString('hex');

/** Room after a section's data for its "a" line. */
const markRoom = 64;
/** What may come beyond a limit before the other side counts as out of control. */
const unbounded = 1 << 20;
/** stderr is for messages: this much of its end is kept, in bytes. */
export const stderrLimit = 65_536;

export const quote = (text: string): string => `'${text.replaceAll('\0', '').replaceAll("'", "'\\''")}'`;

/** sbin is not in the PATH of an ssh command for an ordinary user; messages are parsed, so they are asked for in C. */
export const environment = 'LC_ALL=C; PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"; export LC_ALL PATH';

/**
 * The first thing a new `sh` gets: who are we, and can we be root? Answers "NONCE hello UID root|sudo|denied"; in case
 * of sudo the shell is replaced by root's. One compound command, because a shell that is replaced loses what it has
 * read ahead: nothing may follow until the answer is there.
 */
export const helloScript = (nonce: string): string => `{
${environment}
u=$(id -u)
if [ "$u" = 0 ]; then w=root
elif command -v sudo >/dev/null 2>&1 && sudo -n sh -c : </dev/null >/dev/null 2>&1; then w=sudo
else w=denied
fi
echo "${nonce} hello $u $w"
if [ "$w" = sudo ]; then exec sudo -n sh; fi
}
`;

/**
 * The second thing: the functions that the rounds use. Answers "NONCE ready KIND".
 * t DEADLINE SCRIPT: runs SCRIPT in a process group of its own, ends it at its deadline and whatever it left behind.
 *   timeout: GNU's, which makes the group. Elsewhere (busybox's would hold the output open for a second) a watchdog.
 * r NONCE INDEX DEADLINE LIMIT SCRIPT: one section. fd 4 is the channel's stdout, fd 5 the way of the section's stderr.
 */
export const readyScript = (nonce: string): string => `{
${environment}
cd /
exec 4>&1
k=none
case $(timeout --version 2>/dev/null) in
*GNU*|*uutils*) k=timeout ;;
*) if command -v setsid >/dev/null 2>&1; then k=setsid; fi ;;
esac
case $k in
timeout) t() {
timeout -k 1 "$1" sh -c "$2" </dev/null 4>&- 5>&- & p=$!
wait "$p" 2>/dev/null; s=$?
kill -9 "-$p" 2>/dev/null
} ;;
setsid) t() {
setsid sh -c "$2" </dev/null 4>&- 5>&- & p=$!
setsid sh -c "sleep $1; kill -15 -$p; sleep 1; kill -9 -$p" </dev/null >/dev/null 2>&1 4>&- 5>&- & w=$!
wait "$p" 2>/dev/null; s=$?
kill -9 "-$p" 2>/dev/null
kill -9 "-$w" 2>/dev/null
kill -9 "$w" 2>/dev/null
} ;;
none) t() {
sh -c "$2" </dev/null 4>&- 5>&-; s=$?
} ;;
esac
r() {
{ { t "$3" "$5"; echo "$1 $2 a $s"; } 2>&5 | head -c "$4" >&4; } 5>&1 | tail -c ${stderrLimit}
echo "$1 $2 z"
}
echo "${nonce} ready $k"
}
`;

/** All sections of a round, one after the other, as text for the shell's stdin. */
export function roundScript(nonce: string, sections: readonly Section[]): string {
  const calls = sections.map((section, i) =>
    `r ${nonce} ${i} ${Math.max(1, Math.ceil(section.deadlineS))} ${Math.max(0, Math.floor(section.maxBytes)) + markRoom} ${quote(section.script)}\n`);
  return `echo ${nonce} 0 b\n${calls.join('')}`;
}

/** What one section said. */
export interface SectionAnswer {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly truncated: boolean; // stdout went beyond its limit
  readonly status: number | undefined; // undefined: what ran it was killed, or its "a" line was cut off
}

/** Bytes, kept up to a limit. */
class Kept {
  #parts: Buffer[] = [];
  #size = 0;
  total = 0; // that came, kept or not

  take(data: Buffer, limit: number): void {
    this.total += data.length;
    const room = limit - this.#size;
    if (room <= 0 || data.length === 0) return;
    const part = data.length > room ? data.subarray(0, room) : data;
    this.#parts.push(part);
    this.#size += part.length;
  }

  join(): Buffer {
    return this.#parts.length === 1 ? this.#parts[0] ?? Buffer.alloc(0) : Buffer.concat(this.#parts);
  }
}

/**
 * Reads a round: push what arrives, get the answers that are complete. Keeps at most the limits in memory whatever the
 * other side sends, also when it ignores `head -c`: then it is `garbled`. One instance per round.
 */
export class FrameReader {
  readonly #nonce: Buffer;
  readonly #limits: readonly number[];
  readonly #onBegin: () => void;
  #rest: Buffer = Buffer.alloc(0);
  #begun = false;
  #stdout = new Kept();
  #stderr = new Kept();
  #inStdout = true;
  #status: number | undefined;
  /** The other side broke the framing: the shell is of no use any more. */
  garbled = false;
  readonly answers: SectionAnswer[] = [];

  /** `limits`: bytes of stdout kept per section; `onBegin`: the round has begun on the host. */
  constructor(nonce: string, limits: readonly number[], onBegin: () => void = () => {}) {
    this.#nonce = Buffer.from(`${nonce} `, 'latin1');
    this.#limits = limits;
    this.#onBegin = onBegin;
  }

  get done(): boolean {
    return this.answers.length >= this.#limits.length;
  }

  push(chunk: Buffer): void {
    let buffer = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    while (!this.done && !this.garbled && buffer.length > 0) {
      const used = this.#step(buffer);
      if (used === 0) break;
      buffer = buffer.subarray(used);
    }
    this.#rest = this.done || this.garbled ? Buffer.alloc(0) : Buffer.from(buffer);
  }

  /** Takes what can be told from the start of `buffer`; returns how much, 0 when more must come first. */
  #step(buffer: Buffer): number {
    // an "a" line that head cut in two is data: within stdout only the bytes that head let through are looked at
    const left = this.#begun && this.#inStdout ? this.#limit + markRoom - this.#stdout.total : Infinity;
    const window = buffer.length > left ? buffer.subarray(0, left) : buffer;
    const whole = window.length === left; // nothing can be added to this window
    const at = window.indexOf(this.#nonce);
    const end = at < 0 ? -1 : window.indexOf(10, at);
    if (end >= 0) {
      this.#take(window.subarray(0, at));
      this.#mark(window.toString('latin1', at + this.#nonce.length, end).split(' '));
      return end + 1;
    }
    if (whole) {
      this.#take(window);
      this.#inStdout = false;
      return window.length;
    }
    // the last bytes may be the start of a mark
    const sure = at >= 0 ? at : Math.max(0, window.length - this.#nonce.length + 1);
    if (window.length - sure > this.#nonce.length + markRoom) this.garbled = true;
    this.#take(window.subarray(0, sure));
    return sure;
  }

  get #limit(): number {
    return this.#limits[this.answers.length] ?? 0;
  }

  #take(data: Buffer): void {
    if (!this.#begun) return; // noise of the shell's start
    if (this.#inStdout) this.#stdout.take(data, this.#limit);
    else this.#stderr.take(data, stderrLimit);
    // tail would not let this through: whoever sends it does not run what was sent to him
    if (this.#stderr.total > stderrLimit + unbounded) this.garbled = true;
  }

  #mark([index, word, status]: readonly string[]): void {
    if (word === 'b' && !this.#begun) {
      this.#begun = true;
      this.#onBegin();
    } else if (index !== String(this.answers.length) || !this.#begun) this.garbled = true;
    else if (word === 'a' && this.#inStdout && /^\d{1,3}$/.test(status ?? '')) {
      this.#status = Number(status);
      this.#inStdout = false;
    } else if (word === 'z') {
      this.answers.push({stdout: this.#stdout.join(), stderr: this.#stderr.join(), truncated: this.#stdout.total > this.#limit, status: this.#status});
      this.#stdout = new Kept();
      this.#stderr = new Kept();
      this.#inStdout = true;
      this.#status = undefined;
    } else this.garbled = true;
  }
}
