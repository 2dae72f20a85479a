/**
 * The scripts that the engine makes of a file, of a secret, and of a change that the host takes back by itself. POSIX
 * sh with coreutils or busybox. What was there before is kept on the host, in a folder of the session.
 */
import {createHash} from 'node:crypto';
import type {RunbookSecret, Work} from '../model.ts';
import {word} from './shell.ts';

/** What a work is in scripts; every one of them can be sent twice. */
export interface Scripts {
  readonly check: string; // 0 already so, 75 cannot be told, else to be done
  readonly apply: string | undefined;
  readonly verify: string | undefined; // beyond check
  readonly undo: string | undefined;
  readonly undone: string | undefined; // 0: as it was before
  readonly value: string | undefined;
}

/** A text as a file can be called. */
export const fileName = (text: string): string => text.replace(/[^A-Za-z0-9._-]/g, '_');
const hostState = '/var/lib/evpn-tui';
/** Where a host keeps what it needs to go back. A step function that keeps something itself does without `work`. */
export const keepFolder = (session: string, step: string, work?: string): string => `${hostState}/${fileName(session)}/${step}${work === undefined ? '' : `.${fileName(work)}`}`;
/** sh: the folder `$kept` is needed no longer, and those above it that are empty then. */
export const forgetKept = `rm -rf $kept
rmdir $(dirname $kept) ${hostState} 2>/dev/null || true
`;

/** sh: `place NEW FILE` moves what was made to its place. `$kept` has the sum of it, and a copy of what was there before. */
export const place = `place() { sha256sum <$1 >$kept/\${2##*/}.made; mv $1 $2; }
`;
/** sh: `putBack FILE…` puts back what `place` has replaced, but for what somebody else has changed since: that is said, and it fails. */
export const putBack = `asBefore() { [ ! -s $kept/\${1##*/}.made ] || if [ -e $kept/\${1##*/} ]; then cmp -s $kept/\${1##*/} $1; else [ ! -e $1 ]; fi; }
putBack() {
  left=
  for file; do
    was=$kept/\${file##*/}
    if asBefore $file; then continue; fi
    if [ "$(cat $file 2>/dev/null | sha256sum)" != "$(cat $was.made)" ]; then echo "$file has been changed since: it is not put back; as it was before it is in $was" >&2; left=yes
    elif [ ! -e $was ]; then rm -f $file
    else new=$(mktemp $file.XXXXXX) && cp -p $was $new && mv $new $file || left=yes
    fi
  done
  [ -z "$left" ]
}
`;

/** Where sh may not write there (a host of the embedded fabric), it is in a folder of the user. */
const placed = (name: string, path: string): string => `${name}=${word(path)}\ncase $${name} in /var/lib/*) [ -w /var/lib ] || ${name}=$HOME/.local/state/\${${name}#/var/lib/} ;; esac`;
/** Sets k. */
const kept = (keep: string): string => placed('k', keep);
/** Sets m: there as long as what follows a file is owed. Whoever finds it does that, in whatever session: so it is not in a folder of one. */
const owed = (path: string): string => `${placed('m', `${hostState}/after.${createHash('sha256').update(path).digest('hex').slice(0, 16)}`)}\n`;
const sub = (script: string): string => `(\n${script.replace(/\n+$/, '')}\n)`;
/** Not as the condition of an `if`: sh knows no `set -e` in there, and a check with one would say yes by its last command alone. */
export const whenSo = (check: string, then: string): string => `${sub(check)} >/dev/null 2>&1\nif [ $? -eq 0 ]; then\n${then}\nfi`;
const base64 = (text: string): string => word(Buffer.from(text, 'utf8').toString('base64'));

export function scriptsOf(work: Work, keep: string): Scripts {
  if (work.file) return fileScripts(work.file, work.verify, keep);
  if (work.secret) return secretScripts(work.secret, work.verify, keep);
  const check = work.check ?? 'exit 1';
  return {
    check, value: work.value, verify: work.verify,
    apply: work.apply === undefined ? undefined : `${whenSo(check, "echo 'already so'; exit 0")}\nset -e\n${work.apply}`,
    undo: work.undo,
    undone: work.undo === undefined || work.undo.trim() === ':' ? undefined : work.undone ?? (work.check === undefined ? undefined : whenSo(check, "echo 'it is still so' >&2; exit 1")),
  };
}

// ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────

