/** Names of attributes whose values are never read: TOKEN, ONEAPP_VNF_KEEPALIVED_PASSWORD, SSH_PRIVATE_KEY, EC2_ACCESS … */
const secret = /TOKEN|PASSW|SECRET|CREDENTIAL|PRIVATE|ACCESS_ID|START_SCRIPT|USER_DATA|USERDATA/;

/** True when an attribute of a CONTEXT or TEMPLATE may enter. Scripts stay out too: they often carry passwords. */
export function mayEnter(name: string): boolean {
  const upper = name.toUpperCase();
  return !secret.test(upper) && (!/KEY/.test(upper) || /(PUBLIC|AUTHORIZED)_KEYS?$/.test(upper));
}
