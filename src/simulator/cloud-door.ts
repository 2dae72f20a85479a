/** The embedded OpenNebula's server: there or not, and who is let in, as the faults in force have it. */
import {randomBytes} from 'node:crypto';
import {cloudOf} from './cloud.ts';
import {inForce} from './faults/cloud-faults.ts';
import {Engine} from './oned/engine.ts';
import {poll} from './oned/sdnat.ts';
import {startOned, type Oned} from './oned/server.ts';
import {simulatedDriver} from './simulated-driver.ts';
import type {SimWorld} from './world.ts';

/** As often as the appliance asks OneGate by default. */
const routerPollMs = 30_000;

export interface CloudDoor {
  /** To order failures: the calls themselves come over XML-RPC. */
  readonly engine: Engine;
  readonly url: string;
  /** To be called when the faults in force may have changed. */
  look(): void;
  close(): Promise<void>;
}

/** `login`: "user:password" of the operator, who is the administrator unless a fault has it otherwise. */
export async function openCloud(world: SimWorld, login: string): Promise<CloudDoor> {
  const [name = '', password = ''] = login.split(':');
  const administrator = `administrator:${randomBytes(16).toString('hex')}`;
  const cloud = cloudOf(world, () => (inForce(world, 'one-no-rights') ? [{id: 2, name, password}] : []));
  const engine = new Engine(cloud.base, simulatedDriver(world, cloud));
  const polling = new AbortController();
  void poll(engine, routerPollMs, polling.signal);
  const open = (port: number): Promise<Oned> => startOned(cloud.view, {
    port, host: '127.0.0.1', engine,
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
    url, look, engine,
    close: () => {
      closed = true;
      polling.abort();
      look();
      return turn;
    },
  };
}
