/**
 * Writes config.yaml through conf: atomically, mode 0600, checked against the schema by ajv first. Loaded only when
 * something is to be written. conf hands over whole stores; what is written is an edit of the YAML that was read, so
 * that comments, order and layout of the user's file survive.
 */
import Conf from 'conf';
import {isMap, isScalar, parseDocument, type Document, type YAMLMap} from 'yaml';
import {isDeepStrictEqual} from 'node:util';
import {ConfigError} from './problem.ts';
import {parseConfig} from './read.ts';
import {configSchema, contextNamePattern, type Config, type ConfiguredContext} from './schema.ts';

export interface ContextStore {
  /** Adds or replaces one context; the first one becomes current. Throws ConfigError when the file or the context is not valid. */
  put(name: string, context: ConfiguredContext, options: {readonly makeCurrent: boolean}): void;
}

export function openStore(configDir: string): ContextStore {
  const file = `${configDir}/config.yaml`;
  let document: Document = parseConfig('', file).document;
  const conf = new Conf<Record<string, unknown>>({
    cwd: configDir,
    configName: 'config',
    fileExtension: 'yaml',
    configFileMode: 0o600,
    accessPropertiesByDotNotation: false, // names of contexts may hold dots
    clearInvalidConfig: false, // a broken file is the user's work: it is reported, never replaced
    rootSchema: {additionalProperties: false},
    schema: configSchema.properties as never,
    ajvOptions: {allowUnionTypes: true, useDefaults: false},
    deserialize(text) {
      const parsed = parseConfig(text, file);
      document = parsed.document;
      return parsed.config as Record<string, unknown>;
    },
    serialize(store) {
      return edited(document, store);
    },
  });
  return {
    put(name, context, {makeCurrent}) {
      if (!new RegExp(contextNamePattern).test(name)) {
        throw new ConfigError([{file, line: undefined, column: undefined, message: `"${name}" cannot be the name of a context: letters, digits, ".", "_", "@" and "-" can be used`}]);
      }
      const config = conf.store as Config;
      const contexts = {...config.contexts, [name]: context};
      const current = makeCurrent || config['current-context'] === undefined ? name : config['current-context'];
      try {
        conf.set({'current-context': current, contexts});
      } catch (error) {
        if (error instanceof ConfigError) throw error;
        throw new ConfigError([{file, line: undefined, column: undefined, message: `was not written: ${(error as Error).message}`}]);
      }
    },
  };
}

/** The document with exactly those nodes changed whose value differs. */
function edited(document: Document, store: Readonly<Record<string, unknown>>): string {
  if (!isMap(document.contents)) {
    document.contents = document.createNode({}) as unknown as typeof document.contents;
  }
  merge(document, document.contents as unknown as YAMLMap, store);
  const text = document.toString({lineWidth: 0});
  // With anchors and aliases one edit can change two places: better not to write than to write something else.
  if (!isDeepStrictEqual(plain(parseDocument(text).toJS()), plain(store))) {
    throw new Error('its anchors and aliases make the change ambiguous: make it in an editor');
  }
  return text;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

function merge(document: Document, map: YAMLMap, wanted: Readonly<Record<string, unknown>>): void {
  if (map.items.length === 0) map.flow = false; // a "{}" that grows reads better as a block
  for (const pair of [...map.items]) {
    const key = isScalar(pair.key) ? String(pair.key.value) : undefined;
    if (key === undefined || !Object.hasOwn(wanted, key)) map.delete(pair.key);
  }
  for (const [key, value] of Object.entries(wanted)) {
    const node = map.get(key, true) as unknown;
    if (isMap(node) && value !== null && typeof value === 'object' && !Array.isArray(value)) {
      merge(document, node as YAMLMap, value as Record<string, unknown>);
    } else if (isScalar(node) ? node.value !== value : !sameAs(document, node, value)) {
      if (isScalar(node) && (value === null || typeof value !== 'object')) node.value = value;
      else map.set(document.createNode(key), document.createNode(value));
    }
  }
}

function sameAs(document: Document, node: unknown, value: unknown): boolean {
  const js = node as {toJS?: (document: Document) => unknown} | undefined;
  return js?.toJS !== undefined && isDeepStrictEqual(js.toJS(document), value);
}
