/** Lines of text, one <Text> each: a line that stays the same is not rendered again. */
import {Text} from 'ink';
import {memo, type ReactElement} from 'react';
import {forTerminal, type Theme} from '../theme/theme.ts';

/** Already painted and cut to the terminal's width by whoever made it. */
const Line = memo(function Line({text}: {readonly text: string}): ReactElement {
  return <Text wrap="truncate">{text || ' '}</Text>;
});

/** Exactly `height` lines: what is missing is blank, what is too much is left out. */
export function Lines({lines, height, theme}: {readonly lines: readonly string[]; readonly height: number; readonly theme: Theme}): ReactElement {
  return (
    <>
      {Array.from({length: height}, (_, i) => (
        <Line key={i} text={forTerminal(theme, lines[i] ?? '')} />
      ))}
    </>
  );
}
