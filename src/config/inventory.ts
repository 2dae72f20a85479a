/** Imports an Ansible inventory (YAML or INI) with its group_vars and host_vars. Ansible itself is neither needed nor run. */
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {dirname, extname, join} from 'node:path';
import {ConfigError, describe} from './problem.ts';
import {warn, type Inventory, type Variables} from './inventory/graph.ts';
import {importHosts, type InventoryImport} from './inventory/hosts.ts';
import {parseIniInventory} from './inventory/ini-format.ts';
import type {Beside} from './inventory/variables.ts';
import {parseVariables, parseYamlInventory} from './inventory/yaml-format.ts';

export type {IntendedVnet, InventoryImport} from './inventory/hosts.ts';

const maxBytes = 4 << 20;
const maxFiles = 2000;
const none: Beside = {groups: new Map(), hosts: new Map()};

/** Pure: one inventory text, nothing beside it. Throws ConfigError when the text is no inventory. */
export function importInventoryText(text: string, file: string): InventoryImport {
  return importHosts(parse(text, file), none);
}

/** Reads FILE and the folders group_vars and host_vars beside it. Throws ConfigError. */
export function importInventory(file: string): InventoryImport {
  const inventory = parse(read(file), file);
  const folder = dirname(file);
  const budget = {files: maxFiles};
  return importHosts(inventory, {
    groups: variablesBeside(inventory, join(folder, 'group_vars'), inventory.groups.keys(), budget),
    hosts: variablesBeside(inventory, join(folder, 'host_vars'), inventory.hosts.keys(), budget),
  });
}

function parse(text: string, file: string): Inventory {
  if (text.length > maxBytes) throw fileError(file, `is larger than ${maxBytes} bytes: this is no inventory`);
  if (text.startsWith('$ANSIBLE_VAULT;')) throw fileError(file, 'is vaulted as a whole: decrypt it, or write the hosts into a context');
  if (text.startsWith('#!')) throw fileError(file, 'is a script (a dynamic inventory), and is not run: write its output to a file with "ansible-inventory -i FILE --list --yaml"');
  switch (extname(file).toLowerCase()) {
    case '.yml':
    case '.yaml':
    case '.json':
      return parseYamlInventory(text, file);
    case '.ini':
    case '.cfg':
      return parseIniInventory(text, file);
    default:
      return looksLikeYaml(text) ? parseYamlInventory(text, file) : parseIniInventory(text, file);
  }
}

/** By the first line that says something: "---", "name:" or "{" begins YAML; "[group]" or a host line INI. */
function looksLikeYaml(text: string): boolean {
  const line = text.split('\n', 2000).map((each) => each.trim()).find((each) => each !== '' && !each.startsWith('#') && !each.startsWith(';')) ?? '';
  return line.startsWith('---') || line.startsWith('{') || line.startsWith('%YAML') || /^["']?[\w.-]+["']?:(\s|$)/.test(line);
}

function read(file: string): string {
  try {
    if (statSync(file).isDirectory()) throw fileError(file, 'is a folder: give the inventory file in it');
    if (statSync(file).size > maxBytes) throw fileError(file, `is larger than ${maxBytes} bytes: this is no inventory`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw fileError(file, code === 'ENOENT' ? 'does not exist' : `cannot be read: ${(error as Error).message}`);
  }
}

function fileError(file: string, message: string): ConfigError {
  return new ConfigError([{file, line: undefined, column: undefined, message}]);
}

/** NAME, NAME.yml, NAME.yaml, NAME.json, or a folder NAME with such files, in alphabetical order. Bad ones only warn. */
function variablesBeside(inventory: Inventory, folder: string, names: Iterable<string>, budget: {files: number}): Map<string, Variables> {
  const found = new Map<string, Variables>();
  const present = list(folder);
  if (present.length === 0) return found;
  const here = new Set(present);
  for (const name of names) {
    if (name.includes('/') || name === '.' || name === '..') continue;
    const files = [name, `${name}.yml`, `${name}.yaml`, `${name}.json`].filter((each) => here.has(each)).map((each) => join(folder, each));
    const vars: Variables = new Map();
    for (const file of files.flatMap((each) => (isFolder(each) ? list(each).filter((entry) => /(^[^.]+|\.ya?ml|\.json)$/.test(entry)).map((entry) => join(each, entry)).filter((entry) => !isFolder(entry)) : [each]))) {
      if (--budget.files < 0) {
        warn(inventory, undefined, `more than ${maxFiles} files of variables; the rest was not read`);
        return found;
      }
      for (const [key, variable] of readVariables(inventory, file)) vars.set(key, variable);
    }
    if (vars.size > 0) found.set(name, vars);
  }
  return found;
}

function readVariables(inventory: Inventory, file: string): Variables {
  try {
    const text = read(file);
    if (!text.startsWith('$ANSIBLE_VAULT;')) return parseVariables(text, file);
    warn(inventory, undefined, 'is vaulted as a whole: its variables are unknown here', file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) inventory.warnings.push(`${describe(problem)}; its variables were not read`);
  }
  return new Map();
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return []; // most inventories have none beside them
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
