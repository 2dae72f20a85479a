/**
 * Hosts of the embedded fabric answer with a real sh and the files of the machine that runs it: what a step would write
 * there it would write here. Pure.
 */
import {tmpdir} from 'node:os';
import type {Fabric} from '../../model/fabric.ts';
import type {Work} from '../model.ts';

/** As `evpn-tui demo` says it of its hosts. */
const embedded = 'embedded fabric';
/** Places that are the system's: a path that begins so, in a script. */
const systems = /(?:^|[^A-Za-z0-9_./}-])\/(?:bin|boot|etc|lib\w*|opt|root|run|sbin|srv|usr|var)(?=[/\s"';]|$)/m;

/** Why a work must not be done on its host; undefined: it may. */
export function embeddedRefusal(fabric: Fabric, {host, file, secret, apply, undo}: Work): string | undefined {
  if (host === undefined || fabric.hosts.get(host)?.spec.origin !== embedded) return undefined;
  const own = (path: string): boolean => path.startsWith(`${tmpdir()}/`) && !path.includes('/../');
  const path = [file?.path, secret?.path].find((one) => one !== undefined && !own(one));
  if (path !== undefined) return `${path} would be written on this machine: the hosts of the embedded fabric have no files of their own (files below ${tmpdir()} are possible)`;
  return [apply, undo, file?.after].some((script) => script !== undefined && systems.test(script)) ? 'this step changes files of the system, and those of the embedded fabric are this machine\'s: it is only for real hosts' : undefined;
}
