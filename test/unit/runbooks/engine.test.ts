/** Expressions, quoting, diffs, and the scripts that keep and put back: run by a real sh. */
import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import fc from 'fast-check';
import {afterAll, expect, test} from 'vitest';
import {together} from '../../../src/runbooks/engine/facts.ts';
import {unifiedDiff} from '../../../src/runbooks/engine/diff.ts';
import {evaluate, parseExpression, type Scope} from '../../../src/runbooks/engine/expression.ts';
import {commitConfirmed, isUnshowable, lookAtFile, masked, scriptsOf, secretMarker} from '../../../src/runbooks/engine/scripts.ts';
import {spots, word} from '../../../src/runbooks/engine/shell.ts';
import {fillScript, fillText, parseScript, parseTemplate} from '../../../src/runbooks/engine/template.ts';
import type {Value} from '../../../src/runbooks/model.ts';

const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-scripts-'));
afterAll(() => rmSync(folder, {recursive: true, force: true}));
const scope = (names: Readonly<Record<string, Value>>): Scope => ({names, value: () => 'v'});
const sh = (script: string): number => spawnSync('sh', ['-c', script], {encoding: 'utf8'}).status ?? -1;
const hosts: Value = [{name: 'a', role: 'vtep'}, {name: 'b', role: 'reflector'}];

test.each([
  ['1 + 2 * 3', 7], ['hosts | where("role", "vtep") | map("name") | join(",")', 'a'], ['"b" in (hosts | map("name"))', true], ['not false and 1 < 2', true],
  ['not hosts[0].role == "vtep"', false], ['not hosts[0].role == "reflector"', true], ['not "c" in (hosts | map("name"))', true], ['not not 1 < 2', true], ['not 1 > 2 and not 2 > 3', true], ['1 == (not 0)', false], ['true == not false', null], ['-1 + 2', 1],
  ['nth("192.168.0.9/24", 3)', '192.168.0.3'], ['network("10.1.2.3/16")', '10.1.0.0/16'], ['hosts[1].name', 'b'], ['true ? "y" : "n"', 'y'], ['default(null, 4)', 4], ['[1, 2] + [3] | length', null],
])('%s', (source, expected) => {
  if (expected === null) expect(() => evaluate(parseExpression(source), scope({hosts}))).toThrow();
  else expect(evaluate(parseExpression(source), scope({hosts}))).toEqual(expected);
});

test('an expression reaches nothing but what it is given', () => {
  for (const source of ['hosts.constructor', 'hosts[0].constructor', 'hosts[0]["__proto__"]', '"x".length', 'process', 'constructor']) expect(() => evaluate(parseExpression(source), scope({hosts})), source).toThrow();
  for (const source of ['constructor()', 'toString("x")', 'a => 1', 'x = 1', '`x`']) expect(() => parseExpression(source), source).toThrow();
});

test('whatever a value holds, it is one word of the script', () => {
  fc.assert(fc.property(fc.string({unit: 'grapheme-ascii', maxLength: 30}).filter((text) => !/[\n\r\0]/.test(text)), (text) => {
    const script = fillScript(parseScript('printf "%s|" start {{ x }} end'), scope({x: text}));
    expect(execFileSync('sh', ['-c', script], {encoding: 'utf8'})).toBe(`start|${text}|end|`);
  }), {numRuns: 40});
  expect(word("it's")).toBe("'it'\\''s'");
});

test('where a quoted word would not be one is known', () => {
  const spot = (script: string): string => spots(script, [script.indexOf('X')])[0]!;
  expect(['echo X', 'a=$(b X)', '"$(b X)"', "'X'", '# it\'s X', 'echo $((X))', '${a:-X}', '`X`', 'cat <<E\nX', 'echo \\X', "# it's\nX", 'a#b X'].map(spot)).toEqual(['plain', 'plain', 'quotes', 'quotes', 'a comment', '$(( ))', '${ }', 'backticks', 'a here-document', 'quotes', 'plain', 'plain']);
});

