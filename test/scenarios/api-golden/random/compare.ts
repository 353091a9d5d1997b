/**
 * Plays the same random writes on both servers and shows where they part first, with the request and both answers.
 * `./tools/node.sh --conditions=k8ts-source test/scenarios/api-golden/random/compare.ts FIRST COUNT [KIND]`
 * What the real server answers otherwise when asked again is chance, and passed over.
 */
import { writeJson } from '#apimachinery/codec/exact-json.ts'
import { asker } from '../ask.ts'
import { realTarget } from '../oracle.ts'
import { startOurs } from '../ours.ts'
import { inParallel } from './parallel.ts'
import { kindOf, play, type Told } from './sequence.ts'
import { prepare } from './setup.ts'

const [first = 1, count = 100] = process.argv.slice(2, 4).map(Number)
const only = new RegExp(process.argv[4] ?? '')
await using target = await startOurs()
const [ours, real] = [asker(target), asker(realTarget())]
await Promise.all([prepare(ours), prepare(real)])
const letters = 'bcdfghjklm'
const token = (): string => Array.from({ length: 5 }, () => letters[Math.floor(Math.random() * letters.length)]).join('')
const run = token()
let [steps, parted, chance, taken] = [0, 0, 0, 0]

await inParallel(count, 6, async (index) => {
  const seed = first + index
  const kind = kindOf(seed, only)
  const [mine, theirs] = await Promise.all([play(ours, seed, kind, run), play(real, seed, kind, run)])
  const at = theirs.findIndex((told, step) => told.hash !== mine[step]?.hash || told.said !== mine[step]?.said)
  const agreed = at < 0 ? theirs.length : at
  steps += agreed
  taken += theirs.slice(0, agreed).filter(({ answer }) => answer.startsWith('2')).length
  if (at < 0) return
  const again = await play(real, seed, kind, token())
  if (again.slice(0, at + 1).some(({ hash }, step) => hash !== theirs[step]!.hash)) {
    chance++
    return
  }
  parted++
  if (mine[at]) show(seed, kind.kind, at, mine[at], theirs[at]!)
})
ours.close()
real.close()
process.stdout.write(`\n${steps} steps agree, ${taken} of them taken; ${parted} of ${count} sequences part, ${chance} by chance\n`)

function show(seed: number, kind: string, at: number, mine: Told, theirs: Told): void {
  const { method, path, body } = theirs.step.question
  const lines = [`\n## ${seed} ${kind} step ${at}: ${theirs.said}`, `  ${method} ${path}`]
  if (mine.said !== theirs.said) lines.push(`  ours was asked: ${mine.said}`)
  if (body !== undefined) lines.push(`  ${(typeof body === 'string' ? body : JSON.stringify(body)).slice(0, 1500)}`)
  if (mine.answer !== theirs.answer) lines.push(...parting(theirs.answer, mine.answer))
  else lines.push(...[...differences(mine.body, theirs.body, '')].slice(0, 12).map((line) => `  ${line.slice(0, 700)}`))
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** Of long answers what is around the place where they part. */
function parting(theirs: string, mine: string): string[] {
  let start = 0
  while (start < theirs.length && theirs[start] === mine[start]) start++
  const from = theirs.length < 1200 && mine.length < 1200 ? 0 : Math.max(0, start - 300)
  const shown = (text: string): string => `${from > 0 ? '…' : ''}${text.slice(from, from + 1200)}`
  return [`  real: ${shown(theirs)}`, `  ours: ${shown(mine)}`]
}

function* differences(mine: unknown, theirs: unknown, path: string): Generator<string> {
  if (writeJson(mine) === writeJson(theirs)) return
  const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object'
  if (isObject(mine) && isObject(theirs) && Array.isArray(mine) === Array.isArray(theirs)) {
    for (const key of new Set([...Object.keys(mine), ...Object.keys(theirs)])) yield* differences(mine[key], theirs[key], `${path}.${key}`)
  } else yield `${path}: real ${writeJson(theirs)}, ours ${writeJson(mine)}`
}