const marker = (path: string): string => `@@evpn-tui-secret:${path}@@`;
/** What stands in a content for a secret of the host, until the host puts it in. */
export const secretMarker = marker;
const markers = /@@evpn-tui-secret:([^@\n]+)@@/g;

/** The content on the host's stdout, secrets put in there; 75 when one of them is not there. */
function render(content: string): string {
  const plain = `printf %s ${base64(content)} | base64 -d`;
  const secrets = [...new Set([...content.matchAll(markers)].map(([, path]) => path!))];
  const guards = secrets.map((path) => `[ -s ${word(path)} ] || { echo ${word(`${path}: there is no secret in it`)} >&2; exit 75; }\n`).join('');
  const puts = secrets.map((path) => ` | awk -v p=${word(marker(path))} -v f=${word(path)} 'BEGIN { getline s < f } { o = ""; while ((i = index($0, p)) > 0) { o = o substr($0, 1, i - 1) s; $0 = substr($0, i + length(p)) } print o $0 }'`).join('');
  return `${guards}render() { ${plain}${puts}; }\n`;
}

// On the host and here the same, so that what is hidden is no difference.
const hidden = '(hidden)';
const masks = [String.raw`^([[:space:]]*(PrivateKey|PresharedKey)[[:space:]]*=[[:space:]]*).*$`, String.raw`((password|passwd|secret|token)[[:space:]]*[=: ][[:space:]]*)[^[:space:]]+`] as const;
const maskHere = masks.map((mask) => new RegExp(mask.replaceAll('[[:space:]]', '[ \\t]').replaceAll('[^[ \\t]]', '[^ \\t\\n]').replaceAll('[^[:space:]]', '[^ \\t\\n]'), 'gim'));
/** Of a line with a secret of the host, what stands before it is shown. */
const untilSecret = /^([^\n]*?)@@evpn-tui-secret:[^@\n]+@@.*$/gm;
export const masked = (content: string): string => maskHere.reduce((text, mask) => text.replace(mask, `$1${hidden}`), content.replace(untilSecret, `$1${hidden}`));
const beforeSecrets = (content: string): readonly string[] => [...new Set([...content.matchAll(untilSecret)].map(([, before]) => before!))].sort((a, b) => b.length - a.length);
/** A secret with nothing before it on its line: which line of a file it was is not to be told, so none is shown. */
export const isUnshowable = (content: string): boolean => beforeSecrets(content).some((before) => before.trim() === '');

/** sh: the file without secrets that `content` puts in: neither lines that begin as theirs do (it may have been another then), nor their values elsewhere. */
function shownScript(content: string): string {
  const before = beforeSecrets(content);
  const read = `sed -E ${masks.map((mask) => `-e 's/${mask}/\\1${hidden}/I'`).join(' ')}`;
  if (before.length === 0) return `${read} "$f"`;
  if (isUnshowable(content)) return ':';
  const secrets = [...new Set([...content.matchAll(markers)].map(([, path]) => path!))];
  return `lines=${word(before.join('\n'))} secrets=${word(secrets.join('\n'))} awk -v h='${hidden}' '
BEGIN { n = split(ENVIRON["lines"], line, "\\n"); m = split(ENVIRON["secrets"], file, "\\n"); for (i = 1; i <= m; i++) { s = ""; getline s <file[i]; secret[i] = s } }
{ for (i = 1; i <= n; i++) if (index($0, line[i]) == 1) { print line[i] h; next }
  for (i = 1; i <= m; i++) if (secret[i] != "") { o = ""; while ((at = index($0, secret[i])) > 0) { o = o substr($0, 1, at - 1) h; $0 = substr($0, at + length(secret[i])) } $0 = o $0 }
  print }' "$f" | ${read}`;
}

/** Prints "absent", or "HASH MODE OWNER", "owed" where what follows it is, and below it the content without secrets. For the diff and the guard. */
export const lookAtFile = (path: string, content = ''): string => `f=${word(path)}
${owed(path)}[ -e "$f" ] || { echo absent; exit 0; }
[ -f "$f" ] || { echo "$f is no file" >&2; exit 75; }
set -e
h=$(sha256sum <"$f")
o=
[ ! -e "$m" ] || o=owed
printf '%s %s %s\\n' "\${h%% *}" "$(stat -c '%a %U:%G' "$f")" "$o"
${shownScript(content)}`;

