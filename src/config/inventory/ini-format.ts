/** The INI form of an inventory: [group], [group:vars], [group:children], host lines with key=value. */
import {ConfigError} from '../problem.ts';
import {emptyInventory, group, host, maxHosts, warn, type Inventory, type Value} from './graph.ts';
import {hostPattern} from './names.ts';
import {words} from './words.ts';

/** Throws ConfigError at the first line that is neither a section, a host nor a variable, as Ansible does. */
export function parseIniInventory(text: string, file: string): Inventory {
  const inventory = emptyInventory(file);
  let section: {name: string; kind: 'hosts' | 'vars' | 'children'} = {name: 'ungrouped', kind: 'hosts'};
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const content = raw.trim();
    const fail = (message: string): never => {
      throw new ConfigError([{file, line, column: 1, message}]);
    };
    if (content === '' || content.startsWith('#') || content.startsWith(';')) continue;
    const header = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:[#;].*)?$/.exec(content);
    if (header) {
      const [, name, kind = 'hosts'] = header;
      if (kind !== 'hosts' && kind !== 'vars' && kind !== 'children') {
        fail(`section [${name}:${kind}]: expected [${name}], [${name}:vars] or [${name}:children]`);
      }
      section = {name: name!, kind: kind as 'hosts' | 'vars' | 'children'};
      group(inventory, section.name);
      continue;
    }
    if (section.kind === 'vars') {
      const split = content.indexOf('=');
      if (split < 1) fail(`[${section.name}:vars]: expected key=value, found "${content.slice(0, 60)}"`);
      group(inventory, section.name).vars.set(content.slice(0, split).trim(), {value: literal(content.slice(split + 1).trim()), file, line});
    } else if (section.kind === 'children') {
      const child = content.replace(/[#;].*$/, '').trimEnd();
      group(inventory, section.name).children.add(child);
      group(inventory, child);
    } else {
      readHost(inventory, section.name, content, line, fail);
    }
  }
  return inventory;
}

function readHost(inventory: Inventory, groupName: string, content: string, line: number, fail: (message: string) => never): void {
  const parts = words(content, {comments: true});
  if (typeof parts === 'string') return fail(parts);
  const [name, ...assignments] = parts;
  if (name === undefined) return;
  const pattern = hostPattern(name);
  if (typeof pattern === 'string') return fail(pattern);
  if (inventory.hosts.size + pattern.names.length > maxHosts) return warn(inventory, line, `more than ${maxHosts} hosts; "${name}" left out`);
  for (const hostName of pattern.names) {
    const vars = host(inventory, groupName, hostName, line);
    if (pattern.port !== undefined) vars.set('ansible_port', {value: pattern.port, file: inventory.file, line});
    for (const assignment of assignments) {
      const split = assignment.indexOf('=');
      if (split < 1) return fail(`host "${name}": expected key=value, found "${assignment.slice(0, 60)}"`);
      vars.set(assignment.slice(0, split), {value: literal(assignment.slice(split + 1)), file: inventory.file, line});
    }
  }
}

/** A Python literal where Ansible would take it for one, the text as it stands otherwise. Lists and dictionaries stay text. */
function literal(text: string): Value {
  const bare = text.replace(/\s#.*$/, '').trimEnd();
  if (/^[+-]?(0|[1-9][0-9]*)$/.test(bare)) return Number(bare);
  if (/^[+-]?[0-9]+\.[0-9]+$/.test(bare)) return Number(bare);
  if (bare === 'True' || bare === 'False') return bare === 'True';
  if (bare === 'None') return null;
  const quoted = /^(?:'([^'\\]*)'|"([^"\\]*)")$/.exec(bare);
  return quoted ? (quoted[1] ?? quoted[2] ?? '') : text;
}
