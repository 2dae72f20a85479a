/**
 * Throw-away ed25519 keys in OpenSSH's form. Not by ssh2's own generator: one key in a few hundred of its making is
 * malformed, and its own parser refuses it.
 */
import {generateKeyPairSync, randomBytes} from 'node:crypto';

export interface KeyPair {
  readonly private: string; // -----BEGIN OPENSSH PRIVATE KEY-----
  readonly public: string; // "ssh-ed25519 AAAA… COMMENT"
}

const text = (bytes: Buffer | string): Buffer => {
  const data = Buffer.from(bytes as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, data]);
};
const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** PROTOCOL.key of OpenSSH, without a passphrase. */
export function newKeyPair(comment: string): KeyPair {
  const {d = '', x = ''} = generateKeyPairSync('ed25519').privateKey.export({format: 'jwk'});
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const open = Buffer.concat([text('ssh-ed25519'), text(point)]);
  const check = randomBytes(4);
  const body = Buffer.concat([check, check, open, text(Buffer.concat([seed, point])), text(comment)]);
  const padding = Buffer.from(Array.from({length: (8 - (body.length % 8)) % 8}, (_, at) => at + 1));
  const file = Buffer.concat([Buffer.from('openssh-key-v1\0'), text('none'), text('none'), text(''), number(1), text(open), text(Buffer.concat([body, padding]))]);
  const lines = file.toString('base64').match(/.{1,70}/g) ?? [];
  return {private: `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`, public: `ssh-ed25519 ${open.toString('base64')} ${comment}`};
}
