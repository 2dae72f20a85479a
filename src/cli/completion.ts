/** `evpn-tui completion bash|zsh|fish`: a script made from the commander tree, so that it cannot fall behind it. */
import {Argument, type Command, type Option} from 'commander';
import type {ExitCode} from './exit.ts';
import {exitCode} from './exit.ts';
import type {Io} from './io.ts';

interface Flag {
  readonly names: readonly string[]; // "-o", "--output"
  readonly description: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[]; // empty and takesValue: a file
}
interface Node {
  readonly name: string; // "" for the program
  readonly description: string;
  readonly flags: readonly Flag[];
  readonly choices: readonly string[]; // of the first argument
}

export function register(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('completion')
    .description('print a completion script: source <(evpn-tui completion bash)')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .action((shell: string) => {
      io.stdout.write(completionScript(program, shell as 'bash' | 'zsh' | 'fish'));
      finish(exitCode.ok);
    });
}

export function completionScript(program: Command, shell: 'bash' | 'zsh' | 'fish'): string {
  const nodes = [node(program, ''), ...program.commands.map((command) => node(command, command.name()))];
  return {bash, zsh, fish}[shell](program.name(), nodes);
}

function node(command: Command, name: string): Node {
  const help: Flag = {names: ['-h', '--help'], description: 'display help', takesValue: false, choices: []};
  return {name, description: command.description(), flags: [...command.options.filter((option) => !option.hidden).map(flag), help], choices: command.registeredArguments[0]?.argChoices ?? []};
}

const flag = (option: Option): Flag => ({
  names: [option.short, option.long].filter((each) => each !== undefined && each !== null),
  description: option.description,
  takesValue: option.required || option.optional,
  choices: option.argChoices ?? [],
});

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
const joined = (words: readonly string[]) => words.join(' ');
const fn = (program: string) => `_${program.replace(/\W/g, '_')}`;

/** Shell text that finds the subcommand among the words before the cursor; values of global options are no commands. */
function findCommand(nodes: readonly Node[], word: string, assign: string): string {
  const [program, ...commands] = nodes;
  const withValue = program!.flags.filter((each) => each.takesValue).flatMap((each) => each.names);
  return `    if [[ -n $skip ]]; then skip=; continue; fi
    case "${word}" in
      ${withValue.join('|') || '--'}) [[ -z $cmd ]] && skip=1 ;;
      ${commands.map((each) => each.name).join('|') || '--'}) [[ -z $cmd ]] && ${assign} ;;
    esac`;
}

function valueCases(nodes: readonly Node[], onChoices: (choices: string) => string, onFile: string): string {
  const global = nodes[0]!;
  const lines: string[] = [];
  for (const each of nodes) {
    for (const {names, takesValue, choices} of [...each.flags, ...(each === global ? [] : global.flags)]) {
      if (takesValue) lines.push(names.map((name) => `    ${quote(`${each.name}:${name}`)})`).join('\n').replaceAll(')\n    ', '|') + ` ${choices.length > 0 ? onChoices(joined(choices)) : onFile}; return ;;`);
    }
  }
  return lines.join('\n');
}

const candidates = (nodes: readonly Node[]) =>
  nodes
    .map((each, i) => {
      const flags = [...each.flags, ...(i === 0 ? [] : nodes[0]!.flags)].flatMap(({names}) => names);
      const plain = i === 0 ? nodes.slice(1).map(({name}) => name) : each.choices;
      return `    ${quote(each.name)}) flags=${quote(joined([...new Set(flags)]))}; plain=${quote(joined(plain))} ;;`;
    })
    .join('\n');

function bash(program: string, nodes: readonly Node[]): string {
  return `# bash completion of ${program}
${fn(program)}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} cmd= skip= flags= plain= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
${findCommand(nodes, '${COMP_WORDS[i]}', 'cmd=${COMP_WORDS[i]}')}
  done
  case "$cmd:$prev" in
${valueCases(nodes, (choices) => `COMPREPLY=($(compgen -W ${quote(choices)} -- "$cur"))`, 'COMPREPLY=($(compgen -f -- "$cur"))')}
  esac
  case "$cmd" in
${candidates(nodes)}
  esac
  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$cur")); else COMPREPLY=($(compgen -W "$plain" -- "$cur")); fi
}
complete -o filenames -F ${fn(program)} ${program}
`;
}

function zsh(program: string, nodes: readonly Node[]): string {
  return `#compdef ${program}
${fn(program)}() {
  local cur=\${words[CURRENT]} prev=\${words[CURRENT-1]} cmd= skip= flags= plain= i
  for ((i = 2; i < CURRENT; i++)); do
${findCommand(nodes, '${words[i]}', 'cmd=${words[i]}')}
  done
  case "$cmd:$prev" in
${valueCases(nodes, (choices) => `compadd -- ${choices}`, '_files')}
  esac
  case "$cmd" in
${candidates(nodes)}
  esac
  if [[ $cur == -* ]]; then compadd -- \${=flags}; else compadd -- \${=plain}; fi
}
if [[ $funcstack[1] == ${fn(program)} ]]; then ${fn(program)} "$@"; else compdef ${fn(program)} ${program}; fi
`;
}

function fish(program: string, nodes: readonly Node[]): string {
  const [top, ...commands] = nodes;
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const option = ({names, description, takesValue, choices}: Flag, condition: string) =>
    [`complete -c ${program}`, condition, ...names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)), choices.length > 0 ? `-x -a ${quoted(joined(choices))}` : takesValue ? '-r -F' : '', `-d ${quoted(description)}`].filter((part) => part !== '').join(' ');
  const lines = [`# fish completion of ${program}`, `complete -c ${program} -f`, ...top!.flags.map((each) => option(each, ''))];
  for (const {name, description} of commands) lines.push(`complete -c ${program} -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`);
  for (const command of commands) {
    const condition = `-n ${quoted(`__fish_seen_subcommand_from ${command.name}`)}`;
    if (command.choices.length > 0) lines.push(`complete -c ${program} ${condition} -a ${quoted(joined(command.choices))}`);
    for (const each of command.flags.filter(({names}) => !names.includes('--help'))) lines.push(option(each, condition));
  }
  return `${lines.join('\n')}\n`;
}
