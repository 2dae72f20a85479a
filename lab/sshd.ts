import {readFileSync} from 'node:fs';
import {run} from './run.ts';

/** The user without root; a member of frrvty, so that vtysh answers and little else does. */
export const unprivilegedUser = 'oper';
const unprivilegedId = 61_000;

export const sshdConfig = `Port 22
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
PidFile /run/sshd.pid
Subsystem sftp internal-sftp
`;

/** Writes FILE and FILE.pub; gives the public line (type and key, no comment). */
export const newSshKey = async (file: string): Promise<string> => {
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'evpn-tui lab', '-f', file]);
  return readFileSync(`${file}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
};

/** The machine's own users and groups with the lab's added. No password of the machine gets into the lab. */
export const accounts = (passwd: string, group: string): {passwd: string; group: string; shadow: string} => {
  const users = passwd.trimEnd().split('\n').concat(`${unprivilegedUser}:x:${unprivilegedId}:${unprivilegedId}::/home/${unprivilegedUser}:/bin/sh`);
  const groups = group.trimEnd().split('\n')
    .map(line => line.startsWith('frrvty:') ? line.replace(/:([^:]*)$/, (_, members: string) => `:${members ? members + ',' : ''}${unprivilegedUser}`) : line)
    .concat(`${unprivilegedUser}:x:${unprivilegedId}:`);
  return {
    passwd: users.join('\n') + '\n',
    group: groups.join('\n') + '\n',
    // '*' is no password; '!' would be a locked account, which sshd refuses even with a key.
    shadow: users.map(line => `${line.split(':')[0]}:*:19000:0:99999:7:::`).join('\n') + '\n',
  };
};

/** Boot lines. The log must lie inside the machine's own mounts, else every connection is reset. */
export const sshdBoot = `
chown -R ${unprivilegedId}:${unprivilegedId} /home/${unprivilegedUser}
chown -R 0:0 /root
chmod 700 /root /root/.ssh /home/${unprivilegedUser} /home/${unprivilegedUser}/.ssh
chmod 600 /etc/ssh/ssh_host_ed25519_key
# vtysh asks PAM whether the account is valid, and PAM's checker reads this as group shadow.
chown root:shadow /etc/shadow
chmod 640 /etc/shadow
/usr/sbin/sshd -E /var/log/sshd.log 3>&-
`;
