/**
 * Our kubectl against the real one, byte for byte, over hundreds of command lines: output, errors, exit codes.
 *
 * `KUBECTL_GOLDEN=REGEXP` runs only the lines that match it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noRealKubectl, startRig } from '#kubectl/testing/rig.ts'
import { isKnown, partsSometimes } from './kubectl-golden/differences.ts'
import { compareAll, compareInOrder, type Parting } from './kubectl-golden/golden.ts'
import { known } from './kubectl-golden/known.ts'
import { readLines } from './kubectl-golden/read-lines.ts'
import { seed } from './kubectl-golden/seed.ts'
import { writeLines, writeManifests } from './kubectl-golden/write-lines.ts'

const only = new RegExp(process.env.KUBECTL_GOLDEN ?? '')

function judge(lines: readonly string[], partings: readonly Parting[]): void {
  const parted = new Set(partings.map(({ line }) => line))
  assert.deepEqual(
    partings.filter(({ line }) => !isKnown(line)),
    [],
  )
  assert.deepEqual(
    lines.filter((line) => isKnown(line) && !partsSometimes(line) && !parted.has(line)),
    [],
    'these no longer part: take them out of known.ts',
  )
}

test('hundreds of command lines print what the real kubectl prints', { skip: noRealKubectl ?? false }, async () => {
  await using rig = await startRig()
  await seed(rig.client)
  const lines = [...new Set(readLines)].filter((line) => only.test(line))
  judge(lines, await compareAll(rig, lines))
})

test('what changes the cluster is told as the real kubectl tells it, and changes the same', { skip: noRealKubectl ?? false }, async () => {
  await using rig = await startRig()
  await seed(rig.client)
  writeManifests(rig.dir)
  const partings = await compareInOrder(rig, writeLines)
  judge(
    writeLines.filter((line) => only.test(line)),
    partings.filter(({ line }) => only.test(line)),
  )
})

test('every known parting is one of a line that is run', () => {
  const all = new Set([...readLines, ...writeLines])
  assert.deepEqual(
    known.flatMap(({ lines }) => lines).filter((line) => !all.has(line)),
    [],
  )
})
