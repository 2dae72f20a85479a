/**
 * From what the command line, the environment and config.yaml say to one FabricTarget, with the origin of every
 * setting. Precedence: flag > environment > context > default. A --context goes before $EVPN_TUI_INVENTORY; with
 * --inventory alone no stored context takes part.
 */
import {basename, extname, isAbsolute, resolve as resolvePath} from 'node:path';
import type {FabricTarget, HostSpec} from '../model/target.ts';
import {cloudTarget} from './cloud-target.ts';
import {configuredHosts, hostWithDefaults, type HostDefaults} from './hosts.ts';
import {importInventory, type IntendedVnet} from './inventory.ts';
import {expandHome, paths, type Env} from './paths.ts';
import {didYouMean} from '../text/did-you-mean.ts';
import {ConfigError} from './problem.ts';
import {readConfig} from './read.ts';
import type {Config, ConfiguredContext} from './schema.ts';
import {originsOf, type Setting, type Surroundings, type TargetFlags} from './settings.ts';

export type {Setting, Surroundings, TargetFlags} from './settings.ts';

export interface ResolvedTarget {
  readonly target: FabricTarget;
  readonly settings: readonly Setting[];
  readonly origins: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  readonly vnets: readonly IntendedVnet[]; // that the inventory wants
  readonly readOnly: boolean;
  readonly colour: string | undefined;
  /** For hosts that are learnt later, from OpenNebula's pool: hostsFromOpenNebula(pool, hostDefaults). */
  readonly hostDefaults: HostDefaults;
}

interface Chosen {
  readonly name: string;
  readonly chosenBy: string; // "--context"
  readonly origin: string; // "context prod"
  readonly context: ConfiguredContext;
}

const defaultRefreshS = {fast: 2, medium: 10, slow: 60} as const;

/** Throws ConfigError: a file that cannot be used, a context that does not exist, nothing that could be read. */
export function resolveTarget(flags: TargetFlags, around: Surroundings): ResolvedTarget {
  const {env, home, cwd} = around;
  const where = paths(env, home);
  const chosen = chooseContext(flags, env, () => readConfig(where.configFile).config, where.configFile);
  const context = chosen?.context ?? {};
  const inFolder = (path: string) => absolute(path, where.configDir, home);
  const settings: Setting[] = [{name: 'context', value: chosen?.name ?? 'none', origin: chosen?.chosenBy ?? 'ad hoc'}];
  const warnings: string[] = [];

  const inventory = chooseInventory(flags, env, chosen);
  const inventoryFile = inventory && (inventory.fromContext ? inFolder(inventory.path) : absolute(inventory.path, cwd, home));
  const imported = inventoryFile === undefined ? undefined : importInventory(inventoryFile);
  warnings.push(...(imported?.warnings ?? []));
  settings.push({name: 'inventory', value: inventoryFile ?? 'none', origin: inventory?.origin ?? 'default'});

  const defaults: HostDefaults = {ssh: context.ssh ?? {}, underlay: context.underlay, home};
  const own = chosen && inventory?.fromContext !== false ? configuredHosts(context.hosts ?? [], chosen.name, where.configFile) : [];
  const ownNames = new Set(own.map((host) => host.name));
  const hosts: HostSpec[] = [...(imported?.hosts.filter((host) => !ownNames.has(host.name)) ?? []), ...own].map((host) => hostWithDefaults(host, defaults));

  const cloud = cloudTarget(flags, around, chosen && {name: chosen.name, origin: chosen.origin, opennebula: context.opennebula, inFolder}, hosts, defaults);
  warnings.push(...cloud.warnings);
  if (hosts.length === 0 && !cloud.cloud) throw nothingToRead(chosen, inventoryFile, imported?.warnings ?? [], where.configFile);
  const hostsOrigin = [imported && `inventory ${inventoryFile}`, own.length > 0 && chosen?.origin].filter((each) => typeof each === 'string').join(' and ');
  settings.push({name: 'hosts', value: hosts.length === 0 ? "OpenNebula's own hosts" : String(hosts.length), origin: hostsOrigin || 'opennebula'}, ...cloud.settings);

  const sshConfig = firstOf(
    {value: flags.sshConfig && absolute(flags.sshConfig, cwd, home), origin: '--ssh-config'},
    {value: env['EVPN_TUI_SSH_CONFIG'] && absolute(env['EVPN_TUI_SSH_CONFIG'], cwd, home), origin: '$EVPN_TUI_SSH_CONFIG'},
    {value: context.ssh?.config && inFolder(context.ssh.config), origin: chosen?.origin ?? ''},
  );
  settings.push({name: 'ssh.config', value: sshConfig?.value ?? "OpenSSH's default", origin: sshConfig?.origin ?? 'default'});
  for (const [key, value] of Object.entries(context.ssh ?? {})) if (key !== 'config') settings.push({name: `ssh.${key}`, value: String(value), origin: chosen!.origin});
  if (context.underlay !== undefined) settings.push({name: 'underlay', value: context.underlay, origin: chosen!.origin});

  const asn = firstOf({value: context['as-number'] === undefined ? undefined : String(context['as-number']), origin: chosen?.origin ?? ''}, {value: imported?.asn, origin: imported?.asnOrigin ?? ''});
  settings.push({name: 'as-number', value: asn?.value ?? 'as BGP says', origin: asn?.origin ?? 'default'});
  const seconds = (tier: keyof typeof defaultRefreshS) => {
    const given = context.refresh?.[tier];
    settings.push({name: `refresh.${tier}`, value: `${given ?? defaultRefreshS[tier]} s`, origin: given === undefined ? 'default' : chosen!.origin});
    return Math.round((given ?? defaultRefreshS[tier]) * 1000);
  };
  const refreshMs = {fast: seconds('fast'), medium: seconds('medium'), slow: seconds('slow')};
  const readOnly = context['read-only'] ?? false;
  settings.push({name: 'read-only', value: String(readOnly), origin: context['read-only'] === undefined ? 'default' : chosen!.origin});
  settings.push({name: 'colour', value: context.colour ?? 'none', origin: context.colour === undefined ? 'default' : chosen!.origin});

  const name = chosen?.name ?? (inventoryFile === undefined ? new URL(cloud.cloud!.endpoint).hostname : basename(inventoryFile, extname(inventoryFile)));
  return {
    target: {name, hosts, cloud: cloud.cloud, sshConfig: sshConfig?.value, asn: asn?.value, refreshMs},
    settings,
    origins: originsOf(settings),
    warnings,
    vnets: imported?.vnets ?? [],
    readOnly,
    colour: context.colour,
    hostDefaults: defaults,
  };
}

