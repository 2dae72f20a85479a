import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {importInventoryText} from '../../../src/config/inventory.ts';
import {ConfigError} from '../../../src/config/problem.ts';
import {parseConfig} from '../../../src/config/read.ts';

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../../fixtures/config', name), 'utf8');
const config = 'current-context: a\ncontexts:\n  a: &x {inventory: x.yml, refresh: {fast: 2}}\n  b: *x\n  c:\n    hosts:\n      - {name: k1, port: 22, jumps: [g]}\n    ssh: {strict: yes}\n';

function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const pieces = ['{{ x }}', '{{', '[01:10]', '[a:f]', '[1:99999]', '&a ', '*a', '<<: *a', '!vault |', '!unsafe ', '\t', '\n', '  ', ':', '- ', '{', '}', '[', ']', '"', "'", '#', '\0', '\x1b[31m', '\u202e', '%h:%p', '-J', '-o ', '__proto__', 'constructor:', '---\n', '? ', '!!binary ', 'null', '=', '[x:children]\n', '[x:vars]\n', '0x1F', '1e999', '.inf', '1:30'];

function mutate(text: string, next: (below: number) => number): string {
  let out = text;
  for (let n = 1 + next(4); n > 0; n--) {
    const at = next(out.length + 1);
    const length = next(2) === 0 ? 0 : next(40);
    const what = next(3) === 0 ? out.slice(next(out.length), next(out.length)) : pieces[next(pieces.length)]!;
    out = out.slice(0, at) + what + out.slice(at + length);
  }
  return out;
}

// Each run ends in a value or in a ConfigError, soon, and with no control character in what a person would see.
test.each<[string, string, (text: string) => unknown]>([
  ['YAML inventories', fixture('inventory.yml'), (text) => importInventoryText(text, 'i.yml')],
  ['YAML inventories with references', fixture('vars/inventory.yml'), (text) => importInventoryText(text, 'i.yml')],
  ['INI inventories', fixture('inventory.ini'), (text) => importInventoryText(text, 'i.ini')],
  ['config.yaml', config, (text) => parseConfig(text, 'config.yaml').config],
])('mutated %s end in a value or a clear error', (_name, text, parse) => {
  let values = 0;
  let errors = 0;
  let slowest = 0;
  for (let run = 0; run < Number(process.env['FUZZ_RUNS'] ?? 1500); run++) {
    const mutated = mutate(text, random(run * 7919 + 17));
    const started = performance.now();
    try {
      const value = parse(mutated) as {warnings?: readonly string[]; hosts?: readonly {name: string; origin: string; ssh: {host: string}}[]};
      values++;
      const shown = [...(value?.warnings ?? []), ...(Array.isArray(value?.hosts) ? value.hosts.flatMap((host) => [host.name, host.origin, host.ssh.host]) : [])].join('');
      expect(shown).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw new Error(`run ${run}: ${(error as Error).stack}\n${JSON.stringify(mutated)}`);
      errors++;
      expect(error.message).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
      expect(error.problems.length).toBeGreaterThan(0);
    }
    slowest = Math.max(slowest, performance.now() - started);
  }
  expect(values).toBeGreaterThan(50);
  expect(errors).toBeGreaterThan(50);
  expect(slowest).toBeLessThan(2000);
});
