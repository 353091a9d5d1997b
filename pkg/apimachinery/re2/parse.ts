/**
 * RE2's syntax as Go's regexp/syntax reads it, written again for JavaScript: no flags but those of the caller, no lookaround,
 * so that V8 may always change to its linear engine. Refuses what Go refuses, in its words.
 */
import { complement, folded, merged, type Ranges, sourceOf, unicodeProperty } from './character-set.ts'

/** One thing that can be repeated. `copies` is how often its innermost repetitions make it stand, which Go bounds. */
interface Atom {
  readonly source: string
  readonly copies: number
  /** What a quantifier may stand right after. */
  readonly isSingle: boolean
}

interface Flags {
  readonly i: boolean
  readonly m: boolean
  readonly s: boolean
  readonly U: boolean
}

interface Group {
  readonly open: string
  /** Those that hold again after it. */
  readonly flags: Flags
  readonly alternatives: string[]
  atoms: Atom[]
  copies: number
}

const maxRepeat = 1000
const maxDepth = 1000

const perlClasses: Readonly<Record<string, Ranges>> = {
  d: [[0x30, 0x39]],
  s: [
    [0x9, 0xa],
    [0xc, 0xd],
    [0x20, 0x20],
  ],
  w: [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x5f, 0x5f],
    [0x61, 0x7a],
  ],
}

const letters: Ranges = [
  [0x41, 0x5a],
  [0x61, 0x7a],
]
const digits: Ranges = [[0x30, 0x39]]
const posixClasses: Readonly<Record<string, Ranges>> = {
  alnum: [...digits, ...letters],
  alpha: letters,
  ascii: [[0, 0x7f]],
  blank: [
    [0x9, 0x9],
    [0x20, 0x20],
  ],
  cntrl: [
    [0, 0x1f],
    [0x7f, 0x7f],
  ],
  digit: digits,
  graph: [[0x21, 0x7e]],
  lower: [[0x61, 0x7a]],
  print: [[0x20, 0x7e]],
  punct: [
    [0x21, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
  ],
  space: [
    [0x9, 0xd],
    [0x20, 0x20],
  ],
  upper: [[0x41, 0x5a]],
  word: [...digits, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]],
  xdigit: [...digits, [0x41, 0x46], [0x61, 0x66]],
}

const fault = (cause: string, part: string): SyntaxError => new SyntaxError(`error parsing regexp: ${cause}: \`${part}\``)

/** The source of the same pattern in JavaScript. Throws SyntaxError with Go's message. */
export const javascriptSource = (pattern: string): string => new Parser(pattern).source()

class Parser {
  readonly #pattern: string
  #at = 0
  #flags: Flags = { i: false, m: false, s: false, U: false }
  readonly #names = new Set<string>()
  readonly #groups: Group[] = [{ open: '', flags: this.#flags, alternatives: [], atoms: [], copies: 1 }]
  /** Where the repetition begins that has just been read. */
  #repeatedAt: number | undefined

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  source(): string {
    while (this.#at < this.#pattern.length) {
      const start = this.#at
      const isRepetition = this.#one()
      this.#repeatedAt = isRepetition ? start : undefined
    }
    if (this.#groups.length > 1) throw fault('missing closing )', this.#pattern)
    return finished(this.#groups[0]!)
  }

  get #group(): Group {
    return this.#groups.at(-1)!
  }

  #push(source: string, isSingle: boolean, copies = 1): void {
    this.#group.atoms.push({ source, isSingle, copies })
  }

