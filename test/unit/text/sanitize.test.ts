import {describe, expect, it} from 'vitest';
import {sanitizeLine, sanitizeText} from '../../../src/text/sanitize.ts';

describe('sanitizeText', () => {
  it.each([
    ['colours', '\x1b[31mred\x1b[0m', 'red'],
    ['window title', '\x1b]0;owned\x07name', 'name'],
    ['clipboard, terminated by ST', '\x1b]52;c;ZXZpbA==\x1b\\name', 'name'],
    ['C1 CSI', '\x9b2Jname', 'name'],
    ['C1 OSC', '\x9d52;c;eA==\x9cname', 'name'],
    ['device control string', '\x1bPq#0\x1b\\name', 'name'],
    ['hyperlink', '\x1b]8;;http://192.0.2.1\x07text\x1b]8;;\x07', 'text'],
    ['cursor moves without end', 'a\x1b[', 'a'],
    ['reset', '\x1bcname', 'name'],
    ['backspace, bell, NUL', 'a\b\x07\0b', 'ab'],
    ['right-to-left override', 'vm\u202egnp.exe', 'vmgnp.exe'],
    ['zero width', 'a\u200bb\u2060c\ufeff', 'abc'],
    ['tag characters', 'a\u{e0041}b', 'ab'],
    ['lone carriage return that would overwrite a line', 'real\rfake', 'real\nfake'],
  ])('removes %s', (_what, hostile, clean) => {
    expect(sanitizeText(hostile)).toBe(clean);
  });
  it('leaves ordinary text, lines, tabs and other scripts alone', () => {
    const text = 'kvm-1\tlondon\nМосква 東京 é 🙂';
    expect(sanitizeText(text)).toBe(text);
  });
  it('leaves nothing behind that a second pass would find', () => {
    const nested = '\x1b\x1b[31m[31mx\x9b\x9b1m';
    const once = sanitizeText(nested);
    expect(once).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
  });
});

describe('sanitizeLine', () => {
  it('is one line of bounded length', () => {
    expect(sanitizeLine('a\nb\tc')).toBe('a b c');
    expect(sanitizeLine('x'.repeat(20), 10)).toBe('xxxxxxxxx…');
  });
});
