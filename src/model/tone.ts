/** The meaning of a cell or row; themes turn it into colour and glyph. Never the only carrier: the text says it too. */
export type Tone = 'ok' | 'warn' | 'bad' | 'unknown' | 'stale' | 'muted' | 'plain' | 'accent';
