/** Sets of code points as sorted ranges, as RE2's classes are, and how JavaScript writes them. */

export type Ranges = readonly (readonly [number, number])[]

const last = 0x10ffff

/** Sorted, and without overlaps. */
export function merged(ranges: Ranges): Ranges {
  const out: [number, number][] = []
  for (const [low, high] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const before = out.at(-1)
    if (before && low <= before[1] + 1) before[1] = Math.max(before[1], high)
    else out.push([low, high])
  }
  return out
}

/** What is not in a merged set. */
export function complement(ranges: Ranges): Ranges {
  const out: [number, number][] = []
  let next = 0
  for (const [low, high] of ranges) {
    if (low > next) out.push([next, low - 1])
    next = high + 1
  }
  if (next <= last) out.push([next, last])
  return out
}

/** The set with every case of its letters. */
export function folded(ranges: Ranges): Ranges {
  const out = [...ranges]
  for (const [low, high] of ranges) {
    for (const [letters, distance] of [
      [[0x41, 0x5a], 32],
      [[0x61, 0x7a], -32],
    ] as const) {
      const [from, to] = [Math.max(low, letters[0]), Math.min(high, letters[1])]
      if (from <= to) out.push([from + distance, to + distance])
    }
    // The long s and the sign of Kelvin are cases of ASCII letters, too.
    for (const [letter, other] of [
      ['s', 0x17f],
      ['k', 0x212a],
    ] as const) {
      if ([letter, letter.toUpperCase()].some((each) => each.charCodeAt(0) >= low && each.charCodeAt(0) <= high)) out.push([other, other])
    }
    if (high > 0x7f) {
      for (const family of families()) {
        if (family.some((each) => each >= low && each <= high)) out.push(...family.map((each) => [each, each] as const))
      }
    }
  }
  return merged(out)
}

let known: readonly (readonly number[])[] | undefined

/** Code points that are cases of one another, where one of them is beyond ASCII. */
function families(): readonly (readonly number[])[] {
  if (known) return known
  const byLower = new Map<number, Set<number>>()
  const lowerOf = (code: number): number => {
    const upper = String.fromCodePoint(code).toUpperCase()
    const lower = ([...upper].length === 1 ? upper : String.fromCodePoint(code)).toLowerCase()
    return [...lower].length === 1 ? lower.codePointAt(0)! : code
  }
  for (let code = 0x80; code < 0x1e944; code++) {
    if (code === 0x2e80) code = 0xa640
    const lower = lowerOf(code)
    if (lower === code) continue
    const family = byLower.get(lower) ?? new Set([lower])
    byLower.set(lower, family.add(code))
    if (lower < 0x80) family.add(String.fromCodePoint(lower).toUpperCase().codePointAt(0)!)
  }
  known = [...byLower.values()].map((family) => [...family])
  return known
}

const properties = new Map<string, Ranges | undefined>()

/** The code points of a category or script, by any name that Go has for it; undefined when it is none. */
export function unicodeProperty(name: string): Ranges | undefined {
  const plain = name.replaceAll(/[_\- ]/g, '').toLowerCase()
  if (plain === 'any') return [[0, last]]
  if (plain === 'ascii') return [[0, 0x7f]]
  if (!properties.has(name)) {
    const words = name.toLowerCase().split(/[_\- ]/)
    const title = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('_')
    properties.set(
      name,
      measured([plain.length === 2 && plain !== 'lc' ? title : plain === 'lc' ? 'LC' : title, `Script=${title}`, `General_Category=${title}`]),
    )
  }
  return properties.get(name)
}

/** The parts of Unicode in which neighbours differ; elsewhere the first speaks for all. */
const mixed: Ranges = [
  [0, 0xd7ff],
  [0xe000, 0xffff],
  [0x10000, 0x3ffff],
  [0xe0000, 0xe0fff],
]
const alike: Ranges = [
  [0x40000, 0xdffff],
  [0xe1000, 0xeffff],
  [0xf0000, 0xffffd],
  [0xffffe, 0xfffff],
  [0x100000, 0x10fffd],
  [0x10fffe, last],
]

function measured(names: readonly string[]): Ranges | undefined {
  for (const name of names) {
    let pattern: RegExp
    try {
      pattern = new RegExp(`\\p{${name}}+`, 'gu')
    } catch {
      continue
    }
    const out: (readonly [number, number])[] = alike.filter(([low]) => String.fromCodePoint(low).search(pattern) === 0)
    for (const [low, high] of mixed) {
      const width = low > 0xffff ? 2 : 1
      for (const { 0: run, index } of everyCharacter(low, high).matchAll(pattern)) {
        out.push([low + index / width, low + (index + run.length) / width - 1])
      }
    }
    return merged(out)
  }
  return undefined
}

function everyCharacter(low: number, high: number): string {
  let text = ''
  for (let from = low; from <= high; from += 0x1000) {
    text += String.fromCodePoint(...Array.from({ length: Math.min(0x1000, high - from + 1) }, (_, at) => from + at))
  }
  return text
}

const unit = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`

const written = (ranges: Ranges): string => ranges.map(([low, high]) => (low === high ? unit(low) : `${unit(low)}-${unit(high)}`)).join('')

/**
 * As JavaScript writes it without the flag u, with which V8 cannot change to its linear engine: what lies beyond the basic
 * plane is pairs of code units.
 */
export function sourceOf(ranges: Ranges): string {
  const basic = ranges.flatMap(([low, high]): (readonly [number, number])[] =>
    low > 0xffff
      ? []
      : (
          [
            [low, Math.min(high, 0xd7ff)],
            [Math.max(low, 0xe000), Math.min(high, 0xffff)],
          ] as const
        ).filter(([from, to]) => from <= to),
  )
  const pairs = ranges.filter(([, high]) => high > 0xffff).flatMap(([low, high]) => pairsOf(Math.max(low, 0x10000), high))
  const choices = [...(basic.length > 0 ? [`[${written(basic)}]`] : []), ...pairs]
  if (choices.length === 0) return '[]'
  return choices.length === 1 && basic.length > 0 ? choices[0]! : `(?:${choices.join('|')})`
}

const leading = (code: number): number => 0xd800 + ((code - 0x10000) >> 10)
const trailing = (code: number): number => 0xdc00 + ((code - 0x10000) & 0x3ff)

function pairsOf(low: number, high: number): string[] {
  const [first, end] = [leading(low), leading(high)]
  const pair = (from: number, to: number, a: number, b: number): string => `[${written([[from, to]])}][${written([[a, b]])}]`
  if (first === end) return [pair(first, first, trailing(low), trailing(high))]
  const isWholeFirst = trailing(low) === 0xdc00
  const isWholeEnd = trailing(high) === 0xdfff
  const [from, to] = [isWholeFirst ? first : first + 1, isWholeEnd ? end : end - 1]
  return [
    ...(isWholeFirst ? [] : [pair(first, first, trailing(low), 0xdfff)]),
    ...(from <= to ? [pair(from, to, 0xdc00, 0xdfff)] : []),
    ...(isWholeEnd ? [] : [pair(end, end, 0xdc00, trailing(high))]),
  ]
}
