/** What decides the settings, and what a setting is. */
import type {Env} from './paths.ts';

export interface TargetFlags {
  readonly context?: string | undefined;
  readonly inventory?: string | undefined;
  readonly sshConfig?: string | undefined;
  readonly endpoint?: string | undefined;
}
export interface Surroundings {
  readonly env: Env;
  readonly home: string;
  readonly cwd: string;
  /** For OpenNebula's files; undefined: no such file. Default: the file system. */
  readonly readFile?: (path: string) => string | undefined;
}

/** One setting, what it is and where it was said. Values are for people; secrets never stand here. */
export interface Setting {
  readonly name: string; // "refresh.fast"
  readonly value: string;
  readonly origin: string; // "--endpoint", "$EVPN_TUI_CONTEXT", "context prod", "default"
}

export const originsOf = (settings: readonly Setting[]): Record<string, string> => Object.fromEntries(settings.map(({name, origin}) => [name, origin]));
