/**
 * A snapshot as lines that can be compared: an object each, those of equal names in the order of what they hold. A record keeps of each
 * step what has changed since the one before: the places of the lines that are gone, and the lines that came.
 */
import type { Recorded, Snapshot } from './types.ts'

export function linesOf(snapshot: Snapshot): readonly string[] {
  return Object.entries(snapshot)
    .map(([title, object]) => lineOf(title.replace(/ #\d+$/, ''), object))
    .sort()
}

const lineOf = (title: string, object: unknown): string => `${title} ${JSON.stringify(object)}`

export function toRecord(taken: Readonly<Record<string, Snapshot>>): Recorded {
  let before: readonly string[] = []
  const record: Record<string, Recorded[string]> = {}
  for (const [step, snapshot] of Object.entries(taken)) {
    const now = linesOf(snapshot)
    const gone = without(before, now)
    const came = without(now, before).map((index): [string, unknown] => {
      const line = now[index]!
      const at = line.indexOf(' {')
      return [line.slice(0, at), JSON.parse(line.slice(at + 1))]
    })
    record[step] = { gone, came }
    before = now
  }
  return record
}

export function fromRecord(record: Recorded): Record<string, readonly string[]> {
  let before: readonly string[] = []
  return Object.fromEntries(
    Object.entries(record).map(([step, { gone, came }]) => {
      before = [...before.filter((_, index) => !gone.includes(index)), ...came.map(([title, object]) => lineOf(title, object))].sort()
      return [step, before]
    }),
  )
}

/** The places of the lines that the others lack; equal lines are told apart by how many there are. */
function without(lines: readonly string[], others: readonly string[]): number[] {
  const left = [...others]
  return lines.flatMap((line, index) => {
    const at = left.indexOf(line)
    if (at < 0) return [index]
    left.splice(at, 1)
    return []
  })
}
