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
    const match = /^--([a-z][a-z0-9-]*)(?:[= ](.*))?$/.exec(line)
    const name = match?.[1]
    if (!name || !Object.hasOwn(known, name)) throw new FlagError(`unknown flag: ${line.split(/[= ]/)[0]}`)
    const value = (match[2] ?? 'true').trim().replace(/^(["'])(.*)\1$/, '$2')
    values[name] = repeatable.has(name) && values[name] ? `${values[name]},${value}` : value
    given.add(name as Name)
  }
  return { ...(values as Record<Name, string>), given }
}

export function numberFlag<Name extends string>(flags: Readonly<Record<Name, string>>, name: Name): number {
  const value = Number(flags[name])
  if (!Number.isInteger(value) || value < 0)
    throw new FlagError(`invalid argument ${JSON.stringify(flags[name])} for "--${name}" flag: a number from 0 up is wanted`)
  return value
}

export function booleanFlag<Name extends string>(flags: Readonly<Record<Name, string>>, name: Name): boolean {
  const value = flags[name]
  if (value !== 'true' && value !== 'false') throw new FlagError(`invalid argument ${JSON.stringify(value)} for "--${name}" flag: true or false is wanted`)
  return value === 'true'
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Go's durations: "1m30s". */
export function durationFlag<Name extends string>(flags: Readonly<Record<Name, string>>, name: Name): number {
  const milliseconds = parseDuration(flags[name])
  if (milliseconds === undefined) throw new FlagError(`invalid argument ${JSON.stringify(flags[name])} for "--${name}" flag: time: invalid duration`)
  return milliseconds
}

export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce((sum, [, count, unit]) => sum + Number(count) * unitMs[unit!]!, 0)
}
