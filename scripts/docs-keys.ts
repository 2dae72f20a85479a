/** Writes docs/KEYS.md from the table of commands. `--check` only says whether it is up to date. */
import {readFile, writeFile} from 'node:fs/promises';
import process from 'node:process';
import {commands, scopeTitles, type Command} from '../src/keys/commands.ts';
import {chordName} from '../src/keys/keymap.ts';

const file = 'docs/KEYS.md';

/** The page as it should be. Pure. */
export function keysPage(all: readonly Command[]): string {
  const lines = ['# Keys', '', 'Generated from `src/keys/commands.ts` by `scripts/docs-keys.ts`. In the console, `?` shows the same.'];
  for (const [group, members] of Map.groupBy(all, (command) => command.group)) {
    const scope = members[0]?.scope ?? 'main';
    lines.push('', `## ${group}${scopeTitles[scope] === '' ? '' : ` (${scopeTitles[scope]})`}`, '', '| Key | What it does | Command |', '|---|---|---|');
    for (const {id, title, keys} of members) lines.push(`| ${keys.map((key) => `\`${chordName(key)}\``).join(' ')} | ${title} | \`${id}\` |`);
  }
  return `${lines.join('\n')}\n`;
}

if (import.meta.main) {
  const page = keysPage(commands);
  if (!process.argv.includes('--check')) await writeFile(file, page);
  else if ((await readFile(file, 'utf8')) !== page) {
    console.error(`${file} is not what src/keys/commands.ts says: node scripts/docs-keys.ts`);
    process.exitCode = 1;
  }
}
