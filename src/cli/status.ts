/** `evpn-tui status`: the fabric on one page of text, and an exit code for scripts. */
import {Option, type Command} from 'commander';
import type {Fabric} from '../model/fabric.ts';
import {health, unread} from '../rows/health.ts';
import {hosts} from '../rows/hosts.ts';
import type {Tone} from '../rows/resource.ts';
import {clock} from '../text/age.ts';
import {exitCode, type ExitCode} from './exit.ts';
import {report} from './get.ts';
import type {Io} from './io.ts';
import {globalFlags, openFabric} from './open.ts';
import type {Opened} from './run-fabric.ts';
import {asJson, documentOf} from './output/document.ts';
import {chooseColumns} from './output/select.ts';
import {tableText} from './output/table.ts';
import {settle} from './settle.ts';

const word: Readonly<Record<Tone, string>> = {ok: 'ok', warn: 'WARN', bad: 'BAD', unknown: '?', stale: 'stale', muted: '-', plain: 'ok', accent: 'ok'};

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('status')
    .description('read the fabric once and print its health by layer; exit 0 well, 3 could not read, 4 something is wrong')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action(async (flags: {readonly output: 'text' | 'json'}, command: Command) => {
      const opened = openFabric(globalFlags(command), io);
      try {
        finish(await printStatus(opened, io, flags.output));
      } finally {
        await opened.close();
      }
    });
}

export async function printStatus(opened: Opened, io: Io, output: 'text' | 'json'): Promise<ExitCode> {
  const {fabric, late} = await settle(opened.source, opened);
  const now = Date.now();
  io.stdout.write(output === 'json' ? asJson(statusDocument(fabric, now)) : await statusText(fabric, io, now));
  const read = report(fabric, late, io);
  if (read !== exitCode.ok) return read;
  const tones = health(fabric, now).map((layer) => layer.tone);
  if (tones.includes('bad')) return exitCode.wrong;
  // What is not known is no pass: a script must not take it for one.
  return tones.includes('unknown') || tones.includes('stale') ? exitCode.unread : exitCode.ok;
}

function statusDocument(fabric: Fabric, now: number): unknown {
  return documentOf('status', fabric, {
    layers: health(fabric, now).map(({id, title, tone, summary}) => ({id, title, tone, summary})),
    hosts: hosts.rows(fabric, now).map((row) => hosts.toJson(row, now)),
    unread: unread(fabric).map(({source, what}) => ({source, what: what.text})),
  });
}

async function statusText(fabric: Fabric, io: Io, now: number): Promise<string> {
  const layers = health(fabric, now).map((layer) => `  ${word[layer.tone].padEnd(6)}${layer.title.padEnd(12)}${layer.summary}`);
  const table = await tableText(io, chooseColumns(hosts, false, undefined), hosts.rows(fabric, now), now, {plain: true});
  const missing = unread(fabric).map(({source, what}) => `  ${source}: ${what.text}`);
  return [`${fabric.name} at ${clock(now)}`, '', ...layers, '', table, ...(missing.length > 0 ? ['Not read:', ...missing, ''] : [])].join('\n');
}
