/**
 * Writes `recorded/random.json`: what a real kube-apiserver 1.36 answers to each random write of some sequences.
 * `./tools/node.sh --conditions=k8ts-source test/scenarios/api-golden/random/record.ts`, against a fresh real server.
 * Every sequence is played twice: an answer that is not the same again is chance, and kept as `*`; there its sequence ends.
 */
import { writeFileSync } from 'node:fs'
import { asker } from '../ask.ts'
import { realTarget } from '../oracle.ts'
import { inParallel } from './parallel.ts'
import { kindOf, play } from './sequence.ts'
import { line, recordedFile, sequenceCount } from './recorded.ts'
import { prepare } from './setup.ts'

const real = asker(realTarget())
await prepare(real)
const recorded: string[][] = []
await inParallel(sequenceCount, 6, async (index) => {
  const seed = index + 1
  const kind = kindOf(seed)
  const first = await play(real, seed, kind, 'first')
  const second = await play(real, seed, kind, 'again')
  const chance = first.findIndex((told, step) => told.hash !== second[step]?.hash)
  recorded[index] = [kind.kind, ...(chance < 0 ? first : first.slice(0, chance)).map(line)]
})
real.close()
writeFileSync(recordedFile, `{\n${recorded.map((lines, index) => `${JSON.stringify(String(index + 1))}: ${JSON.stringify(lines)}`).join(',\n')}\n}\n`)
process.stdout.write(`${recorded.length} sequences, ${recorded.reduce((sum, { length }) => sum + length - 1, 0)} steps\n`)
