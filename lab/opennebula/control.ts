import {createServer, request} from 'node:http';
import type {Server} from 'node:http';
import {join} from 'node:path';
import type {Order} from '../../src/simulator/oned/engine.ts';
import {stateFolder} from '../state.ts';

const answerLimitMs = 15_000;

/** A socket file and not a port: it is reached from every network namespace. */
export const controlSocket = (lab: string): string => join(stateFolder(lab), 'opennebula.sock');

export type Control =
  | {readonly do: 'order'; readonly order: Order}
  | {readonly do: 'break' | 'mend'; readonly fault: string; readonly host?: string; readonly vm?: string}
  | {readonly do: 'call'; readonly body: string};

/** Answers each command with what `act` gives; what it throws is told to the caller. */
export const serveControl = (lab: string, act: (command: Control) => Promise<string> | string): Promise<Server> => {
  const server = createServer((message, response) => void (async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    try {
      response.end(await act(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Control));
    } catch (error) {
      response.writeHead(500).end((error as Error).message);
    }
  })());
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(controlSocket(lab), () => resolve(server));
  });
};

/** Tells the lab's OpenNebula what no API call can: to fail, to break, to mend. Throws with its words. */
export const control = (lab: string, command: Control): Promise<string> => new Promise((resolve, reject) => {
  const message = request({socketPath: controlSocket(lab), method: 'POST', path: '/', agent: false}, response => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      if (response.statusCode === 200) resolve(text);
      else reject(new Error(text));
    });
  });
  message.on('error', () => reject(new Error(`lab ${lab} has no OpenNebula (npm run lab -- up --opennebula)`)));
  message.setTimeout(answerLimitMs, () => {
    reject(new Error(`the OpenNebula of lab ${lab} did not answer ${command.do} within ${answerLimitMs} ms`));
    message.destroy();
  });
  message.end(JSON.stringify(command));
});
