/** What `evpn-tui check` can be told. */
export interface CheckFlags {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly host?: readonly string[];
  readonly output: 'text' | 'json' | 'junit';
  readonly watch?: boolean;
  readonly textfile?: string;
}
