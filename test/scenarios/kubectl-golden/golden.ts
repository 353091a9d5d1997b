/** Runs one line through both programs and tells where they part. */
import type { KubectlRig } from '#kubectl/testing/rig.ts'
import { changes, isUnordered } from './differences.ts'
import { normalise } from './normalise.ts'

export interface Parting {
  readonly line: string
  readonly ours: string
  readonly real: string
}

/** At most this many real programs at once: each takes two cores for a moment. */
const atOnce = 4

/** Blanks part words, a single-quoted word may hold them; `{side}` is "ours" or "real", "_" in a schedule a blank. */
export function wordsOf(line: string, side: string): string[] {
  const words = [...line.replaceAll('{side}', side).matchAll(/'[^']*'(?=\s|$)|\S+/g)].map(([word]) => word.replace(/^'(.*)'$/, '$1'))
  return words.map((word) => (word.startsWith('--schedule=') ? word.replaceAll('_', ' ') : word))
}

export async function compare(rig: KubectlRig, line: string, stdin?: string): Promise<Parting | undefined> {
  const namespaced = /(^|\s)(-n|-A|--all-namespaces|--namespace)\b/.test(line) || line.startsWith('config') ? [] : ['-n', 'team']
  const words = (side: string): string[] => {
    const all = wordsOf(line, side)
    const dashes = all.indexOf('--')
    return dashes < 0 ? [...all, ...namespaced] : [...all.slice(0, dashes), ...namespaced, ...all.slice(dashes)]
  }
  const [ours, real] = await Promise.all([rig.ours(words('ours'), stdin), rig.real(words('real'), stdin)])
  const shown = (['ours', 'real'] as const).map((side) => {
    const { code, stdout, stderr } = side === 'ours' ? ours : real
    const settled = (text: string): string => changes.reduce((so, change) => change[side]?.(so) ?? so, normalise(text))
    const inOrder = (text: string): string => (isUnordered(line) ? settled(text).split('\n').sort().join('\n') : settled(text))
    return `${inOrder(stdout)}\n--- stderr\n${inOrder(stderr)}\n--- exit code ${code}`
  })
  return shown[0] === shown[1] ? undefined : { line, ours: shown[0]!, real: shown[1]! }
}

/** One line after the other, as they build on each other. */
export async function compareInOrder(rig: KubectlRig, lines: readonly string[]): Promise<Parting[]> {
  const partings: Parting[] = []
  for (const line of lines) {
    const parting = await compare(rig, line)
    if (parting) partings.push(parting)
  }
  return partings
}

export async function compareAll(rig: KubectlRig, lines: readonly string[]): Promise<Parting[]> {
  const partings: Parting[] = []
  const waiting = [...lines]
  const worker = async (): Promise<void> => {
    for (let line = waiting.shift(); line !== undefined; line = waiting.shift()) {
      const parting = await compare(rig, line)
      if (parting) partings.push(parting)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return partings.sort((a, b) => lines.indexOf(a.line) - lines.indexOf(b.line))
}
