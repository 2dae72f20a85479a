import {describe, expect, it} from 'vitest';
import {all, attributes, child, children, element, elements, id, ids, int, text, XmlError} from '../../../src/services/opennebula/xml.ts';

const content = (xml: string) => element(xml)!.content;

describe('text', () => {
  it('is never coerced, and empty is none', () => {
    const a = content('<A><N>0123</N><F>1e3</F><T>true</T><E></E><S/><C><![CDATA[]]></C></A>');
    expect(['N', 'F', 'T', 'E', 'S', 'C', 'X'].map((name) => text(a, name))).toEqual(['0123', '1e3', 'true', undefined, undefined, undefined, undefined]);
    expect([int(a, 'F'), int(a, 'N'), int(a, 'E')]).toEqual([undefined, 123, undefined]);
  });

  it('decodes the five entities and references outside CDATA, and nothing else', () => {
    const a = content('<A><P>a &lt;&amp;&gt; &quot;b&apos; &#65;&#x42; &nbsp; &x; &#xd800; &#1114112;</P><C><![CDATA[a &lt; b <c>]]></C></A>');
    expect(text(a, 'P')).toBe('a <&> "b\' AB &nbsp; &x; &#xd800; &#1114112;');
    expect(text(a, 'C')).toBe('a &lt; b <c>');
    expect(text(content('<A><P>&amp;lt;</P></A>'), 'P')).toBe('&lt;');
  });

  it('loses escape sequences, also those that come as references', () => {
    const a = content('<A><P>\x1b[31mred\u202e</P><Q>&#27;[2Jgone&#x202e;</Q><R><![CDATA[one\ntwo]]></R></A>');
    expect([text(a, 'P'), text(a, 'Q'), text(a, 'R')]).toEqual(['red', 'gone', 'one two']);
  });
});

describe('lists', () => {
  it('are lists whether there are none, one or several', () => {
    const a = content('<A><VMS><ID>3</ID><ID>7</ID></VMS><HOSTS><ID>1</ID></HOSTS><VNETS></VNETS><NIC><X>1</X></NIC></A>');
    expect([ids(a, 'VMS'), ids(a, 'HOSTS'), ids(a, 'VNETS'), ids(a, 'NONE')]).toEqual([[3, 7], [1], [], []]);
    expect(elements(a, 'NIC')).toHaveLength(1);
    expect(all(a, 'NONE')).toEqual([]);
    expect(id(content('<A><ID>-1</ID></A>'), 'ID')).toBeUndefined();
    expect(child(a, 'NIC', 'X')).toBeUndefined();
  });

  it('of attributes hold what may enter, and no prototype', () => {
    const found = attributes(content('<A><B>1</B><C><D>2</D></C><toString>x</toString><S>secret</S></A>'), (name) => name !== 'S');
    expect(found).toEqual({B: '1', __toString: 'x'});
    expect(element('<A><__proto__><polluted>1</polluted></__proto__></A>')).toBeUndefined();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('children', () => {
  const list = (xml: string): string[] => [...children(xml, ['P'])];

  it('come one by one, whatever CDATA pretends', () => {
    expect(list('<P><A>1</A><B/><A><![CDATA[</A></P><A>]]></A></P>')).toEqual(['<A>1</A>', '<B/>', '<A><![CDATA[</A></P><A>]]></A>']);
    expect(list('<P></P>')).toEqual([]);
    expect(list('<P/>')).toEqual([]);
  });

  it.each([
    ['a DOCTYPE', '<!DOCTYPE P [<!ENTITY a "b">]><P></P>', '<!DOCTYPE P  is refused'],
    ['a DOCTYPE inside', '<P><A><!DOCTYPE P></A></P>', '<!DOCTYPE P> is refused'],
    ['another root', '<Q></Q>', '<Q> instead of <P>'],
    ['nothing', '', 'there is no element'],
    ['a cut', '<P><A>1</A><A>', 'it ends inside <A>'],
    ['a cut in a tag', '<P><A>1</A', 'it ends inside a tag'],
    ['a cut in CDATA', '<P><A><![CDATA[x', 'it ends inside a tag'],
    ['crossed tags', '<P><A><B></A></B></P>', 'an end tag that closes nothing at character 9'],
    ['a second root', '<P></P><P></P>', 'a tag out of place at character 7'],
    ['an end too many', '<P></P></P>', 'an end tag that closes nothing at character 7'],
    ['too much depth', `<P>${'<A>'.repeat(40)}${'</A>'.repeat(40)}</P>`, 'nested deeper than 32'],
  ])('refuse %s', (_, xml, words) => {
    expect(() => list(xml)).toThrow(new XmlError(words));
  });
});
