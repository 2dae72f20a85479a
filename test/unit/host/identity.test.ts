import {expect, test} from 'vitest';
import {identityCommand, parseIdentity} from '../../../src/services/host/identity.ts';
import {splitParts} from '../../../src/services/host/script.ts';
import {fuzz} from '../fuzz.ts';
import {kind, output, parts, value} from './answers.ts';

const debian = {
  hostname: 'kvm1', kernel: '6.1.0-18-amd64', uptime: '12345.67 54321.00', clock: '1795241040', user: 'root', uid: '0',
  os: 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n',
};

test('a Debian host as root', () => {
  expect(parseIdentity(output(parts(debian)))).toEqual({
    ok: true, value: {hostname: 'kvm1', kernel: '6.1.0-18-amd64', os: 'Debian GNU/Linux 12 (bookworm)', uptimeS: 12345, clockS: 1795241040, user: 'root', root: true},
  });
});

test('os-release in the other quotings, and without a pretty name', () => {
  const os = (text: string) => value(parseIdentity(output(parts({...debian, os: text})))).os;
  expect(os("NAME=\"Alpine Linux\"\nPRETTY_NAME='Alpine Linux v3.20'\n")).toBe('Alpine Linux v3.20');
  expect(os('NAME=Arch\nID=arch\n')).toBe('Arch');
  expect(os('PRETTY_NAME="a \\"b\\" \\$c"\n')).toBe('a "b" $c');
  expect(os('ID=x\n')).toBe('');
});

test('what cannot be read is undefined and said; an ordinary user is not root', () => {
  const reading = parseIdentity(output(parts({...debian, uid: '1500', user: 1, uptime: 1, clock: 127})));
  expect(reading).toEqual({
    ok: true,
    value: {hostname: 'kvm1', kernel: '6.1.0-18-amd64', os: 'Debian GNU/Linux 12 (bookworm)', uptimeS: undefined, clockS: undefined, user: '1500', root: false},
    warnings: ['the uptime could not be read', 'the clock could not be read', 'the user name could not be read'],
  });
});

test('a shell that answers something else is garbled; a hung one timed out', () => {
  expect(kind(parseIdentity(output('This account is currently not available.\n')))).toBe('garbled');
  expect(kind(parseIdentity(output('', {exit: 124})))).toBe('timeout');
  expect(identityCommand).not.toContain('sudo'); // the connection has tried it; asking again fills the host's auth log
});

test('a part cannot pass for another part, nor for a status', () => {
  const {parts: found, stray} = splitParts('a:b:x\na:b=0\na=3\nnoise\n:b\nb=\n', ['a', 'b'] as const);
  expect(found.get('a')).toEqual({lines: ['b:x', 'b=0'], exit: 3});
  expect(found.get('b')).toEqual({lines: [], exit: undefined});
  expect(stray).toBe(3);
});

test('fuzz', () => {
  fuzz({name: 'host.identity', inputs: [parts(debian), parts({...debian, os: "NAME=\"Alpine Linux\"\nPRETTY_NAME='Alpine Linux v3.20'\n"})], parse: (text) => parseIdentity(output(text))});
}, 120_000);
