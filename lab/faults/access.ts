import {clientUser} from '../client-files.ts';
import {machineOf} from '../plan.ts';
import {unprivilegedUser} from '../sshd.ts';
import {breaksNothing} from './expectations.ts';
import type {LabFault, Stage} from './fault.ts';
import {dropRule, undropRule} from './filter.ts';
import {onTarget} from './inside.ts';
import {inForce} from './journal.ts';

/** sshd's processes of the machine: the one that listens, and two for each connection. OpenSSH 10 names those apart. */
const daemons = '$(pidof sshd sshd-session sshd-auth)';
const stopListening = `p=$(cat /run/sshd.pid 2>/dev/null) && kill $p 2>/dev/null && while kill -0 $p 2>/dev/null; do sleep 0.02; done; rm -f /run/sshd.pid`;
/** Who came in before does not stay. Not the one that listens, if it does. */
const hangUp = `for p in ${daemons}; do [ "$p" = "$(cat /run/sshd.pid 2>/dev/null)" ] || kill -KILL $p 2>/dev/null; done; true`;
/** It writes its pid once it listens. */
const listen = `if ! kill -0 $(cat /run/sshd.pid 2>/dev/null) 2>/dev/null; then
  rm -f /run/sshd.pid
  /usr/sbin/sshd -E /var/log/sshd.log </dev/null >/dev/null 2>&1
  until [ -s /run/sshd.pid ]; do sleep 0.02; done
fi`;

const away = (file: string): string => `if [ -e ${file} ] && [ ! -e ${file}.away ]; then mv ${file} ${file}.away; fi`;
const back = (file: string): string => `if [ -e ${file}.away ]; then mv -f ${file}.away ${file}; fi`;
const authorized = ['/root/.ssh/authorized_keys', `/home/${unprivilegedUser}/.ssh/authorized_keys`];
const hostKey = '/etc/ssh/ssh_host_ed25519_key';

/** In place: the file is a mount of its own. */
const edit = (file: string, script: string): string => `sed '${script}' ${file} >/tmp/edited && cat /tmp/edited >${file}; rm -f /tmp/edited`;

const does = (...commands: readonly string[]) => async (stage: Stage): Promise<void> => void await onTarget(stage, commands.join('\n'));

/** Two faults log in as the same user: the files say so until the last of them is undone. */
const asUnprivileged = ['sudo-denied', 'user-no-rights'];
const logIn = ({lab, plan, target}: Stage, user: string | undefined): void => clientUser(lab.files, machineOf(plan, target), user);
const logInAsBefore = (stage: Stage, self: string): void => {
  const another = inForce(stage.lab.name).some(({name, target}) => name !== self && target === stage.target && asUnprivileged.includes(name));
  if (!another) logIn(stage, undefined);
};

/** How the operator gets at a host. No packet of the fabric notices. */
export const access: readonly LabFault[] = [
  {name: 'ssh-refused', apply: does(stopListening, hangUp), undo: does(listen), expects: breaksNothing},
  {name: 'ssh-unreachable', apply: does(dropRule('-p tcp --dport 22')), undo: does(undropRule('-p tcp --dport 22')), expects: breaksNothing},
  {name: 'ssh-key-refused', apply: does(...authorized.map(away), hangUp), undo: does(...authorized.map(back)), expects: breaksNothing},
  {
    name: 'ssh-host-key-changed',
    apply: does(away(hostKey), away(`${hostKey}.pub`), `ssh-keygen -q -t ed25519 -N '' -C 'another machine' -f ${hostKey}`, stopListening, hangUp, listen),
    undo: does(back(hostKey), back(`${hostKey}.pub`), stopListening, hangUp, listen),
    expects: breaksNothing,
  },
  {
    name: 'sudo-denied',
    apply: async stage => {
      logIn(stage, unprivilegedUser);
      await onTarget(stage, hangUp);
    },
    undo: async stage => {
      logInAsBefore(stage, 'sudo-denied');
      await onTarget(stage, hangUp);
    },
    expects: breaksNothing,
  },
  {
    name: 'user-no-rights',
    apply: async stage => {
      await onTarget(stage, edit('/etc/group', `/^frrvty:/s/,*${unprivilegedUser}$//`));
      logIn(stage, unprivilegedUser);
      await onTarget(stage, hangUp);
    },
    undo: async stage => {
      logInAsBefore(stage, 'user-no-rights');
      await onTarget(stage, `${edit('/etc/group', `/^frrvty:/{/${unprivilegedUser}$/!{s/:$/:${unprivilegedUser}/;t;s/$/,${unprivilegedUser}/}}`)}\n${hangUp}`);
    },
    expects: breaksNothing,
  },
  // Connections are accepted by the kernel and greeted by nobody; those that stand fall silent.
  {name: 'host-hangs', apply: does(`kill -STOP ${daemons}`), undo: does(`kill -CONT ${daemons}`), expects: breaksNothing},
];
