/** Where the real kubectl on PATH is older than 1.36: what upstream changed since, done to its output before the comparison. */
import { known } from './known.ts'

interface Change {
  readonly reason: string
  /** On the output of the older program, or of ours where the newer one says more. */
  readonly real?: (text: string) => string
  readonly ours?: (text: string) => string
}

export const changes: readonly Change[] = [
  {
    reason: '1.34: creationTimestamp is left out when it is not set (omitzero)',
    real: (text) =>
      text
        .replace(/^(\s*)(metadata:)\n\s+creationTimestamp: null\n(?!\1\s+\S)/gm, '$1$2 {}\n')
        .replace(/^\s+creationTimestamp: null\n/gm, '')
        .replace(/,\n\s+"creationTimestamp": null(?=\n)/g, '')
        .replace(/\{\n\s+"creationTimestamp": null\n\s+\}/g, '{}')
        .replace(/^\s+"creationTimestamp": null,\n/gm, ''),
  },
  { reason: '1.34: "deleted from NAMESPACE namespace"', ours: (text) => text.replace(/(deleted) from \S+ namespace/g, '$1') },
  {
    reason: '1.34: names of ports in descriptions of containers',
    ours: (text) => text.replace(/^(\s+(?:Host )?Ports?:\s.*)$/gm, (line) => line.replace(/ \([a-z0-9-]+\)/g, '')),
  },
  { reason: '1.34: --cpu-percent is deprecated', ours: (text) => text.replace(/^Flag --cpu-percent has been deprecated.*\n/gm, '') },
  {
    reason: '1.34: nor is it in the annotation of what was applied',
    real: (text) => text.replaceAll(',\\"creationTimestamp\\":null', ''),
  },
  { reason: '1.34: -o kyaml', ours: (text) => text.replace('jsonpath-file,kyaml,', 'jsonpath-file,') },
  {
    reason: '1.36: the default profile of debug is general',
    real: (text) => text.replace(/^--profile=legacy is deprecated.*\n/gm, ''),
  },
]

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
    /--applyset=.* -o name$/.test(line) ||
    line.startsWith('describe limits')
  )
}
