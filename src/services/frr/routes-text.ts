/** The text table as a Reading: whole answers in one call (small tables, tests); big ones go through route-reader. Pure. */
import type {EvpnRoute} from '../../model/frr.ts';
import {bad, good, type Reading} from '../../model/reading.ts';
import {sanitizeLine} from '../../text/sanitize.ts';
import {routeTable, type RouteColumns} from './route-columns.ts';
import {RouteParser} from './route-parser.ts';

/** What a finished parser has to say: the columns, or why there is no table. */
export function judged(result: ReturnType<RouteParser['finish']>, bytes: number): Reading<RouteColumns> {
  const {columns, words} = result;
  const said = sanitizeLine(words[0] ?? '', 200);
  if (bytes === 0) return bad('not-configured', 'no BGP instance');
  if (/^% BGP instance not found|^No BGP process is configured/.test(said)) return bad('not-configured', said.replace(/^% /, ''));
  if (/^VNI not found|^% Network not in table/.test(said)) return bad('not-configured', said.replace(/^% /, ''));
  if (/^% (Unknown|Ambiguous) command|^% Command incomplete/.test(said)) return bad('unsupported', said);
  if (columns.length === 0 && !columns.complete) return bad('garbled', `EVPN routes: no table in the answer${said ? `: ${said}` : ''}`);
  const warnings: string[] = [];
  if (!columns.complete) warnings.push('the table ended before its footer: it is not complete');
  if (columns.skipped > 0) warnings.push(`${columns.skipped} lines of the table could not be read`);
  return good(columns, warnings);
}

export function parseRoutesText(stdout: string): Reading<readonly EvpnRoute[]> {
  const parser = new RouteParser();
  const bytes = Buffer.from(stdout);
  parser.feed(bytes);
  const reading = judged(parser.finish(), stdout.trim() === '' ? 0 : bytes.length);
  if (!reading.ok) return reading;
  const table = routeTable(reading.value);
  return good(Array.from({length: table.length}, (_, i) => table.at(i)), reading.warnings);
}
