import {unprivilegedUser} from '../sshd.ts';
import {machineOf} from '../plan.ts';
import {breaksNothing} from './expectations.ts';
import type {LabFault, Stage} from './fault.ts';
import {dropRule, undropRule} from './filter.ts';
import {must, onTarget, until} from './inside.ts';

const listener = '$(cat /run/sshd.pid)';
/** Of the machine's own processes: it sees no others. */
const sessions = `for p in $(pidof sshd); do [ $p = ${listener} ] || kill -KILL $p 2>/dev/null || true; done`;
/** The new settings, and nobody is left who came in under the old ones. */
const reload = `kill -HUP ${listener}\n${sessions}`;
const hostKey = '/etc/ssh/ssh_host_ed25519_key';
const homes = ['/root', `/home/${unprivilegedUser}`];

const does = (command: string, answer: Answer) => async (stage: Stage): Promise<void> => {
  await onTarget(stage, `set -e\n${command}`);
  await answers(stage, answer);
};

/** What a client sees: nothing listens, nothing comes back, or ssh goes as far as the greeting. */
type Answer = 'refused' | 'silence' | 'greeting';

const answers = async ({lab, plan, target}: Stage, answer: Answer): Promise<void> => {
  const {publicAddress} = machineOf(plan, target);
  // bash's own TCP: exit 0 with a greeting, 1 refused, 124 silence.
  const ask = `timeout 0.4 bash -c 'exec 3<>/dev/tcp/${publicAddress}/22 && read -r line <&3 && [ -n "$line" ]' 2>/dev/null; s=$?`;
  const wanted = {refused: '[ $s = 1 ]', silence: '[ $s = 124 ]', greeting: '[ $s = 0 ]'}[answer];
  await until(lab, 'ops', `port 22 of ${target}: ${answer}`, `${ask}; ${wanted}`);
};

/** Whoever logs in as root is put down to the user without root. `groups` as setpriv has it. */
const demoted = (groups: string): string => {
  const command = `exec setpriv --reuid=${unprivilegedUser} --regid=${unprivilegedUser} ${groups} --no-new-privs env HOME=/home/${unprivilegedUser} USER=${unprivilegedUser} ` +
    'LOGNAME=' + unprivilegedUser + ' sh -c "cd; ${SSH_ORIGINAL_COMMAND:-exec sh}"';
  return `cp -p /etc/ssh/sshd_config /etc/ssh/sshd_config.right
cat >>/etc/ssh/sshd_config <<'END'
ForceCommand ${command}
END
${reload}`;
};
const promoted = `[ ! -e /etc/ssh/sshd_config.right ] || mv /etc/ssh/sshd_config.right /etc/ssh/sshd_config\n${reload}`;

export const access: readonly LabFault[] = [
  {
    name: 'ssh-refused',
    apply: does(`${sessions}\nkill -KILL ${listener}`, 'refused'),
    undo: does(`pidof sshd >/dev/null || /usr/sbin/sshd -E /var/log/sshd.log </dev/null >/dev/null 2>&1`, 'greeting'),
    expects: breaksNothing,
  },
  {name: 'ssh-unreachable', apply: does(dropRule('-p tcp --dport 22'), 'silence'), undo: does(undropRule('-p tcp --dport 22'), 'greeting'), expects: breaksNothing},
  {
    name: 'ssh-key-refused',
    apply: does(`${homes.map(home => `mv ${home}/.ssh/authorized_keys ${home}/.ssh/authorized_keys.away`).join('\n')}\n${sessions}`, 'greeting'),
    undo: does(homes.map(home => `[ ! -e ${home}/.ssh/authorized_keys.away ] || mv ${home}/.ssh/authorized_keys.away ${home}/.ssh/authorized_keys`).join('\n'), 'greeting'),
    expects: breaksNothing,
  },
  {
    name: 'ssh-host-key-changed',
    apply: does(`mv ${hostKey} ${hostKey}.right
mv ${hostKey}.pub ${hostKey}.pub.right
ssh-keygen -q -t ed25519 -N '' -f ${hostKey}
${reload}`, 'greeting'),
    undo: does(`[ ! -e ${hostKey}.right ] || { mv ${hostKey}.right ${hostKey}; mv ${hostKey}.pub.right ${hostKey}.pub; }\n${reload}`, 'greeting'),
    expects: breaksNothing,
  },
  {name: 'sudo-denied', apply: does(demoted('--init-groups'), 'greeting'), undo: does(promoted, 'greeting'), expects: breaksNothing},
  {name: 'user-no-rights', apply: does(demoted('--clear-groups'), 'greeting'), undo: does(promoted, 'greeting'), expects: breaksNothing},
  {
    name: 'host-hangs',
    apply: async stage => {
      await onTarget(stage, 'kill -STOP $(pidof sshd)');
      await answers(stage, 'silence');
    },
    undo: async stage => {
      await must(stage.lab, stage.target, 'kill -CONT $(pidof sshd)');
      await answers(stage, 'greeting');
    },
    expects: breaksNothing,
  },
];
