import {spawn} from 'node:child_process';

export interface Result {
  /** Exit status; 128 + signal when it was killed. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the commands of the lab see: nothing of the operator's environment but the terminal and the language. */
export const cleanEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  TERM: process.env['TERM'] ?? 'dumb',
});

/** Runs a command to its end. Throws only when it cannot be started. */
export const tryRun = (argv: readonly string[], input = ''): Promise<Result> =>
  new Promise((resolve, reject) => {
    const [command, ...rest] = argv;
    const child = spawn(command as string, rest, {env: cleanEnvironment(), stdio: ['pipe', 'pipe', 'pipe']});
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({code: code ?? (signal ? 128 : 1), stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString()});
    });
    // A command that ends without reading its input is no error of ours.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });

/** Runs a command that must succeed; the error carries what it said. */
export const run = async (argv: readonly string[], input = ''): Promise<string> => {
  const result = await tryRun(argv, input);
  if (result.code !== 0) throw new Error(`${argv.join(' ')}: exit ${result.code}: ${result.stderr.trim() || result.stdout.trim()}`);
  return result.stdout;
};

/** Many `ip` commands in one process, which is most of the speed of the lab. */
export const ipBatch = (lines: readonly string[], namespace?: string): Promise<string> =>
  run(['ip', ...(namespace ? ['-n', namespace] : []), '-batch', '-'], lines.join('\n') + '\n');

/** Asks `read` until it answers something other than undefined; undefined when the time is over. */
export const poll = async <T>(read: () => Promise<T | undefined> | T | undefined, limitMs: number, everyMs = 25): Promise<T | undefined> => {
  const end = performance.now() + limitMs;
  for (;;) {
    const value = await read();
    if (value !== undefined || performance.now() > end) return value;
    await new Promise(resolve => setTimeout(resolve, everyMs));
  }
};
