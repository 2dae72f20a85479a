/** The npm scripts that the documents name are there. */
import {readdirSync, readFileSync} from 'node:fs';
import {expect, it} from 'vitest';

const pages = ['README.md', 'CONTRIBUTING.md', ...readdirSync('docs').filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];
const {scripts} = JSON.parse(readFileSync('package.json', 'utf8')) as {scripts: Readonly<Record<string, string>>};

it('every "npm run" of the documents', () => {
  const named = pages.flatMap((page) => [...readFileSync(page, 'utf8').matchAll(/npm run (?:-s )?([a-z][a-z:]*)/g)].map(([, script = '']) => `${page}: ${script}`));
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((one) => scripts[one.slice(one.indexOf(': ') + 2)] === undefined)).toEqual([]);
});