  /** Reads what comes next; true when that was a repetition. */
  #one(): boolean {
    const c = this.#pattern[this.#at]!
    switch (c) {
      case '(':
        this.#open()
        return false
      case '|':
        this.#at++
        this.#group.alternatives.push(joined(this.#group))
        this.#group.atoms = []
        return false
      case ')':
        this.#close()
        return false
      case '^':
      case '$':
        this.#at++
        this.#push(this.#flags.m ? `(?m:${c})` : c, this.#flags.m)
        return false
      case '.':
        this.#at++
        this.#push(sourceOf(this.#flags.s ? [[0, 0x10ffff]] : complement([[0xa, 0xa]])), true)
        return false
      case '[':
        this.#push(sourceOf(this.#class()), true)
        return false
      case '*':
      case '+':
      case '?':
        this.#at++
        this.#repeat(c, this.#at - 1)
        return true
      case '{':
        return this.#counted()
      case '\\':
        this.#escape()
        return false
    }
    this.#literal(this.#rune())
    return false
  }

  #rune(): number {
    const code = this.#pattern.codePointAt(this.#at)!
    this.#at += code > 0xffff ? 2 : 1
    return code
  }

  #literal(code: number): void {
    const range: Ranges = [[code, code]]
    if (this.#flags.i) this.#push(sourceOf(folded(range)), true)
    else if (/[\w ]/.test(String.fromCodePoint(code))) this.#push(String.fromCodePoint(code), true)
    else this.#push(sourceOf(range), true)
  }

  #open(): void {
    const rest = this.#pattern.slice(this.#at)
    if (!rest.startsWith('(?')) {
      this.#at++
      this.#enter('(')
    } else if (/^\(\?(?:P<.|<.)/su.test(rest)) {
      const end = rest.indexOf('>')
      if (end < 0) throw fault('invalid named capture', rest)
      const name = rest.slice(rest.indexOf('<') + 1, end)
      if (!/^[A-Za-z0-9_]+$/.test(name)) throw fault('invalid named capture', rest.slice(0, end + 1))
      this.#at += end + 1
      const isSpeakable = /^[A-Za-z_]/.test(name) && !this.#names.has(name)
      this.#names.add(name)
      this.#enter(isSpeakable ? `(?<${name}>` : '(')
    } else this.#perlFlags(rest)
  }

  #enter(open: string, before = this.#flags): void {
    this.#groups.push({ open, flags: before, alternatives: [], atoms: [], copies: 1 })
    if (this.#groups.length > maxDepth) throw fault('expression nests too deeply', this.#pattern)
  }

  #perlFlags(rest: string): void {
    const [whole, on = '', minus, off = '', end] = /^\(\?([imsU]*)(?:(-)([imsU]*))?(.)?/su.exec(rest)!
    const isComplete = (end === ':' || end === ')') && (minus === undefined || off !== '')
    if (!isComplete) throw fault('invalid or unsupported Perl syntax', whole)
    this.#at += whole.length
    const before = this.#flags
    const is = (flag: keyof Flags): boolean => (before[flag] || on.includes(flag)) && !off.includes(flag)
    this.#flags = { i: is('i'), m: is('m'), s: is('s'), U: is('U') }
    if (end === ':') this.#enter('(?:', before)
  }

  #close(): void {
    if (this.#groups.length === 1) throw fault('unexpected )', this.#pattern)
    this.#at++
    const group = this.#groups.pop()!
    this.#flags = group.flags
    this.#push(`${group.open}${finished(group)})`, true, group.copies)
  }

  #counted(): boolean {
    const found = /^\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}/.exec(this.#pattern.slice(this.#at))
    if (!found) {
      this.#at++
      this.#literal(0x7b)
      return false
    }
    const [whole, from, comma, to] = found
    const least = Number(from)
    const most = comma === undefined ? least : to === undefined ? -1 : Number(to)
    if (least > maxRepeat || most > maxRepeat || (most >= 0 && least > most)) throw fault('invalid repeat count', whole)
    const start = this.#at
    this.#at += whole.length
    this.#repeat(whole, start, least, most)
    return true
  }

  #repeat(quantifier: string, start: number, least = 0, most = 0): void {
    let isGreedy = !this.#flags.U
    if (this.#pattern[this.#at] === '?') {
      this.#at++
      isGreedy = !isGreedy
    }
    if (this.#repeatedAt !== undefined) throw fault('invalid nested repetition operator', this.#pattern.slice(this.#repeatedAt, this.#at))
    const repeated = this.#group.atoms.pop()
    if (!repeated) throw fault('missing argument to repetition operator', this.#pattern.slice(start, this.#at))
    const times = most < 0 ? least : most
    const copies = quantifier.startsWith('{') ? (most === 0 ? 1 : Math.max(times, 1) * repeated.copies) : repeated.copies
    if ((least >= 2 || most >= 2) && copies > maxRepeat) throw fault('invalid repeat count', this.#pattern.slice(start, this.#at))
    this.#push(`${repeated.isSingle ? repeated.source : `(?:${repeated.source})`}${quantifier}${isGreedy ? '' : '?'}`, false, copies)
    this.#group.copies = Math.max(this.#group.copies, copies)
  }

  #escape(): void {
    const letter = this.#pattern[this.#at + 1]
    if (letter === 'A' || letter === 'z' || letter === 'b' || letter === 'B') {
      this.#at += 2
      this.#push(letter === 'A' ? '^' : letter === 'z' ? '$' : `\\${letter}`, false)
    } else if (letter === 'C') throw fault('invalid escape sequence', '\\C')
    else if (letter === 'Q') {
      const end = this.#pattern.indexOf('\\E', this.#at + 2)
      const text = this.#pattern.slice(this.#at + 2, end < 0 ? undefined : end)
      for (const each of text) this.#literal(each.codePointAt(0)!)
      this.#at = end < 0 ? this.#pattern.length : end + 2
    } else {
      const ranges = this.#classEscape()
      if (ranges) this.#push(sourceOf(ranges), true)
      else this.#literal(this.#character())
    }
  }

  /** A class that is one escape, such as \d or \pL; undefined when the next is none. */
  #classEscape(): Ranges | undefined {
    const rest = this.#pattern.slice(this.#at)
    const perl = /^\\([dDsSwW])/.exec(rest)?.[1]
    if (perl) {
      this.#at += 2
      const ranges = this.#cased(perlClasses[perl.toLowerCase()]!)
      return perl === perl.toLowerCase() ? ranges : complement(ranges)
    }
    if (!/^\\[pP]/.test(rest)) return undefined
    if (rest.length === 2) throw fault('invalid character class range', rest)
    const [whole, sign, braced, single] = /^\\([pP])(?:\{([^}]*)\}|(.))/su.exec(rest)!
    if (single === '{') throw fault('invalid character class range', rest)
    const name = braced ?? single!
    const ranges = unicodeProperty(name.replace(/^\^/, ''))
    if (!ranges || /^\^?$/.test(name)) throw fault('invalid character class range', whole)
    this.#at += whole.length
    const all = this.#cased(ranges)
    return (sign === 'P') !== name.startsWith('^') ? complement(all) : all
  }

  #cased(ranges: Ranges): Ranges {
    return this.#flags.i ? folded(ranges) : merged(ranges)
  }

  /** One escaped character. */
  #character(): number {
    const rest = this.#pattern.slice(this.#at)
    if (rest === '\\') throw fault('trailing backslash at end of expression', '')
    const plain = /^\\(?:([\0-/:-@[-`{-\x7f])|(0[0-7]{0,2}|[1-7][0-7]{1,2})|x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]+)\}|([afnrtv]))/.exec(rest)
    if (plain) {
      const [whole, itself, octal, pair, braced, control] = plain
      const code = itself
        ? itself.charCodeAt(0)
        : octal
          ? Number.parseInt(octal, 8)
          : control
            ? { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 }[control as 'a']
            : Number.parseInt((pair ?? braced)!, 16)
      if (code <= 0x10ffff) {
        this.#at += whole.length
        return code
      }
    }
    throw fault('invalid escape sequence', badEscape(rest))
  }

  #class(): Ranges {
    const start = this.#at
    this.#at++
    const isNegated = this.#pattern[this.#at] === '^'
    if (isNegated) this.#at++
    const found: (readonly [number, number])[] = []
    for (let isFirst = true; isFirst || this.#pattern[this.#at] !== ']'; isFirst = false) {
      const set = this.#namedClass() ?? this.#classEscape()
      if (set) found.push(...set)
      else found.push(...this.#cased([this.#range(start)]))
    }
    this.#at++
    const all = merged(found)
    return isNegated ? complement(all) : all
  }

  #namedClass(): Ranges | undefined {
    const [whole, sign, name] = /^\[:(\^?)(.*?):\]/s.exec(this.#pattern.slice(this.#at)) ?? []
    if (whole === undefined) return undefined
    const ranges = Object.hasOwn(posixClasses, name!) ? posixClasses[name!] : undefined
    if (!ranges) throw fault('invalid character class range', whole)
    this.#at += whole.length
    return sign ? complement(this.#cased(ranges)) : this.#cased(ranges)
  }

  #range(start: number): readonly [number, number] {
    const begin = this.#at
    const low = this.#classCharacter(start)
    const next = this.#pattern[this.#at + 1]
    if (this.#pattern[this.#at] !== '-' || next === undefined || next === ']') return [low, low]
    this.#at++
    const high = this.#classCharacter(start)
    if (high < low) throw fault('invalid character class range', this.#pattern.slice(begin, this.#at))
    return [low, high]
  }

  #classCharacter(start: number): number {
    if (this.#at >= this.#pattern.length) throw fault('missing closing ]', this.#pattern.slice(start))
    return this.#pattern[this.#at] === '\\' ? this.#character() : this.#rune()
  }
}

const joined = ({ atoms }: Group): string => atoms.map(({ source }) => source).join('')

function finished(group: Group): string {
  group.copies = Math.max(group.copies, ...group.atoms.map(({ copies }) => copies))
  return [...group.alternatives, joined(group)].join('|')
}

/** How far Go has read when it finds that an escape is none. */
function badEscape(rest: string): string {
  const braced = /^\\x\{[0-9A-Fa-f]*/.exec(rest)?.[0]
  if (braced !== undefined) {
    let end = 3
    while (end < braced.length && Number.parseInt(braced.slice(3, end), 16) <= 0x10ffff) end++
    if (Number.parseInt(braced.slice(3), 16) > 0x10ffff) {
      end = 4
      while (Number.parseInt(braced.slice(3, end), 16) <= 0x10ffff) end++
      return braced.slice(0, end)
    }
    return rest.slice(0, braced.length + [...rest.slice(braced.length, braced.length + 2)][0]!.length)
  }
  const [whole] = /^\\(?:x.{0,2}|.)/su.exec(rest)!
  return whole
}
