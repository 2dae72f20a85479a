/** The scripts of a runbook, read by this machine's sh without being run: what it cannot parse would only look like "not so" on a host. */
import {spawnSync} from 'node:child_process';
import type {Runbook, RunbookStep} from '../runbooks/model.ts';

const scriptsOf = ({check, apply, verify, undo, value, file, secret}: RunbookStep): readonly (readonly [key: string, script: string])[] =>
  Object.entries({check, apply, verify, undo, value, 'file.after': file?.after, 'secret.make': secret?.make, 'secret.public': secret?.public}).flatMap(([key, script]) => (script === undefined ? [] : [[key, script] as const]));

/** A sentence for each script that sh refuses; empty: none, or there is no sh here. */
export const shellFaults = ({file, steps}: Pick<Runbook, 'file' | 'steps'>): readonly string[] => steps.flatMap((step) => scriptsOf(step).flatMap(([key, script]) => {
  const {status, stderr} = spawnSync('sh', ['-n'], {input: script.replaceAll(/\{\{[\s\S]*?\}\}/g, 'x'), encoding: 'utf8', timeout: 5000});
  if (status === 0 || status === null) return [];
  const [, line, says] = /(?:^|: )(?:line )?(\d+): (.*)/.exec(stderr.trim().split('\n')[0] ?? '') ?? [];
  return [`${file}: step ${step.id}, ${key}${line === undefined ? '' : `, line ${line} of it`}: sh says ${says ?? stderr.trim()}`];
}));
