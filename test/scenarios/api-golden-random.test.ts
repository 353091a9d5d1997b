/** Random writes to our API server, against what kube-apiserver 1.36 answered to the same (api-golden/random). */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { asker } from './api-golden/ask.ts'
import { startOurs } from './api-golden/ours.ts'
import { knownSequences } from './api-golden/random/known.ts'
import { inParallel } from './api-golden/random/parallel.ts'
import { line, recordedFile, sequenceCount } from './api-golden/random/recorded.ts'
import { kindOf, play } from './api-golden/random/sequence.ts'
import { prepare } from './api-golden/random/setup.ts'

test('random writes are answered as kube-apiserver answers them', async () => {
  const recorded: Record<string, readonly string[]> = JSON.parse(readFileSync(recordedFile, 'utf8'))
  assert.equal(Object.keys(recorded).length, sequenceCount, 'record the random writes anew')
  await using target = await startOurs()
  const ours = asker(target)
  await prepare(ours)
  const partings: object[] = []
  const parted = new Set<number>()
  await inParallel(sequenceCount, 6, async (index) => {
    const seed = index + 1
    const kind = kindOf(seed)
    const [recordedKind, ...lines] = recorded[seed]!
    assert.equal(kind.kind, recordedKind, 'the kinds changed: record the random writes anew')
    const told = await play(ours, seed, kind, 'first', lines.length)
    // What comes after the first parting follows from it.
    const at = lines.findIndex((each, step) => told[step] === undefined || line(told[step]) !== each)
    if (at < 0) return
    parted.add(seed)
    if (knownSequences.has(seed)) return
    const { said = '', answer = '', step } = told[at] ?? {}
    partings.push({ seed, kind: kind.kind, at, said, question: step?.question, ours: answer, real: lines[at] })
  })
  ours.close()
  assert.deepEqual(partings, [], 'compare.ts SEED 1 shows both whole answers')
  assert.deepEqual(
    [...knownSequences].filter((seed) => !parted.has(seed)),
    [],
    'these no longer part: take them out of known.ts',
  )
})
