/** What a comparison has to overlook, line by line. */
import { known } from './known.ts'

/** Lines that part at one moment and not at another. */
export function partsSometimes(line: string): boolean {
  return known.some(({ sometimes, lines }) => sometimes && lines.includes(line))
}

/** Lines on which the two still part, or must: data, so that a new parting and a mended one both fail the test. */
export function isKnown(line: string): boolean {
  return known.some((entry) => entry.lines.includes(line))
}

/** The original ranges over a map here, in another order each time. */
export function isUnordered(line: string): boolean {
  return (
    /^(label|annotate) .* ?--list/.test(line) ||
    /^set env .*--from/.test(line) ||
    line === 'describe ns team' ||
    line.startsWith('describe secret ') ||
    /--applyset=.* -o name$/.test(line) ||
    line.startsWith('describe limits')
  )
}
