/** A component's flags, as upstream names them: a line each of `--name=value`, or `--name` for true; `#` begins a comment. */

export type FlagValues<Name extends string> = Readonly<Record<Name, string>> & { readonly given: ReadonlySet<Name> }

/** A flag that is not known, or whose value cannot be. The text names the flag. */
export class FlagError extends Error {
  override readonly name = 'FlagError'
}

/** Throws FlagError. `known`: the flags there are, with what they default to. A flag given again replaces what was given before; a repeatable one adds to it. */
export function parseFlagLines<Name extends string>(
  text: string,
  known: Readonly<Record<Name, string>>,
  repeatable: ReadonlySet<string> = new Set(),
): FlagValues<Name> {
  const values: Record<string, string> = { ...known }
  const given = new Set<Name>()
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue
    const match = /^--([a-z][a-z0-9_-]*)(?:[= ](.*))?$/.exec(line)
    const name = match?.[1]?.replaceAll('_', '-')
    if (!match || !name || !Object.hasOwn(known, name)) throw new FlagError(`unknown flag: ${line.split(/[= ]/)[0]}`)
    const value = (match[2] ?? 'true').trim().replace(/^(["'])(.*)\1$/, '$2')
    values[name] = repeatable.has(name) && values[name] ? `${values[name]},${value}` : value
    given.add(name as Name)
  }
  return { ...(values as Record<Name, string>), given }
}

/** Flags of upstream's that set nothing here. */
export interface LeftOut {
  /** What alone they may say, because it is so anyway. */
  readonly fixed: Readonly<Record<string, { readonly value: string; readonly why: string }>>
  /** Why each is refused, whatever it says. */
  readonly refused: Readonly<Record<string, string>>
}

/** The lines of a text without those that say what is so anyway. Throws FlagError for the others of `LeftOut`. Underscores are dashes. */
export function withoutLeftOut(text: string, { fixed, refused }: LeftOut): string {
  return text
    .split('\n')
    .map((line) => line.trim().replace(/^--[a-z][a-z0-9_-]*/, (name) => name.replaceAll('_', '-')))
    .filter((line) => {
      const [, name = '', given = 'true'] = /^--([a-z][a-z0-9-]*)(?:[= ](.*))?$/.exec(line) ?? []
      if (Object.hasOwn(refused, name)) throw new FlagError(`--${name} cannot be set here: ${refused[name]}`)
      if (!Object.hasOwn(fixed, name)) return true
      const { value, why } = fixed[name]!
      if (given.trim() !== value) throw new FlagError(`--${name}=${given.trim()} cannot be, only ${value}: ${why}`)
      return false
    })
    .join('\n')
}

export function numberFlag<Name extends string>(flags: Readonly<Record<Name, string>>, name: Name): number {
  const text = flags[name]
  if (!/^[+-]?\d+$/.test(text)) throw invalid(flags, name, `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  if (Number(text) < 0) throw invalid(flags, name, 'a number from 0 up is wanted')
  return Number(text)
}

export function booleanFlag<Name extends string>(flags: Readonly<Record<Name, string>>, name: Name): boolean {
  const value = flags[name]
  if (!/^(1|t|T|true|TRUE|True|0|f|F|false|FALSE|False)$/.test(value))
    throw invalid(flags, name, `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`)
  return /^[1tT]/.test(value)
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Go's durations: "1m30s". */
export function durationFlag<Name extends string>(flags: Readonly<Record<Name, string>>, name: Name): number {
  const milliseconds = parseDuration(flags[name])
  if (milliseconds === undefined) throw invalid(flags, name, `time: ${whyNoDuration(flags[name])}`)
  return milliseconds
}

function invalid<Name extends string>(flags: Readonly<Record<Name, string>>, name: Name, why: string): FlagError {
  return new FlagError(`invalid argument ${JSON.stringify(flags[name])} for "--${name}" flag: ${why}`)
}

function whyNoDuration(text: string): string {
  const quoted = JSON.stringify(text)
  const [, unit] = /^[+-]?(?:\d+(?:\.\d*)?(?:ns|us|ms|s|m|h))*\d+(?:\.\d*)?([^\d.]*)/.exec(text) ?? []
  if (unit === undefined) return `invalid duration ${quoted}`
  if (unit === '') return `missing unit in duration ${quoted}`
  return ['ns', 'us', 'ms', 's', 'm', 'h'].includes(unit) ? `invalid duration ${quoted}` : `unknown unit ${JSON.stringify(unit)} in duration ${quoted}`
}

export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce((sum, [, count, unit]) => sum + Number(count) * unitMs[unit!]!, 0)
}
