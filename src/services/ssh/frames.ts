/**
 * What runs on the host, and how its answers are told apart.
 *
 * One `sh` per connection reads rounds from its stdin. A round names a nonce of 128 random bits that no section can
 * learn: it is in no environment, no argument of a process and no variable of the section's own shell. After the last
 * byte of section i, the host prints on stdout and on stderr, each for itself:
 *
 *   NONCE i a STATUS     inside the section's own stream, when its main process has ended
 *   NONCE i z            when the stream has been copied, whether or not the size limit cut the line before
 *
 * Nothing is escaped, so any byte may come; nothing is stored on the host. POSIX sh only (dash, busybox ash, bash).
 */
import {randomBytes} from 'node:crypto';
import type {Section} from '../session.ts';

export const newNonce = (): string => randomBytes(16).toString('hex');

/** Room after a section's data for its "a" line. */
const markRoom = 64;
/** What may come beyond a limit before the other side counts as out of control. */
const unbounded = 1 << 20;
/** stderr is for messages: this much of it is kept, in bytes. */
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
 * r NONCE INDEX DEADLINE LIMIT SCRIPT: one section. fd 4 is the channel's stdout, fd 5 the way to its stderr.
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
{ { t "$3" "$5"; echo "$1 $2 a $s" >&5; echo "$1 $2 a $s"; } 2>&5 | head -c "$4" >&4; } 5>&1 | head -c ${stderrLimit + markRoom} >&2
echo "$1 $2 z"; echo "$1 $2 z" >&2
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

/** What one stream of one section said. */
export interface StreamPart {
  readonly data: Buffer;
  readonly total: number; // bytes that came, kept or not
  readonly status: number | undefined; // undefined: the size limit cut the "a" line off
}

/**
 * Reads one of the two streams of a round: push what arrives, get the parts that are complete. Keeps at most the
 * limits in memory whatever the other side sends, also when it ignores `head -c`: then it is `garbled`. One instance per stream and round.
 */
export class FrameReader {
  readonly #nonce: Buffer;
  readonly #limits: readonly number[];
  readonly #onBegin: () => void;
  #rest: Buffer = Buffer.alloc(0);
  #kept: Buffer[] = [];
  #size = 0;
  #total = 0;
  #seen = 0; // also what is nobody's
  #status: number | undefined;
  #ended = false; // the "a" line came: what follows up to "z" is not the section's
  #index = 0;
  /** The other side broke the framing: the shell is of no use any more. */
  garbled = false;
  readonly parts: StreamPart[] = [];

  /** `limits`: bytes kept per section; `onBegin`: the round has begun on the host (stdout only). */
  constructor(nonce: string, limits: readonly number[], onBegin: () => void = () => {}) {
    this.#nonce = Buffer.from(`${nonce} `, 'latin1');
    this.#limits = limits;
    this.#onBegin = onBegin;
  }

  get done(): boolean {
    return this.#index >= this.#limits.length;
  }

  push(chunk: Buffer): void {
    let buffer = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    while (!this.done && !this.garbled) {
      const at = buffer.indexOf(this.#nonce);
      if (at < 0) {
        // the last bytes may be the start of a mark
        const keep = Math.min(buffer.length, this.#nonce.length - 1);
        this.#take(buffer.subarray(0, buffer.length - keep));
        buffer = buffer.subarray(buffer.length - keep);
        break;
      }
      this.#take(buffer.subarray(0, at));
      const end = buffer.indexOf(10, at);
      if (end < 0) {
        buffer = buffer.subarray(at);
        if (buffer.length > this.#nonce.length + markRoom) this.garbled = true;
        break;
      }
      this.#mark(buffer.toString('latin1', at + this.#nonce.length, end).split(' '));
      buffer = buffer.subarray(end + 1);
    }
    this.#rest = this.done || this.garbled ? Buffer.alloc(0) : Buffer.from(buffer);
  }

  #take(data: Buffer): void {
    this.#seen += data.length;
    // head would not let this through: whoever sends it does not run what was sent to him
    if (this.#seen > (this.#limits[this.#index] ?? 0) + unbounded) this.garbled = true;
    if (this.#ended) return;
    this.#total += data.length;
    const room = (this.#limits[this.#index] ?? 0) - this.#size;
    if (room <= 0 || data.length === 0) return;
    const part = Buffer.from(data.subarray(0, room)); // a copy: a slice would keep the whole chunk alive
    this.#kept.push(part);
    this.#size += part.length;
  }

  #mark([index, word, status]: readonly string[]): void {
    if (word === 'b') {
      // what came before is noise of the shell (a start-up file), not of a section
      this.#reset();
      this.#onBegin();
    } else if (index !== String(this.#index)) this.garbled = true;
    else if (word === 'a' && !this.#ended && /^\d{1,3}$/.test(status ?? '')) {
      this.#status = Number(status);
      this.#ended = true;
    } else if (word === 'z') {
      this.parts.push({data: Buffer.concat(this.#kept), total: this.#total, status: this.#status});
      this.#index++;
      this.#reset();
    } else this.garbled = true;
  }

  #reset(): void {
    this.#kept = [];
    this.#size = 0;
    this.#total = 0;
    this.#seen = 0;
    this.#status = undefined;
    this.#ended = false;
  }
}