/** config.yaml is read only when a context can take part: a broken one must not stop an ad hoc start. */
function chooseContext(flags: TargetFlags, env: Env, config: () => Config, file: string): Chosen | undefined {
  const pick = (name: string, chosenBy: string, {contexts = {}}: Config): Chosen => {
    if (Object.hasOwn(contexts, name)) return {name, chosenBy, origin: `context ${name}`, context: contexts[name] ?? {}};
    const meant = didYouMean(name, Object.keys(contexts));
    const known = Object.keys(contexts);
    throw new ConfigError(
      [{file, line: undefined, column: undefined, message: `${chosenBy}: there is no context "${name}"${meant ? `; did you mean "${meant}"?` : ''}`}],
      known.length > 0 ? `There are: ${known.join(', ')}` : `Make one with: evpn-tui init ${name}`,
    );
  };
  if (flags.context !== undefined) return pick(flags.context, '--context', config());
  if (flags.inventory !== undefined) return undefined;
  if (env['EVPN_TUI_CONTEXT']) return pick(env['EVPN_TUI_CONTEXT'], '$EVPN_TUI_CONTEXT', config());
  if (env['EVPN_TUI_INVENTORY']) return undefined;
  const read = config();
  const current = read['current-context'];
  return current === undefined ? undefined : pick(current, 'current-context', read);
}

function chooseInventory(flags: TargetFlags, env: Env, chosen: Chosen | undefined): {path: string; origin: string; fromContext: boolean} | undefined {
  if (flags.inventory !== undefined) return {path: flags.inventory, origin: '--inventory', fromContext: false};
  if (flags.context === undefined && env['EVPN_TUI_INVENTORY']) return {path: env['EVPN_TUI_INVENTORY'], origin: '$EVPN_TUI_INVENTORY', fromContext: false};
  return chosen?.context.inventory === undefined ? undefined : {path: chosen.context.inventory, origin: chosen.origin, fromContext: true};
}

function nothingToRead(chosen: Chosen | undefined, inventory: string | undefined, warnings: readonly string[], file: string): ConfigError {
  if (inventory !== undefined) {
    return new ConfigError([{file: inventory, line: undefined, column: undefined, message: `has no host in the groups router, node, frontend, vrouter${warnings.map((each) => `\n  ${each}`).join('')}`}], 'one-deploy names these groups; router_group, node_group and frontend_group rename them.');
  }
  if (chosen) return new ConfigError([{file, line: undefined, column: undefined, message: `contexts.${chosen.name}: names neither an inventory, nor hosts, nor opennebula: there is nothing to read`}]);
  return new ConfigError([{file, line: undefined, column: undefined, message: 'there is no context yet'}], 'Make one with "evpn-tui init", name an inventory with --inventory FILE, or look around with "evpn-tui demo".');
}

function firstOf(...candidates: {value: string | undefined; origin: string}[]): {value: string; origin: string} | undefined {
  const found = candidates.find(({value}) => value !== undefined && value !== '');
  return found && {value: found.value!, origin: found.origin};
}

function absolute(path: string, folder: string, home: string): string {
  const expanded = expandHome(path, home);
  return isAbsolute(expanded) ? expanded : resolvePath(folder, expanded);
}
