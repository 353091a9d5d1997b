/** Values of flags as pflag reads them: what cannot be read is refused in its words. */
import { InvalidDurationError, durationMs } from './go-duration.ts'
import { FlagError } from '#base/flags.ts'

type Texts<Name extends string> = Readonly<Record<Name, string>>

const int32 = { least: -2_147_483_648, most: 2_147_483_647 }

export function integerFlag<Name extends string>(flags: Texts<Name>, name: Name): number {
  const text = flags[name]
  if (!/^[+-]?(0[xX][0-9a-fA-F]+|\d+)$/.test(text)) throw unreadable(flags, name, `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  const value = text.startsWith('-') ? -Number(text.slice(1)) : Number(text)
  if (value < int32.least || value > int32.most) throw unreadable(flags, name, `strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`)
  return value
}

export function durationMsFlag<Name extends string>(flags: Texts<Name>, name: Name): number {
  try {
    return durationMs(flags[name])
  } catch (error) {
    if (error instanceof InvalidDurationError) throw unreadable(flags, name, error.message)
    throw error
  }
}

export function fractionFlag<Name extends string>(flags: Texts<Name>, name: Name): number {
  const text = flags[name]
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw unreadable(flags, name, `strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`)
  return value
}

export function unreadable<Name extends string>(flags: Texts<Name>, name: Name, why: string): FlagError {
  return new FlagError(`invalid argument ${JSON.stringify(flags[name])} for "--${name}" flag: ${why}`)
}
