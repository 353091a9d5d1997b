/** Flags as spf13/pflag has them. */
export type FlagType = 'string' | 'bool' | 'int' | 'duration' | 'stringArray' | 'stringSlice' | 'stringToString'

export interface FlagSpec {
  readonly name: string
  readonly short?: string
  readonly type: FlagType
  readonly default?: string
  /** In help, where that is another text. */
  readonly shownDefault?: string
  /** The value of the flag given bare (`--dry-run`, `--cascade`). */
  readonly bare?: string
  readonly usage: string
  /** What help calls the value, where the type does not tell. */
  readonly valueName?: string
  readonly hidden?: boolean
  /** What to do instead: told on stderr whenever the flag is given. */
  readonly deprecated?: string
  /** Of a number: how many bits it has; 64 where left out. */
  readonly bits?: 32
  /** Alpha: there is no such flag unless this environment variable is "true". */
  readonly gate?: string
  /** Why a value is not taken; undefined when it is. */
  readonly refusal?: (value: string) => string | undefined
  /** The command refuses to run without it. */
  readonly required?: boolean
}

/** A flag as it stood on a line: what it came to, written as text. */
export interface GivenFlag {
  readonly spec: FlagSpec
  readonly value: string
}

export interface FlagValues {
  /** True when the command line named it. */
  changed(name: string): boolean
  string(name: string): string
  bool(name: string): boolean
  int(name: string): number
  /** Milliseconds. */
  duration(name: string): number
  list(name: string): readonly string[]
  has(name: string): boolean
}
