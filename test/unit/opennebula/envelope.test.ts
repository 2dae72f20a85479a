import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {decodeResponse, encodeCall} from '../../../src/services/opennebula/envelope.ts';
import {fixture} from './fixtures.ts';

const decode = (text: string) => decodeResponse(Buffer.from(text));
const answer = (...values: string[]): string => `<?xml version="1.0" encoding="UTF-8"?>\n<methodResponse><params><param><value><array><data>${values.map((value) => `<value>${value}</value>`).join('')}</data></array></value></param></params></methodResponse>`;

describe('a call', () => {
  it('says integers as <int> and booleans as <boolean>, and quotes what must be quoted', () => {
    expect(encodeCall('one.vm.info', ['a:<b>&', 5, true])).toBe(
      '<?xml version="1.0"?><methodCall><methodName>one.vm.info</methodName><params><param><value><string><![CDATA[a:<b>&]]></string></value></param><param><value><int>5</int></value></param><param><value><boolean>1</boolean></value></param></params></methodCall>');
  });
  it('refuses what XML or oned cannot take, without repeating it', () => {
    for (const bad of ['hunter2\u0000', 'hunter2]]>', 1.5, 2 ** 31, Number.NaN]) {
      expect(() => encodeCall('one.x', [bad])).toThrow(TypeError);
      expect(() => encodeCall('one.x', [bad])).not.toThrow(/hunter2/);
    }
  });
});

describe('an answer', () => {
  it('is a value', async () => {
    expect(await decodeResponse(fixture('001-system.version.resp'))).toEqual({ok: true, value: '7.4.0'});
    expect(await decode(answer('<boolean>1</boolean>', '<i4>7</i4>', '<i4>0</i4>'))).toEqual({ok: true, value: 7});
  });

  it.each([
    ['141-err.badauth', 'auth', 'AUTHENTICATION', "[one.vmpool.info] User couldn't be authenticated, aborting call. (AUTHENTICATION)"],
    ['247-user.host.info', 'denied', 'AUTHORIZATION', '[one.host.info] User [2] : Not authorized to perform USE HOST [0]. (AUTHORIZATION)'],
    ['151-err.nonexistent.vm', 'failed', 'NO_EXISTS', '[one.vm.info] Error getting virtual machine [9999]. (NO_EXISTS)'],
    ['167-err.vmpool.badfilter', 'failed', 'XML_RPC_API', '[one.vmpool.info] Incorrect filter_flag (XML_RPC_API)'],
    ['145-err.unknown-method', 'unsupported', 'UNKNOWN_METHOD', "Method 'one.nope.info' not defined (fault -506 UNKNOWN_METHOD)"],
    ['160-err.wrongtype.vminfo', 'failed', 'TYPE', 'Parameter that is supposed to be integer is not (fault -501 TYPE)'],
    ['169-err.notxml', 'failed', 'PARSE', 'Call XML not a proper XML-RPC call. Call is not valid XML. syntax error (fault -503 PARSE)'],
  ])('%s says why not, in oned’s words', async (name, kind, codeName, detail) => {
    const result = await decodeResponse(fixture(`${name}.resp`));
    expect(result).toMatchObject({ok: false, problem: {kind}, refusal: {codeName}});
    expect(!result.ok && result.problem.detail.replace(/ +/g, ' ')).toBe(detail);
  });

  it('names the object that is meant, when there is one', async () => {
    expect(await decodeResponse(fixture('151-err.nonexistent.vm.resp'))).toMatchObject({refusal: {form: 'error', code: 1024, objectId: 9999}});
    expect(await decodeResponse(fixture('141-err.badauth.resp'))).toMatchObject({refusal: {objectId: undefined}});
  });

  it('may carry an i8 of any size, and as many elements as it likes', async () => {
    expect(await decode(answer('<boolean>0</boolean>', '<string>[one.x] no</string>', '<i4>2048</i4>', '<i4>-1</i4>', '<i8>18446744073709551615</i8>', '<string>more</string>'))).toMatchObject({
      problem: {kind: 'failed', detail: '[one.x] no (ACTION)'}});
    expect(await decode(answer('<boolean>1</boolean>', '<string>7.4.0</string>', '<i4>0</i4>', '<i8>-1</i8>'))).toEqual({ok: true, value: '7.4.0'});
  });

  it('loses control characters in oned’s words', async () => {
    expect(await decode(answer('<boolean>0</boolean>', '<string>no \x1b[31mway\x07\u202e</string>', '<i4>9</i4>'))).toMatchObject({problem: {detail: 'no way (9)'}});
  });

  it.each([
    ['nothing', '', 'it is empty'],
    ['HTML', '<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head></html>', 'it is a web page ("502 Bad Gateway"); is this oned\'s address?'],
    ['a DOCTYPE', '<?xml version="1.0"?><!DOCTYPE methodResponse [<!ENTITY a "aaaa">]><methodResponse></methodResponse>', 'it carries a DOCTYPE, which is refused'],
    ['laughs', `<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY a "${'ha'.repeat(2000)}">]><methodResponse/>`, 'it carries a DOCTYPE, which is refused'],
    ['text', 'hello', 'it does not begin as an XML-RPC response does'],
    ['a cut', answer('<boolean>1</boolean>', '<string>7.4.0</string>').slice(0, 180), 'Unexpected end'],
    ['a bare value', '<methodResponse><params><param><value><string>x</string></value></param></params></methodResponse>', 'it is not the array that oned answers with'],
    ['an empty array', answer(), 'its array is not [success, value, code …]'],
    ['a string for success', answer('<string>1</string>', '<string>x</string>', '<i4>0</i4>'), 'its array is not [success, value, code …]'],
    ['a fault without a value', '<methodResponse><fault></fault></methodResponse>', 'it is malformed'],
    ['another tag', '<methodResponse><params><param><value><evil>x</evil></value></param></params></methodResponse>', "Unknown XML-RPC tag 'EVIL'"],
  ])('that is %s is garbled', async (_, body, why) => {
    expect(await decode(body)).toEqual({ok: false, problem: {kind: 'garbled', detail: `the answer is no XML-RPC response: ${why}`}});
  });

  it('keeps characters of several bytes whole across slices', async () => {
    const text = 'ж'.repeat(100_000);
    expect(await decode(answer('<boolean>1</boolean>', `<string>a${text}</string>`, '<i4>0</i4>'))).toEqual({ok: true, value: `a${text}`});
  });

  it('is the same on the short way, for what oned writes, and on the long way', async () => {
    const texts = ['', 'plain', '&lt;A&gt;&amp;lt;&quot;&apos;', `${'x'.repeat(131_069)}&lt;&amp;&gt;y`, `${'&amp;'.repeat(60_000)}`, '&#65;&nbsp;&', 'ж\u202e', '<![CDATA[<a>]]>'];
    for (const text of texts) {
      const short = answer('<boolean>1</boolean>', `<string>${text}</string>`, '<i4>0</i4>');
      // One more element than oned writes: the short way is not taken.
      const long = answer('<boolean>1</boolean>', `<string>${text}</string>`, '<i4>0</i4>', '<i4>0</i4>');
      expect(await decode(short)).toEqual(await decode(long));
    }
  });

  it('of a megabyte lets others have their turn', async () => {
    const body = Buffer.from(answer('<boolean>1</boolean>', `<string>${'&lt;A&gt;1&lt;/A&gt;'.repeat(50_000)}</string>`, '<i4>0</i4>'));
    let turns = 0;
    let over = false;
    const count = (): void => {
      turns++;
      if (!over) setImmediate(count);
    };
    setImmediate(count);
    const result = await decodeResponse(body);
    over = true;
    expect(result.ok).toBe(true);
    expect(turns).toBeGreaterThan(body.length / 150_000);
  });
});

