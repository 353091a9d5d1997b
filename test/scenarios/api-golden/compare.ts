/**
 * Asks both servers at once and shows where they part, with whole bodies: the loop to work in.
 * `./tools/node.sh --conditions=k8ts-source test/scenarios/api-golden/compare.ts NAME [REGEXP] [--most=N]`
 */
import { writeJson } from '#apimachinery/codec/exact-json.ts'
import { realTarget } from './oracle.ts'
import { startOurs } from './ours.ts'
import { questionnaires } from './questions/index.ts'
import { askAll } from './run.ts'

const [name = '', pattern = ''] = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const most = Number(process.argv.find((word) => word.startsWith('--most='))?.slice(7) ?? 40)
const list = questionnaires[name]
if (!list) throw new Error(`no such list: ${name}; there are ${Object.keys(questionnaires).join(', ')}`)
const only = new RegExp(pattern)
await using target = await startOurs({}, list)
const [ours, real] = await Promise.all([askAll(target, list, only), askAll(realTarget(), list, only)])
const parted = [...real].filter(([key, { said, hash }]) => said !== ours.get(key)?.said || hash !== ours.get(key)?.hash)
for (const [key, answer] of parted.slice(0, most)) {
  const mine = ours.get(key)!
  process.stdout.write(`\n## ${key}\n`)
  if (mine.said !== answer.said) process.stdout.write(`  real: ${parting(answer.said, mine.said)}\n  ours: ${parting(mine.said, answer.said)}\n`)
  else {
    const partings = [...differences(mine.body, answer.body, '')]
    for (const line of partings.slice(0, 12)) process.stdout.write(`  ${line}\n`)
  }
}
process.stdout.write(`\n${parted.length} of ${real.size} part\n`)

/** Of a long text the lines around where it parts from the other. */
function parting(text: string, other: string): string {
  const [lines, others] = [text.split('\n'), other.split('\n')]
  if (lines.length < 20) return text
  const at = lines.findIndex((line, index) => line !== others[index])
  return at < 0 ? `… ends after line ${lines.length}` : ['…', ...lines.slice(Math.max(0, at - 4), at + 8), '…'].join('\n    ')
}

function* differences(mine: unknown, theirs: unknown, path: string): Generator<string> {
  if (writeJson(mine) === writeJson(theirs)) return
  const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object'
  if (isObject(mine) && isObject(theirs) && Array.isArray(mine) === Array.isArray(theirs)) {
    for (const key of new Set([...Object.keys(mine), ...Object.keys(theirs)])) yield* differences(mine[key], theirs[key], `${path}.${key}`)
  } else yield `${path}: real ${writeJson(theirs)}, ours ${writeJson(mine)}`
}
