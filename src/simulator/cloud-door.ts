/** The embedded OpenNebula's server: there or not, and who is let in, as the faults in force have it. */
import {randomBytes} from 'node:crypto';
import {cloudOf} from './cloud.ts';
import {inForce} from './faults/cloud-faults.ts';
import {startOned, type Oned} from './oned/server.ts';
import type {SimWorld} from './world.ts';

export interface CloudDoor {
  readonly url: string;
  /** To be called when the faults in force may have changed. */
  look(): void;
  close(): Promise<void>;
}

/** `login`: "user:password" of the operator, who is the administrator unless a fault has it otherwise. */
export async function openCloud(world: SimWorld, login: string): Promise<CloudDoor> {
  const [name = '', password = ''] = login.split(':');
  const administrator = `administrator:${randomBytes(16).toString('hex')}`;
  const view = cloudOf(world, () => (inForce(world, 'one-no-rights') ? [{id: 2, name, password}] : []));
  const open = (port: number): Promise<Oned> => startOned(view, {
    port, host: '127.0.0.1',
    get auth() { // read at each call
      return inForce(world, 'one-wrong-credentials') || inForce(world, 'one-no-rights') ? administrator : login;
    },
  });
  let oned: Oned | undefined = await open(0);
  const {url} = oned;
  let turn: Promise<void> = Promise.resolve();
  let closed = false;
  const settle = async (): Promise<void> => {
    const wanted = !closed && !inForce(world, 'one-unreachable');
    if (wanted && !oned) oned = await open(Number(new URL(url).port));
    else if (!wanted && oned) {
      const leaving = oned;
      oned = undefined;
      await leaving.close();
    }
  };
  const look = (): void => {
    turn = turn.then(settle);
  };
  look();
  return {
    url, look,
    close: () => {
      closed = true;
      look();
      return turn;
    },
  };
}
