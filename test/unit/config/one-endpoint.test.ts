import {describe, expect, it} from 'vitest';
import {findOneCredentials, findOneEndpoint, type OneSurroundings} from '../../../src/config/one-endpoint.ts';

const around = (env: Record<string, string>, files: Record<string, string | Error>, home: string | undefined = '/home/op'): OneSurroundings => ({
  env,
  home,
  readFile(path) {
    const file = files[path];
    if (file instanceof Error) throw file;
    return file;
  },
});

const files = {
  '/etc/elsewhere': 'ada:one\n',
  '/run/auth': 'env:two\n',
  '/home/op/.one/one_auth': 'op:three \n',
  '/var/lib/one/.one/one_auth': 'oneadmin:four\n',
  '/home/op/.one/one_endpoint': 'http://192.0.2.5:2633/RPC2\n',
  '/var/lib/one/.one/one_endpoint': 'http://192.0.2.6:2633/RPC2\n',
};
const without = (...paths: string[]): Record<string, string> => Object.fromEntries(Object.entries(files).filter(([path]) => !paths.includes(path)));

describe('endpoint', () => {
  it('goes down the list of the stock command line, and says where it stopped', () => {
    const env = {ONE_XMLRPC: 'http://192.0.2.4:2633/RPC2'};
    const found = (surroundings: OneSurroundings, explicit = {}): string[] => {
      const {endpoint, endpointOrigin} = findOneEndpoint(surroundings, explicit);
      return [endpoint, endpointOrigin];
    };
    expect(found(around(env, files), {endpoint: {value: 'https://192.0.2.3/RPC2', origin: '--endpoint'}})).toEqual(['https://192.0.2.3/RPC2', '--endpoint']);
    expect(found(around(env, files))).toEqual(['http://192.0.2.4:2633/RPC2', '$ONE_XMLRPC']);
    expect(found(around({ONE_XMLRPC: ''}, files))).toEqual(['http://192.0.2.5:2633/RPC2', '/home/op/.one/one_endpoint']);
    expect(found(around({}, without('/home/op/.one/one_endpoint')))).toEqual(['http://192.0.2.6:2633/RPC2', '/var/lib/one/.one/one_endpoint']);
    expect(found(around({}, {}))).toEqual(['http://localhost:2633/RPC2', 'default']);
    expect(found({...around({}, files), home: undefined})).toEqual(['http://192.0.2.6:2633/RPC2', '/var/lib/one/.one/one_endpoint']);
  });

  it('passes over a file that it may not read, and says so', () => {
    const found = findOneEndpoint(around({}, {...files, '/home/op/.one/one_endpoint': new Error('EACCES')}));
    expect(found.endpointOrigin).toBe('/var/lib/one/.one/one_endpoint');
    expect(found.warnings).toEqual(['/home/op/.one/one_endpoint cannot be read: EACCES']);
  });

  it('takes the deadline from ONE_XMLRPC_TIMEOUT, in seconds', () => {
    const of = (value: string): unknown[] => {
      const {timeoutMs, timeoutOrigin, warnings} = findOneEndpoint(around({ONE_XMLRPC_TIMEOUT: value}, {}));
      return [timeoutMs, timeoutOrigin, warnings.length];
    };
    expect(of('5')).toEqual([5000, '$ONE_XMLRPC_TIMEOUT', 0]);
    expect(of('2.5')).toEqual([2500, '$ONE_XMLRPC_TIMEOUT', 0]);
    expect(of('')).toEqual([30_000, 'default', 0]);
    expect(of('0')).toEqual([30_000, 'default', 1]);
    expect(of('soon')).toEqual([30_000, 'default', 1]);
    expect(of('-3')).toEqual([30_000, 'default', 1]);
  });
});

describe('credentials', () => {
  it('go down the list of the stock command line, and say where they were found', () => {
    const explicit = {authFile: {value: '/etc/elsewhere', origin: 'context prod'}};
    expect(findOneCredentials(around({ONE_AUTH: '/run/auth'}, files), explicit)).toEqual({ok: true, session: 'ada:one', origin: 'context prod /etc/elsewhere'});
    expect(findOneCredentials(around({ONE_AUTH: '/run/auth'}, files))).toEqual({ok: true, session: 'env:two', origin: '$ONE_AUTH /run/auth'});
    expect(findOneCredentials(around({}, files))).toEqual({ok: true, session: 'op:three', origin: '/home/op/.one/one_auth'});
    expect(findOneCredentials(around({}, without('/home/op/.one/one_auth')))).toEqual({ok: true, session: 'oneadmin:four', origin: '/var/lib/one/.one/one_auth'});
  });

  it('never take another user when the named file does not serve', () => {
    expect(findOneCredentials(around({ONE_AUTH: '/nowhere'}, files))).toEqual({ok: false, reason: '$ONE_AUTH: there is no file /nowhere'});
    expect(findOneCredentials(around({ONE_AUTH: '/run/auth'}, {...files, '/run/auth': new Error('EACCES')}))).toEqual({ok: false, reason: '$ONE_AUTH: /run/auth cannot be read: EACCES'});
  });

  it('do not print a password that was put where a path belongs, nor one in a broken file', () => {
    const pasted = findOneCredentials(around({ONE_AUTH: 'oneadmin:hunter2'}, files));
    expect(pasted.ok).toBe(false);
    expect(JSON.stringify(pasted)).not.toContain('hunter2');
    const broken = findOneCredentials(around({ONE_AUTH: '/run/auth'}, {'/run/auth': 'hunter2\n'}));
    expect(broken).toEqual({ok: false, reason: '$ONE_AUTH: /run/auth does not hold user:password in one line'});
  });

  it('keep colons in the password', () => {
    expect(findOneCredentials(around({}, {'/home/op/.one/one_auth': 'op:a:b:c\n'}))).toMatchObject({ok: true, session: 'op:a:b:c'});
  });

  it('say everywhere they looked when there are none', () => {
    expect(findOneCredentials(around({}, {}))).toEqual({ok: false, reason: 'no credentials: $ONE_AUTH is not set, there is no /home/op/.one/one_auth, there is no /var/lib/one/.one/one_auth'});
  });
});
