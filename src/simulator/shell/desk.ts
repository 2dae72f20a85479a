/** Where the stubs of all hosts ask: one FIFO, read by the event loop; answers go back by files and a FIFO per question. */
import {execFileSync} from 'node:child_process';
import {closeSync, constants, mkdirSync, openSync, readFileSync, writeFileSync, writeSync} from 'node:fs';
import {Socket} from 'node:net';
import {join} from 'node:path';
import {answer} from '../answers/programs.ts';
import {hostNamed, type SimWorld} from '../world.ts';
import {appointHeir} from './heir.ts';

export interface Desk {
  /** How often which program was asked, by "HOST PROGRAM". */
  readonly asked: ReadonlyMap<string, number>;
  close(): void;
}

/** `root`: a private folder; the FIFO and the folder of questions are made in it. */
export function openDesk(root: string, world: SimWorld): Desk {
  const asked = new Map<string, number>(); // how often, per host and program: the one state here
  const queue = join(root, 'q');
  mkdirSync(queue);
  execFileSync('mkfifo', [join(root, 'ask')]); // Node cannot make one
  // Read and write, so that it never comes to an end between two questions.
  const fd = openSync(join(root, 'ask'), constants.O_RDWR | constants.O_NONBLOCK);
  const dismissHeir = appointHeir(root);
  const socket = new Socket({fd, readable: true, writable: false});
  socket.unref();
  let rest = '';
  socket.setEncoding('latin1');
  socket.on('error', () => {});
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const pid of lines) if (/^\d+$/.test(pid)) serve(join(queue, `p${pid}`));
  });

  function serve(question: string): void {
    try {
      const [name = '', program = '', ...args] = readFileSync(`${question}.ask`, 'utf8').split('\0').slice(0, -1);
      const host = hostNamed(world, name);
      const key = `${name} ${program}`;
      asked.set(key, (asked.get(key) ?? 0) + 1);
      const {stdout, stderr, exit, never} = answer(world, host, program, args);
      if (never) return;
      if (stdout !== '') writeFileSync(`${question}.out`, stdout);
      if (stderr !== '') writeFileSync(`${question}.err`, stderr);
      const done = openSync(`${question}.done`, constants.O_WRONLY | constants.O_NONBLOCK);
      writeSync(done, `${exit}\n`);
      closeSync(done);
    } catch {
      // The stub was ended before its answer was ready: nobody waits for it.
    }
  }

  return {
    asked,
    close: () => {
      dismissHeir();
      socket.destroy();
    },
  };
}
