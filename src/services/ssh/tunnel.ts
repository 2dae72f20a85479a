/** Streams to an address that a host can reach (OpenNebula's endpoint behind the frontend), over one kept connection. */
import type {Duplex} from 'node:stream';
import type {Problem} from '../../model/reading.ts';
import type {SshTarget} from '../../model/target.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import type {Line} from './dial.ts';
import {dial} from './dial.ts';
import {processGate} from './connect-gate.ts';
import {forgetOpensshOptions} from './openssh-config.ts';
import type {ResolveOptions} from './resolve.ts';
import {resolveHops} from './resolve.ts';

/** After a failure, how long the next attempt waits (milliseconds): callers ask again on their own clock. */
const restMs = 5000;

export interface Tunnel {
  /** A stream to host:port as seen from the far end. Rejects with an Error in words for the operator. */
  connect(host: string, port: number, signal?: AbortSignal): Promise<Duplex>;
  /** After authentication or host key was refused, which is not tried again by itself. */
  retry(): void;
  close(): Promise<void>;
}

export function openTunnel(target: SshTarget, options: ResolveOptions = {}): Tunnel {
  return new SshTunnel(target, options);
}

class SshTunnel implements Tunnel {
  readonly #target: SshTarget;
  readonly #options: ResolveOptions;
  readonly #closing = new AbortController();
  #line: Line | undefined;
  #dialling: Promise<Line> | undefined;
  #failed: {readonly problem: Problem; readonly at: number} | undefined;

  constructor(target: SshTarget, options: ResolveOptions) {
    this.#target = target;
    this.#options = options;
  }

  async connect(host: string, port: number, signal?: AbortSignal): Promise<Duplex> {
    const line = this.#line ?? await (this.#dialling ??= this.#dial().finally(() => {
      this.#dialling = undefined;
    }));
    return new Promise((resolve, reject) => {
      const abort = () => reject(new Error('given up'));
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort, {once: true});
      line.client.forwardOut('127.0.0.1', 0, host, port, (error, stream) => {
        signal?.removeEventListener('abort', abort);
        if (error) reject(new Error(`${this.#target.host} cannot reach ${host}:${port}: ${sanitizeLine(error.message, 200)}`));
        else if (signal?.aborted) stream.close();
        else resolve(stream);
      });
    });
  }

  retry(): void {
    this.#failed = undefined;
    forgetOpensshOptions();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#dialling?.catch(() => {});
    await this.#line?.hangUp();
    this.#line = undefined;
  }

  async #dial(): Promise<Line> {
    const last = this.#failed;
    if (last && (last.problem.kind === 'auth' || last.problem.kind === 'host-key' || Date.now() - last.at < restMs)) throw new Error(`ssh tunnel: ${last.problem.detail}`);
    const hops = await resolveHops(this.#target, this.#options);
    const dialled = hops.ok ? await dial(hops.value, processGate, this.#closing.signal) : hops;
    if (!dialled.ok) {
      this.#failed = {problem: dialled.problem, at: Date.now()};
      throw new Error(`ssh tunnel: ${dialled.problem.detail}`);
    }
    const {line} = dialled;
    if (this.#closing.signal.aborted) {
      await line.hangUp();
      throw new Error('ssh tunnel: closed');
    }
    this.#failed = undefined;
    this.#line = line;
    void line.lost.then(() => {
      if (this.#line === line) this.#line = undefined;
      return line.hangUp();
    });
    return line;
  }
}