test('loops and conditions in files', () => {
  const text = '{% for one in hosts %}\n{% if one.role == "vtep" %}\npeer {{ one.name }}\n{% else %}\nreflector {{ one.name }}\n{% endif %}\n{% endfor %}\nend\n';
  expect(fillText(parseTemplate(text, {blocks: true}), scope({hosts}))).toBe('peer a\nreflector b\nend\n');
  expect(() => parseTemplate('{% for x in hosts %}', {blocks: true})).toThrow('endfor');
  expect(() => fillText(parseTemplate('{{ x }}'), scope({x: 'a\nb'}))).toThrow('line break');
});

test('a diff that patch can use', () => {
  const before = Array.from({length: 30}, (_, at) => `line ${at}`).join('\n') + '\n';
  const after = before.replace('line 3\n', 'line three\n').replace('line 20\n', '').concat('more\n');
  writeFileSync(join(folder, 'p'), before);
  execFileSync('patch', ['-s', join(folder, 'p')], {input: `${unifiedDiff('p', before, after)}\n`});
  expect(readFileSync(join(folder, 'p'), 'utf8')).toBe(after);
  expect(unifiedDiff('p', before, before)).toBe('');
});

test('a file is made, kept, put back; a secret of the host comes in there only', () => {
  const [path, key, keep] = [join(folder, 'conf'), join(folder, 'key'), join(folder, 'keep')];
  writeFileSync(path, 'before\n');
  writeFileSync(key, 's3cret&\\1\n');
  const content = `PrivateKey = ${secretMarker(key)}\nport 1\n`;
  const scripts = scriptsOf({id: 'h', host: 'h', file: {path, content, mode: '0600'}}, keep);
  expect(sh(scripts.check)).toBe(1);
  expect(sh(scripts.apply!)).toBe(0);
  expect(readFileSync(path, 'utf8')).toBe('PrivateKey = s3cret&\\1\nport 1\n');
  expect(sh(scripts.check)).toBe(0);
  expect(sh(scripts.undone!)).toBe(1);
  expect(sh(scripts.undo!)).toBe(0);
  expect(readFileSync(path, 'utf8')).toBe('before\n');
  expect(sh(scripts.undone!)).toBe(0);
  expect(masked(content)).toBe('PrivateKey = (hidden)\nport 1\n');
  // What somebody changed since is not thrown away.
  expect(sh(scripts.apply!)).toBe(0);
  writeFileSync(path, 'by hand\n');
  expect(sh(scripts.undo!)).toBe(1);
  expect(readFileSync(path, 'utf8')).toBe('by hand\n');
});

test('a secret of the host is not read back from the file that it is in: neither the one of now nor one from before', () => {
  const [path, key] = [join(folder, 'vrrp'), join(folder, 'vrrp.secret')];
  const shown = (content: string): string => execFileSync('sh', ['-c', lookAtFile(path, content)], {encoding: 'utf8'}).split('\n').slice(1).join('\n');
  writeFileSync(key, 'hunter2&\\1\n');
  const content = `priority 2\nauth\\pass ${secretMarker(key)} x\nuser root password y key ${secretMarker(key)}\n`;
  writeFileSync(path, 'priority 1\nauth\\pass hunter1hunter1\nuser root password y key hunter2&\\1\nold hunter2&\\1, and hunter2&\\1\n');
  expect(shown(content)).toBe('priority 1\nauth\\pass (hidden)\nuser root password (hidden) key (hidden)\nold (hidden), and (hidden)\n');
  expect(masked(content)).toBe('priority 2\nauth\\pass (hidden)\nuser root password (hidden) key (hidden)\n');
  // What stands alone on its line could be any.
  expect([shown(`  ${secretMarker(key)}\n`), isUnshowable(`  ${secretMarker(key)}\n`), isUnshowable(content)]).toEqual(['', true, false]);
});

