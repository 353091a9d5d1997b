/** Command lines as spf13/pflag reads them: flags anywhere, until "--". */
import { CommandError, type Flag, type ParsedArguments } from './types.ts'

/** Throws CommandError with pflag's messages. */
export function parseArguments(argv: readonly string[], flags: readonly Flag[]): ParsedArguments {
  const values = new Map<string, string[]>()
  const positional: string[] = []
  const add = (flag: Flag, value: string): void => {
    if (flag.kind === 'bool' && !/^(?:1|0|t|f|true|false)$/i.test(value)) {
      throw new CommandError(
        `invalid argument ${JSON.stringify(value)} for "${flag.short ? `-${flag.short}, ` : ''}--${flag.name}" flag: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
      )
    }
    const all = values.get(flag.name) ?? []
    all.push(...(flag.kind === 'list' ? value.split(',') : [value]))
    values.set(flag.name, all)
  }
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!
    if (word === '--') {
      positional.push(...argv.slice(at + 1))
      break
    }
    if (word.startsWith('--')) {
      const [, name, given] = /^--([^=]*)(?:=([\s\S]*))?$/.exec(word)!
      const flag = flags.find((each) => each.name === name)
      if (!flag) throw new CommandError(`unknown flag: --${name}`)
      if (given !== undefined) add(flag, given)
      else if (flag.kind === 'bool') add(flag, 'true')
      else if (flag.bare !== undefined) add(flag, flag.bare)
      else if (at + 1 < argv.length) add(flag, argv[++at]!)
      else throw new CommandError(`flag needs an argument: --${name}`)
    } else if (word.startsWith('-') && word.length > 1) {
      for (let letter = 1; letter < word.length; letter++) {
        const flag = flags.find((each) => each.short === word[letter])
        if (!flag) throw new CommandError(`unknown shorthand flag: '${word[letter]}' in ${word}`)
        if (flag.kind === 'bool' && word[letter + 1] !== '=') {
          add(flag, 'true')
          continue
        }
        const rest = word.slice(letter + 1).replace(/^=/, '')
        if (rest !== '' || word[letter + 1] === '=') add(flag, rest)
        else if (at + 1 < argv.length) add(flag, argv[++at]!)
        else throw new CommandError(`flag needs an argument: '${word[letter]}' in ${word}`)
        break
      }
    } else positional.push(word)
  }
  return {
    positional,
    text: (name) => values.get(name)?.at(-1),
    isSet: (name) => /^(?:1|t|true)$/i.test(values.get(name)?.at(-1) ?? 'false'),
    list: (name) => values.get(name) ?? [],
  }
}
