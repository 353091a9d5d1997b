/** Runs one line through both programs and tells where they part. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type KubectlRig, realIsCurrent } from '#kubectl/testing/rig.ts'
import { isUnordered } from './differences.ts'
import { normalise } from './normalise.ts'

export interface Parting {
  readonly line: string
  readonly ours: string
  readonly real: string
}

/**
 * What kubectl 1.36 says to those lines to which the older ones that are found on machines say something else: made by
 * `record.ts`. Where the program at hand is of 1.36 itself, it is asked.
 */
const recorded: Readonly<Record<string, string>> = realIsCurrent ? {} : JSON.parse(readFileSync(new URL('recorded-1.36.json', import.meta.url), 'utf8'))

/** At most this many real programs at once: each takes two cores for a moment. */
const atOnce = 4

/** Blanks part words, a single-quoted word may hold them; `{side}` is "ours" or "real", "_" in a schedule a blank. */
export function wordsOf(line: string, side: string): string[] {
  const words = [...line.replaceAll('{side}', side).matchAll(/'[^']*'(?=\s|$)|\S+/g)].map(([word]) => word.replace(/^'(.*)'$/, '$1'))
  return words.map((word) => (word.startsWith('--schedule=') ? word.replaceAll('_', ' ') : word))
}

/** "KEY=value" before a line is of its environment; "< file" after it, what it reads. */
function surroundingsOf(words: readonly string[], dir: string): { words: string[]; env: Record<string, string>; stdin: string } {
  const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word))
  const env = Object.fromEntries(words.slice(0, first).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]))
  const at = words.lastIndexOf('<')
  return { words: words.slice(first, at < 0 ? undefined : at), env, stdin: at < 0 ? '' : readFileSync(join(dir, words[at + 1]!), 'utf8') }
}

/** What one side says, without what differs from run to run. */
export async function shownBy(rig: KubectlRig, side: 'ours' | 'real', line: string): Promise<string> {
  const namespaced = /(^|\s)(-n|-A|--all-namespaces|--namespace)\b/.test(line) || line.startsWith('config') ? [] : ['-n', 'team']
  const { words: all, env, stdin } = surroundingsOf(wordsOf(line, side), rig.dir)
  const dashes = all.indexOf('--')
  const words = dashes < 0 ? [...all, ...namespaced] : [...all.slice(0, dashes), ...namespaced, ...all.slice(dashes)]
  const { code, stdout, stderr } = await rig[side](words, stdin, env)
  const settled = (text: string): string => withoutHelp(normalise(text))
  const inOrder = (text: string): string => (isUnordered(line) ? settled(text).split('\n').sort().join('\n') : settled(text))
  return `${inOrder(stdout)}\n--- stderr\n${inOrder(stderr)}\n--- exit code ${code}`
}

/** Help is said in our own words, as it is documentation: that it is said, of which command and where, is what counts. */
function withoutHelp(text: string): string {
  const usage = /^Usage:\n {2}(kubectl(?: [a-z-]+)*)/m.exec(text)
  if (!usage) return text
  const told = text.split('\n').filter((each) => /^(error:|Unknown help topic)/.test(each))
  return [...told, `HELP OF ${usage[1]}`].join('\n')
}

/** A line that comes again is another line: what it changes was changed before. */
export function keysOf(lines: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return lines.map((line) => {
    const count = (seen.get(line) ?? 0) + 1
    seen.set(line, count)
    return count === 1 ? line : `${line} #${count}`
  })
}

/** One line after the other, as they build on each other. */
export async function compareInOrder(rig: KubectlRig, lines: readonly string[]): Promise<Parting[]> {
  const partings: Parting[] = []
  const keys = keysOf(lines)
  for (const [index, line] of lines.entries()) {
    const [ours, said] = await Promise.all([shownBy(rig, 'ours', line), shownBy(rig, 'real', line)])
    const real = recorded[keys[index]!] ?? said
    if (ours !== real) partings.push({ line, ours, real })
  }
  return partings
}

/** Answers of 1.36 to the lines of flags, made by `record.ts`; of a long one its digest. */
const answersFile = new URL('flag-answers-1.36.json', import.meta.url)
const longest = 600

export function answerOf(text: string): string {
  return text.length > longest ? `sha256:${createHash('sha256').update(text).digest('hex')}` : text
}

/** Ours alone, one line after the other, beside what 1.36 said. */
export async function compareWithAnswers(rig: KubectlRig, lines: readonly string[]): Promise<Parting[]> {
  const answers: Readonly<Record<string, string>> = JSON.parse(readFileSync(answersFile, 'utf8'))
  const partings: Parting[] = []
  const keys = keysOf(lines)
  for (const [index, line] of lines.entries()) {
    const ours = await shownBy(rig, 'ours', line)
    const real = answers[keys[index]!] ?? 'not recorded'
    if (answerOf(ours) !== real) partings.push({ line, ours, real })
  }
  return partings
}

export async function compareAll(rig: KubectlRig, lines: readonly string[]): Promise<Parting[]> {
  const partings = await eachOf(lines, async (line) => {
    const [ours, real] = await Promise.all([shownBy(rig, 'ours', line), recorded[line] ?? shownBy(rig, 'real', line)])
    return ours === real ? [] : [{ line, ours, real }]
  })
  return partings.flat()
}

/** Some at a time, answers in the lines' order. */
export async function eachOf<T>(lines: readonly string[], act: (line: string) => Promise<T>): Promise<T[]> {
  const answers: T[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < lines.length) {
      const index = next++
      answers[index] = await act(lines[index]!)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return answers
}
