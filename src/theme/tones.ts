/** Tone → Ink's colour name, for what is drawn by components of others (ink-table). */
import type {Tone} from '../model/tone.ts';

const colors: Readonly<Record<Tone, string | undefined>> = {
  ok: 'green', warn: 'yellow', bad: 'red', unknown: 'magenta', stale: 'gray', muted: 'gray', plain: undefined, accent: 'cyan',
};
export const toneColor = (tone: Tone): string | undefined => colors[tone];
