/** Indexes of a job as text, "1,3-5", below its completions. */
type Interval = readonly [from: number, to: number]

/** How many they are; text is what is wrong with them. */
export function countIndexes(text: string, completions: number): number | string {
  if (text === '') return 0
  let last = -1
  let total = 0
  for (const each of text.split(',')) {
    const interval = parseInterval(each, completions)
    if (typeof interval === 'string') return interval
    const [from, to] = interval
    if (from <= last) return `non-increasing order, previous: ${last}, current: ${from}`
    total += to - from + 1
    last = to
  }
  return total
}

/** The first index that both have; what cannot be read is for others to tell. */
export function overlapOf(text: string, other: string, completions: number): number | undefined {
  const others = intervalsOf(other, completions)
  for (const [from, to] of intervalsOf(text, completions)) {
    const met = others.find(([start, end]) => start <= to && from <= end)
    if (met) return Math.max(from, met[0])
  }
  return undefined
}

function intervalsOf(text: string, completions: number): Interval[] {
  if (text === '') return []
  return text.split(',').flatMap((each) => {
    const interval = parseInterval(each, completions)
    return typeof interval === 'string' ? [] : [interval]
  })
}

function parseInterval(text: string, completions: number): Interval | string {
  const parts = text.split('-')
  if (parts.length > 2)
    return `the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`
  const numbers: number[] = []
  for (const part of parts) {
    if (!/^[0-9]+$/.test(part)) return `cannot convert string to integer for index: ${JSON.stringify(part)}`
    numbers.push(Number(part))
    if (Number(part) >= completions) return `too large index: ${JSON.stringify(part)}`
  }
  const [from = 0, to = from] = numbers
  return numbers.length === 2 && to <= from ? `non-increasing order, previous: ${from}, current: ${to}` : [from, to]
}
