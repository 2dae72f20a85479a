/** `evpn-tui explain ID`: what a check looks at; of a finding, what was read and what it explains. */
import {Option, type Command} from 'commander';
import {catalogue, findCheck} from '../checks/catalogue.ts';
import type {Check} from '../checks/check.ts';
import {flatten} from '../checks/fold.ts';
import type {Finding} from '../model/finding.ts';
import {checkJson} from './checks.ts';
import {codeOf, diagnoseOnce} from './diagnose.ts';
import {CliError, exitCode, type ExitCode} from './exit.ts';
import type {Io} from './io.ts';
import {globalFlags, openFabric} from './open.ts';
import {apiVersion, asJson, documentOf} from './output/document.ts';
import {findingJson, findingText, transientNote} from './output/findings.ts';

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('explain')
    .argument('<id>', 'a check (bgp.session), or a finding of `check` (bgp.session@ingress|kvm2)')
    .description('say what a check looks at and what to do; of a finding also what was read (exit codes as `check`)')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action(async (id: string, {output}: {readonly output: 'text' | 'json'}, command: Command) => {
      const check = findCheck(id.split('@')[0] ?? '');
      if (!check) throw new CliError(exitCode.usage, `there is no check "${id}"`, nearest(id));
      if (!id.includes('@')) {
        io.stdout.write(output === 'json' ? asJson({apiVersion, kind: 'explain-check', check: checkJson(check)}) : checkText(check));
        finish(exitCode.ok);
        return;
      }
      const opened = openFabric(globalFlags(command), io);
      try {
        const {diagnosis, fabric, rounds, late} = await diagnoseOnce(opened, {});
        const found = find(diagnosis.causes, id);
        if (output === 'json') io.stdout.write(asJson(documentOf('explain', fabric, {check: checkJson(check), finding: found ? findingJson(found.finding) : null, explainedBy: found?.path.map((each) => each.id) ?? []})));
        else io.stdout.write(found ? findingPage(found, check, rounds) : `${id} is not a finding now: it passes, or there is nothing of that name.\n\n${checkText(check)}`);
        finish(found ? codeOf({...diagnosis, causes: [found.finding]}, late) : late.length > 0 ? exitCode.unread : exitCode.ok);
      } finally {
        await opened.close();
      }
    });
}

function nearest(id: string): string {
  const family = id.split('.')[0];
  const near = catalogue.filter((check) => check.family === family).map((check) => check.id);
  return near.length > 0 ? `There are: ${near.join(', ')}` : 'All checks: evpn-tui checks';
}

const checkText = ({id, title, explanation, remedy, origin, holdS}: Check): string =>
  [`${id}: ${title}`, '', explanation, '', `What to do: ${remedy}`, `Told after: ${holdS === 0 ? 'its first sight' : `${holdS} s`}`, `Origin: ${origin}`, ''].join('\n');

interface Found {
  readonly finding: Finding;
  readonly path: readonly Finding[]; // what explains it, the root cause first
}
function find(causes: readonly Finding[], id: string, path: readonly Finding[] = []): Found | undefined {
  for (const finding of causes) {
    if (finding.id === id) return {finding, path};
    const found = find(finding.symptoms, id, [...path, finding]);
    if (found) return found;
  }
  return undefined;
}

function findingPage({finding, path}: Found, check: Check, rounds: number): string {
  const transient = transientNote(finding, rounds);
  return [
    ...findingText(finding, {symptoms: [...flatten(finding.symptoms)].length, ...(transient === undefined ? {} : {transient})}),
    ...(path.length > 0 ? ['', 'Explained by:', ...path.map((each) => `  ${each.says} (${each.id})`)] : []),
    '', checkText(check),
  ].join('\n');
}
