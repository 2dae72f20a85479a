/** Where evpn-tui keeps its files. Pure over environment and home folder. */
import {isAbsolute, join} from 'node:path';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Paths {
  readonly configDir: string;
  readonly configFile: string;
  readonly stateDir: string;
  readonly cacheDir: string;
  /** Why each folder is where it is: "$EVPN_TUI_CONFIG_DIR", "$XDG_STATE_HOME", "default". */
  readonly origins: {readonly configDir: string; readonly stateDir: string; readonly cacheDir: string};
}

/** XDG base directories; a relative or empty XDG variable is ignored, as the specification demands. */
export function paths(env: Env, home: string): Paths {
  const own = env['EVPN_TUI_CONFIG_DIR'];
  const config = own ? {dir: expandHome(own, home), origin: '$EVPN_TUI_CONFIG_DIR'} : xdg(env, 'XDG_CONFIG_HOME', join(home, '.config'));
  const state = xdg(env, 'XDG_STATE_HOME', join(home, '.local', 'state'));
  const cache = xdg(env, 'XDG_CACHE_HOME', join(home, '.cache'));
  return {
    configDir: config.dir,
    configFile: join(config.dir, 'config.yaml'),
    stateDir: state.dir,
    cacheDir: cache.dir,
    origins: {configDir: config.origin, stateDir: state.origin, cacheDir: cache.origin},
  };
}

function xdg(env: Env, name: string, fallback: string): {dir: string; origin: string} {
  const value = env[name];
  return value && isAbsolute(value) ? {dir: join(value, 'evpn-tui'), origin: `$${name}`} : {dir: join(fallback, 'evpn-tui'), origin: 'default'};
}

/** "~" and "~/x" as the shell would; "~user" is left alone. */
export function expandHome(path: string, home: string): string {
  return path === '~' ? home : path.startsWith('~/') ? join(home, path.slice(2)) : path;
}