test('what follows a file is done until it has succeeded: forth, and back', () => {
  const [path, keep, broken, log] = [join(folder, 'new', 'conf'), join(folder, 'keep-after'), join(folder, 'broken'), join(folder, 'log')];
  const after = (what: string): string => `[ ! -e ${broken} ] || exit 3\necho ${what} >>${log}`;
  const work = {id: 'h', host: 'h', file: {path, content: 'new\n', after: after('forth'), afterUndo: after('back')}} as const;
  const {check, apply, undo, undone} = scriptsOf(work, keep);
  const other = scriptsOf(work, join(folder, 'keep-of-another-session'));
  const said = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  writeFileSync(broken, '');
  expect([sh(apply!), readFileSync(path, 'utf8'), sh(check), sh(other.check), said()]).toEqual([3, 'new\n', 1, 1, '']);
  expect(execFileSync('sh', ['-c', lookAtFile(path)], {encoding: 'utf8'})).toMatch(/^[0-9a-f]{64} 644 \S+ owed\nnew\n$/);
  // Others are to get there, whoever made it.
  expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o755);
  rmSync(broken);
  expect([sh(other.apply!), sh(check), said()]).toEqual([0, 0, 'forth\n']);
  expect(execFileSync('sh', ['-c', lookAtFile(path)], {encoding: 'utf8'})).toMatch(/^[0-9a-f]{64} 644 \S+ \nnew\n$/);
  expect([sh(apply!), said()]).toEqual([0, 'forth\n']);
  writeFileSync(broken, '');
  expect([sh(undo!), existsSync(path), sh(undone!)]).toEqual([3, false, 1]);
  rmSync(broken);
  expect([sh(undo!), sh(undone!), said()]).toEqual([0, 0, 'forth\nback\n']);
  expect([sh(undo!), said()]).toEqual([0, 'forth\nback\n']);
  // Not for a file that nothing follows.
  expect(sh(`${apply!.replace('echo forth', 'exit 1;')}`)).toBe(1);
  expect(sh(scriptsOf({id: 'h', host: 'h', file: {path, content: 'new\n'}}, keep).check)).toBe(0);
  expect([sh(undo!), existsSync(path)]).toEqual([0, false]);
});

test('a check with set -e holds when all of it does: before it is done, and after it is taken back', () => {
  const made = join(folder, 'made');
  const work = scriptsOf({id: 'h', host: 'h', check: `set -e\n[ -e ${made} ]\ntrue`, apply: `: >${made}`, undo: `rm ${made}`}, join(folder, 'e'));
  expect(sh(work.undone!)).toBe(0);
  expect(sh(work.apply!)).toBe(0);
  expect(existsSync(made)).toBe(true);
  expect(sh(work.undone!)).toBe(1);
});

test('a change that is not confirmed is taken back by the host; a confirmed one stays; only one of both', async () => {
  const [mark, keep] = [join(folder, 'mark'), join(folder, 'cc')];
  const make = (seconds: number) => commitConfirmed(`touch ${mark}`, `rm -f ${mark}`, seconds, keep);
  const gone = async (): Promise<void> => {
    for (const until = Date.now() + 10_000; existsSync(join(keep, 'taken-back')) === false && Date.now() < until; ) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  expect(sh(make(1).apply)).toBe(0);
  expect(existsSync(mark)).toBe(true);
  await gone();
  expect(existsSync(mark)).toBe(false);
  expect(sh(make(1).confirm)).toBe(1);
  expect(sh(make(60).apply)).toBe(0);
  expect(sh(make(60).confirm)).toBe(0);
  expect(sh(make(60).confirm)).toBe(0);
  expect([existsSync(mark), existsSync(join(keep, 'taken-back'))]).toEqual([true, false]);
  // What fails at once is taken back at once.
  expect(sh(commitConfirmed(`touch ${mark}; false`, `rm -f ${mark}`, 60, keep).apply)).toBe(1);
  expect(existsSync(mark)).toBe(false);
});

test('what several hosts have from one place is said once; anything else as it is', () => {
  expect(together(['role of ingress, from inventory a.yml:14', 'role of kvm1, from inventory a.yml:19', 'address of kvm1, from inventory a.yml:19', 'role of kvm2, from b.yml', 'vnets of OpenNebula, read at 10:00:00 UTC', 'role of kvm3, from inventory a.yml:21']))
    .toEqual(['role of ingress, kvm1, kvm3, from inventory a.yml', 'address of kvm1, from inventory a.yml:19', 'role of kvm2, from b.yml', 'vnets of OpenNebula, read at 10:00:00 UTC']);
});
