/** Parsing of command lines by the rules and in the words of spf13/pflag. */
import { durationMs } from '#apimachinery/go-duration.ts'
import { FlagError } from '../errors.ts'
import { splitCsv } from './csv.ts'
import { goInteger } from './integer.ts'
import type { FlagSpec, FlagValues, GivenFlag } from './types.ts'

export interface ParsedLine {
  readonly values: FlagValues
  readonly args: readonly string[]
  /** How many arguments stood before `--`; -1 without one. */
  readonly dashAt: number
  /** The flags as they stood there, one after the other. */
  readonly given: readonly GivenFlag[]
}

export interface ParseSettings {
  /** Underscores in names stand for hyphens, as in all of Kubernetes' own programs. */
  readonly underscores?: boolean
}

const trueWords = new Set(['1', 't', 'T', 'true', 'TRUE', 'True'])
const falseWords = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False'])

export class Flags implements FlagValues {
  readonly #specs = new Map<string, FlagSpec>()
  readonly #shorts = new Map<string, FlagSpec>()
  readonly #given = new Map<string, string[]>()
  readonly #underscores: boolean
  readonly line: GivenFlag[] = []

  constructor(specs: readonly FlagSpec[], { underscores = false }: ParseSettings = {}) {
    this.#underscores = underscores
    for (const spec of specs) {
      this.#specs.set(spec.name, spec)
      if (spec.short) this.#shorts.set(spec.short, spec)
    }
  }

  spec(name: string): FlagSpec | undefined {
    return this.#specs.get(this.#underscores ? name.replaceAll('_', '-') : name)
  }

  byShort(letter: string): FlagSpec | undefined {
    return this.#shorts.get(letter)
  }

  set(spec: FlagSpec, text: string, shown = `--${spec.name}`): void {
    const label = spec.short ? `-${spec.short}, --${spec.name}` : shown
    const values = parseValue(spec, text, label)
    const before = this.#given.get(spec.name)
    this.#given.set(spec.name, before && isList(spec) ? [...before, ...values] : values)
    this.line.push({ spec, value: text })
  }

  has(name: string): boolean {
    return this.#specs.has(name)
  }

  changed(name: string): boolean {
    return this.#given.has(name)
  }

  string(name: string): string {
    return this.#given.get(name)?.at(-1) ?? this.#specs.get(name)?.default ?? ''
  }

  bool(name: string): boolean {
    return trueWords.has(this.string(name))
  }

  int(name: string): number {
    return Number(this.string(name) || '0')
  }

  duration(name: string): number {
    const text = this.string(name)
    return text === '' ? 0 : durationMs(text)
  }

  list(name: string): readonly string[] {
    const given = this.#given.get(name)
    if (given) return given
    const preset = this.#specs.get(name)?.default
    return preset ? splitCsv(preset) : []
  }
}

function isList({ type }: FlagSpec): boolean {
  return type === 'stringArray' || type === 'stringSlice' || type === 'stringToString'
}

function parseValue(spec: FlagSpec, text: string, label: string): string[] {
  const refuse = (why: string): never => {
    throw new FlagError(`invalid argument ${JSON.stringify(text)} for ${JSON.stringify(label)} flag: ${why}`)
  }
  switch (spec.type) {
    case 'bool':
      if (!trueWords.has(text) && !falseWords.has(text)) refuse(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`)
      return [text]
    case 'int':
      try {
        return [goInteger(text, { unsigned: spec.valueName === 'uint', bits: spec.bits ?? 64 })]
      } catch (error) {
        return refuse((error as Error).message)
      }
    case 'duration':
      try {
        durationMs(text)
      } catch (error) {
        refuse((error as Error).message)
      }
      return [text]
    case 'stringSlice':
      return text === '' ? [] : splitCsv(text)
    case 'stringToString':
      return splitCsv(text).map((pair) => (pair.includes('=') ? pair : refuse(`${pair} must be formatted as key=value`)))
    default: {
      const why = spec.refusal?.(text)
      return why === undefined ? [text] : refuse(why)
    }
  }
}

/** Flags and arguments may be mixed, until `--`. */
export function parseLine(argv: readonly string[], specs: readonly FlagSpec[], settings: ParseSettings = {}): ParsedLine {
  const flags = new Flags(specs, settings)
  const args: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!
    if (word === '--') {
      const dashAt = args.length
      args.push(...argv.slice(at + 1))
      return { values: flags, args, dashAt, given: flags.line }
    }
    if (word.startsWith('--')) at += long(flags, word, argv[at + 1])
    else if (word.length > 1 && word[0] === '-') at += shorts(flags, word, argv[at + 1])
    else args.push(word)
  }
  return { values: flags, args, dashAt: -1, given: flags.line }
}

/** How many further words it took. */
function long(flags: Flags, word: string, next: string | undefined): number {
  const [, name = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? []
  if (name === '' || name[0] === '-' || word[2] === '=') throw new FlagError(`bad flag syntax: ${word}`)
  const spec = flags.spec(name)
  if (!spec) throw new FlagError(`unknown flag: --${name}`)
  if (value !== undefined) flags.set(spec, value)
  else if (bareOf(spec) !== undefined) flags.set(spec, bareOf(spec)!)
  else if (next === undefined) throw new FlagError(`flag needs an argument: --${name}`)
  else {
    flags.set(spec, next)
    return 1
  }
  return 0
}

function shorts(flags: Flags, word: string, next: string | undefined): number {
  let rest = word.slice(1)
  while (rest !== '') {
    const letter = rest[0]!
    const spec = flags.byShort(letter)
    if (!spec) throw new FlagError(`unknown shorthand flag: '${letter}' in -${rest}`)
    if (rest.length > 2 && rest[1] === '=') {
      flags.set(spec, rest.slice(2))
      return 0
    }
    if (bareOf(spec) !== undefined) {
      flags.set(spec, bareOf(spec)!)
      rest = rest.slice(1)
    } else if (rest.length > 1) {
      flags.set(spec, rest.slice(1))
      return 0
    } else if (next === undefined) throw new FlagError(`flag needs an argument: '${letter}' in -${rest}`)
    else {
      flags.set(spec, next)
      return 1
    }
  }
  return 0
}

function bareOf(spec: FlagSpec): string | undefined {
  return spec.bare ?? (spec.type === 'bool' ? 'true' : undefined)
}
