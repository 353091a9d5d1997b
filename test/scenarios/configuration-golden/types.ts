/** A file that a flag names, and what kube-apiserver makes of it. */
export interface ConfigurationCase {
  /** Without the dashes: "authentication-config". */
  readonly flag: string
  readonly text: string
  /** Further flags, a line each; DIR stands for where the files are. */
  readonly more?: readonly string[]
}

/** A list of them: its own flag, for each text. */
export function cases(flag: string, texts: readonly string[], more?: readonly string[]): readonly ConfigurationCase[] {
  return texts.map((text) => ({ flag, text, ...(more ? { more } : {}) }))
}

/** As one line, under which it is recorded. */
export function keyOf({ flag, text, more = [] }: ConfigurationCase): string {
  return [`--${flag}`, ...more, text].join(' ')
}