/** `was`: the hash that the diff was made against, "absent" where there was no file; undefined: whatever is there. */
function fileScripts({path, content, mode, owner, after, afterUndo = after}: NonNullable<Work['file']>, verify: string | undefined, keep: string, was?: string): Scripts {
  const modeTest = mode === undefined ? '' : ` && [ "$(stat -c %a "$f")" = ${word(String(Number.parseInt(mode, 8).toString(8)))} ]`;
  const ownerTest = owner === undefined ? '' : owner.includes(':') ? ` && [ "$(stat -c %U:%G "$f")" = ${word(owner)} ]` : ` && [ "$(stat -c %U "$f")" = ${word(owner)} ]`;
  const [forth, back] = [after, afterUndo].map((then) => (then === undefined ? undefined : {place: owed(path), none: '[ ! -e "$m" ] && ', owe: 'mkdir -p "$(dirname "$m")"\necho "$f" >"$m"\n', pay: `${sub(then)}\nrm -f "$m"`}));
  const head = `f=${word(path)}\n${kept(keep)}\n${forth?.place ?? ''}${render(content)}`;
  const so = `${forth?.none ?? ''}[ -f "$f" ] && render | cmp -s - "$f"${modeTest}${ownerTest}`;
  const check = `${head}${so}`;
  const guard = was === undefined ? '' : `is=absent\n[ -e "$f" ] && { is=$(sha256sum <"$f"); is=\${is%% *}; }\n[ "$is" = ${word(was)} ] || { echo "$f has changed since the plan was made" >&2; exit 1; }\n`;
  const apply = `${head}if ${sub(so)}; then echo 'already so'; exit 0; fi
${guard}set -e
umask 077
mkdir -p "$k"
( umask 022; mkdir -p "$(dirname "$f")" )
if [ -e "$k/undone" ]; then rm -f "$k/kept" "$k/before" "$k/absent" "$k/made" "$k/undone"; fi
if [ ! -e "$k/kept" ]; then
  if [ -e "$f" ]; then cp -p "$f" "$k/before"; else : >"$k/absent"; fi
  : >"$k/kept"
fi
t=$(mktemp "$f.XXXXXX")
trap 'rm -f "$t"' EXIT
render >"$t"
if [ -e "$f" ]; then chmod "$(stat -c %a "$f")" "$t"; chown "$(stat -c %u:%g "$f")" "$t"; else chmod 644 "$t"; fi
${mode === undefined ? '' : `chmod ${word(mode)} "$t"\n`}${owner === undefined ? '' : `chown ${word(owner)} "$t"\n`}h=$(sha256sum <"$t")
echo "\${h%% *}" >"$k/made"
${forth?.owe ?? ''}mv -f "$t" "$f"
sync
${forth?.pay ?? ''}`;
  const undo = `f=${word(path)}
${kept(keep)}
${back?.place ?? ''}set -e
[ -e "$k/kept" ] || { echo 'there is nothing to put back'; exit 0; }
back=
if [ -e "$k/absent" ]; then [ -e "$f" ] || back=yes; elif cmp -s "$k/before" "$f"; then back=yes; fi
if ${back?.none ?? ''}[ -n "$back" ]; then exit 0; fi
if [ -z "$back" ]; then
  is=absent
  [ -e "$f" ] && { is=$(sha256sum <"$f"); is=\${is%% *}; }
  made=
  [ ! -s "$k/made" ] || read -r made <"$k/made"
  [ "$is" = "$made" ] || { echo "$f is not as it was left: it is not put back" >&2; exit 1; }
  ${back?.owe ?? ''}if [ -e "$k/absent" ]; then rm -f "$f"; else t=$(mktemp "$f.XXXXXX"); cp -p "$k/before" "$t"; mv -f "$t" "$f"; fi
  : >"$k/undone"
  sync
fi
${back?.pay ?? ''}`;
  const undone = `f=${word(path)}\n${kept(keep)}\n${back?.place ?? ''}${back?.none ?? ''}if [ -e "$k/absent" ]; then [ ! -e "$f" ]; else [ ! -e "$k/kept" ] || cmp -s "$k/before" "$f"; fi`;
  return {check, apply, verify, undo, undone, value: undefined};
}

/** With the guard against a file that changed between the plan and its doing. */
export const fileScriptsAgainst = (work: Work, keep: string, was: string): Scripts => fileScripts(work.file!, work.verify, keep, was);

// ── secrets ──────────────────────────────────────────────────────────────────────────────────────────────────────

