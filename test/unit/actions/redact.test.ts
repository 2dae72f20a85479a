/** What is taken for a secret, what is not, and what that means for a run that is taken up again. */
import {afterEach, describe, expect, it} from 'vitest';
import {readFileSync} from 'node:fs';
import {passes} from '../../../src/actions/action.ts';
import {journaled, redacted, withSecrets} from '../../../src/actions/redact.ts';
import type {Action, ActionRun, Step} from '../../../src/model/action.ts';
import {openBench, type Bench} from './bench.ts';
import {host} from './trials.ts';

describe('a text', () => {
  it.each([
    ['password=hunter2', 'password=***'],
    ['curl -d "password=hunter2&x=1"', 'curl -d "password=***"'],
    ['PASSWORD = "two words"; next', 'PASSWORD = ***; next'],
    ["token: 'abc'", 'token: ***'],
    ['{"ONEGATE_TOKEN":"abc","id":7}', '{"ONEGATE_TOKEN":***,"id":7}'],
    ['PrivateKey = /tcAbcdefghijklmnopqrstuvwxyz0123456789ABCDE=', 'PrivateKey = ***'],
    ['PresharedKey=/etcAbcdefghijklmnopqrstuvwxyz0123456789ABC=', 'PresharedKey=***'],
    ['tool --password hunter2 --quiet', 'tool --password *** --quiet'],
    ['tool --auth-token=abc', 'tool --auth-token=***'],
    ["password='$dollar'", 'password=***'],
    ['neighbor 192.168.0.1 password /etc/x', 'neighbor 192.168.0.1 password ***'],
    ['curl http://host/x?token=abc', 'curl http://host/x?token=***'],
    ['curl https://user:hunter2@host/x', 'curl https://user:***@host/x'],
    ['curl -H "Authorization: Bearer abc.def"', 'curl -H "Authorization: Bearer ***"'],
  ])('%s loses its secret', (text, shown) => expect(redacted(text)).toBe(shown));

  it.each([
    'install -m 600 "$t" /etc/app/password=file', 'tool --password-file=/etc/app/secret', 'tool --password-file /etc/app/secret', 'TOKEN_PATH=hidden-place', 'private_key=/etc/wireguard/wg0.key',
    'password=$PASSWORD', 'password="${from_host}"', 'ssh -o PasswordAuthentication=no host', 'no neighbor 192.168.0.1 shutdown', 'tool --password --quiet', 'http://127.0.0.1:2633/RPC2',
    'systemctl restart systemd-ask-password-wall.service',
  ])('%s has none', (text) => expect(redacted(text)).toBe(text));

  it('known secrets go wherever they stand, but for those of one or two characters', () => expect(redacted('say abc and ab', ['abc', 'ab'])).toBe('say *** and ab'));
});

let bench: Bench | undefined;
afterEach(() => bench?.close());

const step = (script: string, secrets?: readonly string[]): Step => ({id: 'one', title: 'one', effect: {kind: 'host', host, script}, deadlineS: 20, resume: 'idempotent', cancellable: false, ...(secrets && {secrets})});
const made = (steps: readonly Step[], anew: readonly Step[] = steps): Action => {
  let planned = 0;
  return {
    id: 'test.made', title: 'Made up', description: 'for a test', params: [], destructive: false,
    preflight: () => Promise.resolve([passes('always', 'it can be done')]),
    plan: () => Promise.resolve({what: 'made up', steps: planned++ === 0 ? steps : anew, targets: [], notUndoable: []}),
    targets: () => [], verify: () => Promise.resolve([passes('it is there', 'it is')]), undo: () => Promise.resolve('it is a test'),
  };
};
/** Killed before its step, and resumed by another console. */
async function resumed(action: Action) {
  bench = await openBench();
  const dead = Promise.withResolvers<void>();
  const first = bench.console({actions: [action], doomed: true, boundary: (name, die) => {
    if (name !== 'intent one') return undefined;
    dead.resolve();
    return die();
  }});
  void first.gate.run(await first.gate.prepare('test.made', {}));
  await dead.promise;
  const {gate, journal} = bench.console({actions: [action]});
  const result = await gate.resume(gate.interrupted()[0]!.run.id);
  return {result, sent: bench.sent, log: bench.log, journal: readFileSync(journal.file, 'utf8')};
}

describe('a run that was cut off is resumed', {timeout: 60_000}, () => {
  it('when its text only says where a secret is', async () => {
    const {result, sent, journal} = await resumed(made([step('echo --password-file=/etc/app/secret password=$HOME >/dev/null')]));
    expect(result).toMatchObject({status: 'done'});
    expect(sent).toEqual(['one']);
    expect(journal).toContain('--password-file=/etc/app/secret');
  });
  it('when the action plans the same secret again: it is sent whole, and is still in no journal and no log', async () => {
    const {result, journal, log} = await resumed(made([step('test hunter2-of-the-fabric = "$(echo hunter2)"-of-the-fabric', ['hunter2-of-the-fabric'])]));
    expect(result).toMatchObject({status: 'done'}); // the host has compared it: what was sent was whole
    for (const text of [journal, JSON.stringify(log)]) {
      expect(text).toContain('***');
      expect(text).not.toContain('hunter2-of-the-fabric');
    }
  });
  it('not when it lost a secret that nobody can give again, or the step would be another one', async () => {
    const had = [step('echo password=hunter2', ['hunter2'])];
    for (const anew of [[], [step('echo password=hunter2; reboot', ['hunter2'])], [step('echo password=***')]]) {
      const {result, sent} = await resumed(made(had, anew));
      expect(result).toMatchObject({status: 'failed', says: expect.stringContaining('held a secret') as string});
      expect(sent).toEqual([]);
      bench!.close();
    }
  });
});

it('secrets of one step are given back to the step that had them', () => {
  const steps = [step('echo abc-secret', ['abc-secret']), {...step('echo plain'), id: 'two'}];
  const run: ActionRun = {id: 'r', action: 'test.made', params: {}, plan: {what: 'x', steps, targets: [], notUndoable: []}, undoes: undefined, startedAt: 0, done: [], values: {}};
  const kept = journaled(run);
  expect(kept.plan.steps.map(({secrets}) => secrets)).toEqual([['***'], undefined]);
  expect(withSecrets(kept, steps).plan.steps.map(({effect}) => effect)).toEqual(steps.map(({effect}) => effect));
  expect(withSecrets(kept, []).plan.steps).toEqual(kept.plan.steps);
});
