/** The YAML form of an inventory, and the YAML of group_vars and host_vars: YAML 1.1 as Ansible reads it. */
import {isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Alias, type Document, type Node, type Pair, type Scalar} from 'yaml';
import {ConfigError, show} from '../problem.ts';
import {emptyInventory, group, host, maxHosts, Unknown, warn, type Inventory, type Value, type Variables} from './graph.ts';
import {hostPattern} from './names.ts';

const maxNodes = 500_000; // aliases can make a small file huge
const maxDepth = 100;

class Reader {
  readonly file: string;
  readonly document: Document;
  readonly #lines = new LineCounter();
  readonly #aliases = new Map<Alias, Node>();
  #nodes = 0;

  constructor(text: string, file: string) {
    this.file = file;
    // Ansible takes the last of two equal keys (and warns); merge keys and on/yes/off/no are of YAML 1.1.
    try {
      this.document = parseDocument(text, {version: '1.1', lineCounter: this.#lines, prettyErrors: false, uniqueKeys: false, logLevel: 'error'});
      // One pass for all: Alias.resolve() walks the document each time. An alias means the last anchor before it.
      const anchors = new Map<string, Node>();
      visit(this.document, {
        Alias: (_key, alias) => void (anchors.has(alias.source) && this.#aliases.set(alias, anchors.get(alias.source)!)),
        Value: (_key, node) => void (node.anchor !== undefined && anchors.set(node.anchor, node)),
      });
    } catch (error) { // nested deeper than the stack
      throw new ConfigError([{file, line: undefined, column: undefined, message: `not valid YAML: ${(error as Error).message}`}]);
    }
    const errors = this.document.errors;
    if (errors.length > 0) {
      throw new ConfigError(errors.slice(0, 5).map((error) => {
        const {line, col} = this.#lines.linePos(error.pos[0]);
        return {file, line, column: col, message: `not valid YAML: ${error.message}`};
      }));
    }
  }

  line(node: unknown): number {
    const range = (node as {range?: readonly number[] | null} | null | undefined)?.range;
    return range ? this.#lines.linePos(range[0]!).line : 1;
  }

  /** Entries of a mapping in order, merge keys applied (own keys win); undefined when it is no mapping. */
  entries(node: unknown, depth = 0): {key: string; keyNode: unknown; value: unknown}[] | undefined {
    const map = this.resolve(node);
    if (!isMap(map)) return undefined;
    this.count(depth);
    const found = new Map<string, {key: string; keyNode: unknown; value: unknown}>();
    for (const pair of map.items as Pair[]) {
      this.count(depth);
      const keyNode = this.resolve(pair.key);
      if (isScalar(keyNode) && keyNode.source === '<<' && keyNode.type === 'PLAIN') {
        const value = this.resolve(pair.value);
        for (const source of isSeq(value) ? value.items : [value]) {
          for (const entry of this.entries(source, depth + 1) ?? []) if (!found.has(entry.key)) found.set(entry.key, entry);
        }
      }
    }
    for (const pair of map.items as Pair[]) {
      const keyNode = this.resolve(pair.key);
      if (!isScalar(keyNode) || (keyNode.source === '<<' && keyNode.type === 'PLAIN')) continue;
      const key = keyNode.source ?? String(keyNode.value);
      found.set(key, {key, keyNode, value: pair.value});
    }
    return [...found.values()];
  }

  value(node: unknown, depth = 0): Value {
    this.count(depth);
    const target = this.resolve(node);
    if (target === null || target === undefined) return null;
    const tag = (target as {tag?: string}).tag;
    if (tag === '!vault' || tag === '!vault-encrypted') return new Unknown('vaulted');
    if (isScalar(target)) return tag === '!unsafe' ? String(target.source ?? target.value) : scalar(target);
    if (isSeq(target)) return target.items.map((item) => this.value(item, depth + 1));
    const entries = this.entries(target, depth);
    if (!entries) return null;
    const map = Object.create(null) as {[key: string]: Value};
    for (const {key, value} of entries) map[key] = this.value(value, depth + 1);
    return map;
  }

  resolve(node: unknown): unknown {
    return isAlias(node) ? this.#aliases.get(node) : node;
  }

  count(depth: number): void {
    if (++this.#nodes > maxNodes || depth > maxDepth) {
      throw new ConfigError([{file: this.file, line: undefined, column: undefined, message: `is nested or repeated (by aliases) beyond any inventory: more than ${depth > maxDepth ? `${maxDepth} levels` : `${maxNodes} values`}`}]);
    }
  }

  variables(node: unknown, into: Variables): boolean {
    const entries = this.entries(node);
    for (const {key, keyNode, value} of entries ?? []) into.set(key, {value: this.value(value), file: this.file, line: this.line(keyNode)});
    return entries !== undefined;
  }
}

function scalar(node: Scalar): Value {
  const {value} = node;
  // PyYAML, which Ansible uses, does not take a lone y or n for a boolean.
  if (typeof value === 'boolean' && /^[yYnN]$/.test(node.source ?? '')) return node.source!;
  if (typeof value === 'bigint') return String(value);
  if (value === null || value === undefined) return null;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : (node.source ?? String(value));
}

/** Throws ConfigError when the text is no YAML, or no mapping of groups. */
export function parseYamlInventory(text: string, file: string): Inventory {
  const reader = new Reader(text, file);
  const inventory = emptyInventory(file);
  const top = reader.entries(reader.document.contents);
  if (!top) {
    throw new ConfigError([{file, line: 1, column: 1, message: `expected a mapping of groups (all:, router:, node: …), found ${show(reader.value(reader.document.contents))}`}]);
  }
  for (const {key, keyNode, value} of top) readGroup(reader, inventory, key, keyNode, value, 0);
  return inventory;
}

function readGroup(reader: Reader, inventory: Inventory, name: string, nameNode: unknown, node: unknown, depth: number): void {
  reader.count(depth);
  const target = group(inventory, name);
  const line = reader.line(nameNode);
  const entries = reader.entries(node);
  if (!entries) {
    if (reader.value(node) !== null) warn(inventory, line, `group "${name}": expected a mapping with hosts, children and vars, found ${show(reader.value(node))}; left out`);
    return;
  }
  for (const {key, keyNode, value} of entries) {
    if (key === 'hosts') readHosts(reader, inventory, name, value, reader.line(keyNode));
    else if (key === 'vars') {
      if (!reader.variables(value, target.vars) && reader.value(value) !== null) warn(inventory, reader.line(keyNode), `vars of group "${name}": expected a mapping; left out`);
    } else if (key === 'children') {
      const children = reader.entries(value);
      if (!children && reader.value(value) !== null) warn(inventory, reader.line(keyNode), `children of group "${name}": expected a mapping; left out`);
      for (const child of children ?? []) {
        target.children.add(child.key);
        readGroup(reader, inventory, child.key, child.keyNode, child.value, depth + 1);
      }
    } else warn(inventory, reader.line(keyNode), `group "${name}": "${key}" is none of hosts, children, vars; left out`);
  }
}

function readHosts(reader: Reader, inventory: Inventory, groupName: string, node: unknown, line: number): void {
  const target = reader.resolve(node);
  const entries = isScalar(target) && typeof target.value === 'string' ? [{key: target.value, keyNode: target, value: null}] : reader.entries(node);
  if (!entries) {
    if (reader.value(node) !== null) warn(inventory, line, `hosts of group "${groupName}": expected a mapping from host name to variables, found ${show(reader.value(node))}; left out`);
    return;
  }
  for (const {key, keyNode, value} of entries) {
    const at = reader.line(keyNode);
    const pattern = hostPattern(key);
    if (typeof pattern === 'string') {
      warn(inventory, at, `${pattern}; left out`);
      continue;
    }
    if (inventory.hosts.size + pattern.names.length > maxHosts) {
      warn(inventory, at, `more than ${maxHosts} hosts; "${key}" left out`);
      continue;
    }
    for (const name of pattern.names) {
      const vars = host(inventory, groupName, name, at);
      if (pattern.port !== undefined) vars.set('ansible_port', {value: pattern.port, file: reader.file, line: at});
      if (!reader.variables(value, vars) && reader.value(value) !== null) warn(inventory, at, `host "${name}": expected a mapping of variables; left out`);
    }
  }
}

/** A file of group_vars or host_vars. Throws ConfigError when it is not a mapping. */
export function parseVariables(text: string, file: string): Variables {
  const reader = new Reader(text, file);
  const vars: Variables = new Map();
  if (!reader.variables(reader.document.contents, vars) && reader.value(reader.document.contents) !== null) {
    throw new ConfigError([{file, line: 1, column: 1, message: `expected a mapping of variables, found ${show(reader.value(reader.document.contents))}`}]);
  }
  return vars;
}
