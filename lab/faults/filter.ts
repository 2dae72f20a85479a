/** A rule of the filter table, and its going without a trace: `iptables` leaves the table that it made behind. */
export const dropRule = (match: string): string => `iptables -w -I INPUT ${match} -j DROP`;

const sweep = "iptables-save -t filter 2>/dev/null | grep -q '^-A' || nft delete table ip filter 2>/dev/null || true";

export const undropRule = (match: string): string => removeRules('INPUT', [`${match} -j DROP`]);

/** Takes rules away; those that are not there are no error. */
export const removeRules = (chain: string, rules: readonly string[]): string =>
  [...rules.map(rule => `iptables -w -D ${chain} ${rule} 2>/dev/null || true`), sweep].join('\n');