function secretScripts({path, make, public: shown}: RunbookSecret, verify: string | undefined, keep: string): Scripts {
  const head = `f=${word(path)}\n${kept(keep)}\n`;
  return {
    check: `${head}[ -s "$f" ] && [ "$(stat -c %a "$f")" = 600 ]`,
    apply: `${head}set -e
umask 077
mkdir -p "$k" "$(dirname "$f")"
if [ -s "$f" ]; then chmod 600 "$f"; exit 0; fi
t=$(mktemp "$f.XXXXXX")
trap 'rm -f "$t"' EXIT
${sub(make)} >"$t"
[ -s "$t" ] || { echo 'the command made nothing' >&2; exit 1; }
chmod 600 "$t"
h=$(sha256sum <"$t")
echo "\${h%% *}" >"$k/made"
mv -f "$t" "$f"
sync`,
    verify,
    undo: `${head}[ -s "$k/made" ] && [ -e "$f" ] || { echo 'it was there before: it stays'; exit 0; }
is=$(sha256sum <"$f")
read -r made <"$k/made"
[ "\${is%% *}" = "$made" ] || { echo "$f is not as it was left: it stays" >&2; exit 1; }
rm -f "$f"`,
    undone: `${head}[ ! -s "$k/made" ] || [ ! -e "$f" ]`,
    value: shown === undefined ? undefined : `${head}${sub(shown)} <"$f"`,
  };
}

// ── commit-confirmed ─────────────────────────────────────────────────────────────────────────────────────────────

/**
 * A change that the host takes back by itself after `seconds`, unless `confirm` was run before: a watcher in a session
 * of its own, so that it outlives the connection. Whoever makes the folder `decided` first has decided, only one can.
 * `undo` is the undo that does nothing where the host has done it.
 */
export function commitConfirmed(apply: string, undo: string, seconds: number, keep: string): {readonly apply: string; readonly confirm: string; readonly undo: string} {
  const watcher = `echo $$ >"$1/pid"
i=0
while [ "$i" -lt ${seconds} ] && [ ! -e "$1/decided" ]; do sleep 1; i=$((i + 1)); done
mkdir "$1/decided" 2>/dev/null || exit 0
sh "$1/undo.sh" >"$1/undo.log" 2>&1
echo $? >"$1/taken-back"`;
  return {
    apply: `${kept(keep)}
umask 077
mkdir -p "$k" || exit 1
rm -rf "$k/decided" "$k/confirmed" "$k/taken-back" "$k/pid"
printf %s ${base64(undo)} | base64 -d >"$k/undo.sh" && printf %s ${base64(watcher)} | base64 -d >"$k/watcher.sh" || exit 1
setsid sh "$k/watcher.sh" "$k" </dev/null >/dev/null 2>&1 &
${sub(apply)}
code=$?
if [ "$code" -ne 0 ] && mkdir "$k/decided" 2>/dev/null; then sh "$k/undo.sh" >"$k/undo.log" 2>&1; echo $? >"$k/taken-back"; echo 'it failed and was taken back' >&2; fi
exit "$code"`,
    confirm: `${kept(keep)}
[ -e "$k/confirmed" ] && exit 0
if mkdir "$k/decided" 2>/dev/null; then : >"$k/confirmed"; echo confirmed; exit 0; fi
echo 'too late: the host has taken it back by itself' >&2
exit 1`,
    undo: `${kept(keep)}
if [ -s "$k/taken-back" ] && [ "$(cat "$k/taken-back")" = 0 ]; then echo 'the host has taken it back by itself'; exit 0; fi
mkdir "$k/decided" 2>/dev/null
${sub(undo)}
code=$?
[ ! -d "$k" ] || echo "$code" >"$k/taken-back"
exit "$code"`,
  };
}

/** Says in one line how a host stands with a change that it takes back by itself: none, waiting, confirmed, back, "kept-on EXIT: WORDS". */
export const takenBackScript = (keep: string): string => `${kept(keep)}
if [ ! -e "$k/watcher.sh" ]; then echo none
elif [ -e "$k/confirmed" ]; then echo confirmed
elif [ -s "$k/taken-back" ]; then
  read -r code <"$k/taken-back"
  if [ "$code" = 0 ]; then echo back; else echo "kept-on $code: $(tail -n 1 "$k/undo.log" 2>/dev/null)"; fi
else echo waiting
fi`;