const captures = new URL('../../../../shared/captures/opennebula-7.4.0/', import.meta.url);

describe.skipIf(!existsSync(captures))('every captured answer (skipped where the captures are not)', () => {
  // "| 005-name | one.x | (…) | boolean=0; string=…; i4=16384; …" or "| … | fault …"
  const index = existsSync(captures) ? readFileSync(new URL('INDEX.md', captures), 'utf8') : '';
  const files = existsSync(captures) ? readdirSync(captures).filter((name) => name.endsWith('.resp.xml')) : [];

  it('decodes to the class that the index says', async () => {
    const classes = {success: 0, refusal: 0, fault: 0, other: 0};
    for (const file of files) {
      const name = file.replace('.resp.xml', '');
      const said = index.split('\n').find((line) => line.startsWith(`| ${name} |`))?.split(' | ').at(-1) ?? '';
      const result = await decodeResponse(readFileSync(new URL(file, captures)));
      const expected = said.startsWith('boolean=1') ? 'success' : said.startsWith('boolean=0') ? 'refusal' : /fault/i.test(said) ? 'fault' : 'other';
      const got = result.ok ? 'success' : result.refusal?.form === 'error' ? 'refusal' : (result.refusal?.form ?? 'other');
      expect([name, got]).toEqual([name, expected]);
      classes[expected]++;
    }
    expect(classes.success).toBeGreaterThan(180);
    expect(classes.refusal).toBeGreaterThan(50);
    expect(classes.fault).toBe(15);
    // Introspection (system.listMethods …) answers without oned's array.
    expect(classes.other).toBeLessThan(5);
  });
});
