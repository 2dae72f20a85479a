/** One of a short list, on the terminal as it is (no alternate screen): which context to open. */
import {Box, render, Text, useInput} from 'ink';
import SelectInput from 'ink-select-input';
import type {ReactElement} from 'react';

export interface ChoiceItem {
  readonly label: string;
  readonly value: string;
}

export function Choice({question, items, onChoose}: {readonly question: string; readonly items: readonly ChoiceItem[]; readonly onChoose: (value: string | undefined) => void}): ReactElement {
  useInput((input, key) => {
    if (key.escape || input === 'q' || (key.ctrl && input === 'c')) onChoose(undefined);
  });
  return (
    <Box flexDirection="column">
      <Text>{question}</Text>
      <SelectInput items={[...items]} limit={15} onSelect={(item) => onChoose(item.value)} />
      <Text dimColor>Enter chooses, Esc gives up</Text>
    </Box>
  );
}

/** Undefined: given up. */
export async function choose(question: string, items: readonly ChoiceItem[]): Promise<string | undefined> {
  let chosen: string | undefined;
  const app = render(
    <Choice
      question={question}
      items={items}
      onChoose={(value) => {
        chosen = value;
        app.unmount();
      }}
    />,
    {interactive: true, exitOnCtrlC: false, patchConsole: false},
  );
  await app.waitUntilExit();
  return chosen;
}
