/**
 * Our kubectl against the real one, byte for byte, over hundreds of command lines: output, errors, exit codes.
 *
 * `KUBECTL_GOLDEN=REGEXP` runs only the lines that match it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noRealKubectl, startRig } from '#kubectl/testing/rig.ts'
import { isKnown } from './kubectl-golden/differences.ts'
import { compareAll } from './kubectl-golden/golden.ts'
import { readLines } from './kubectl-golden/read-lines.ts'
import { seed } from './kubectl-golden/seed.ts'

const only = new RegExp(process.env.KUBECTL_GOLDEN ?? '')

test('hundreds of command lines print what the real kubectl prints', { skip: noRealKubectl ?? false }, async () => {
  await using rig = await startRig()
  await seed(rig.client)
  const lines = [...new Set(readLines)].filter((line) => only.test(line))
  const partings = await compareAll(rig, lines)
  const parted = new Set(partings.map(({ line }) => line))
  assert.deepEqual(
    partings.filter(({ line }) => !isKnown(line)),
    [],
  )
  assert.deepEqual(
    lines.filter((line) => isKnown(line) && !parted.has(line)),
    [],
    'these no longer part: take them out of known.ts',
  )
})
