/**
 * Our kubectl against the real one, byte for byte, over hundreds of command lines: output, errors, exit codes.
 *
 * `KUBECTL_GOLDEN=REGEXP` runs only the lines that match it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { commands } from '#kubectl/commands/index.ts'
import { describers } from '#kubectl/commands/describe.ts'
import { helpText } from '#kubectl/help.ts'
import type { Command, CommandEntry } from '#kubectl/types.ts'
import { noRealKubectl, realIsCurrent, realKubectl, startRig } from '#kubectl/testing/rig.ts'
import { isKnown, partsSometimes } from './kubectl-golden/differences.ts'
import { compareAll, compareInOrder, compareWithAnswers, type Parting } from './kubectl-golden/golden.ts'
import { flagLines, writeFlagFiles } from './kubectl-golden/flag-lines.ts'
import { helpShape, newer, older } from './kubectl-golden/help-shape.ts'
import { known } from './kubectl-golden/known.ts'
import { readLines } from './kubectl-golden/read-lines.ts'
import { describedKinds, describedLines } from './kubectl-golden/described-lines.ts'
import { documentsOf, seed, seedDescribed, seedHistories } from './kubectl-golden/seed.ts'
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

test('an object of each kind, with all that there is to tell of it, is described as by the real kubectl', { skip: noRealKubectl ?? false }, async () => {
  await using rig = await startRig()
  await seedDescribed(rig.client)
  const lines = describedLines.filter((line) => only.test(line))
  judge(lines, await compareAll(rig, lines))
})

test('every kind that describe lays out has a line, and an object that it is of', () => {
  const seeded = new Set(documentsOf('described.yaml').map(({ apiVersion, kind }) => `${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}/${kind}`))
  const kinds = Object.keys(describers)
  assert.deepEqual(
    kinds.filter((kind) => !describedKinds[kind]?.length || !seeded.has(kind)),
    [],
  )
  // Upstream's describerMap counts versions and a group twice.
  assert.equal(kinds.length, 36)
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

/** Commands with their whole path, but those that the program on PATH does not have. */
async function allCommands(entries: readonly CommandEntry[], above: readonly string[]): Promise<{ path: string[]; command: Command }[]> {
  const found = await Promise.all(
    entries
      .filter(({ name }) => !['why', 'kuberc', 'options'].includes(name))
      .map(async (entry) => {
        const command = await entry.load()
        const path = [...above, entry.name]
        return [{ path, command }, ...(await allCommands(command.subcommands ?? [], path))]
      }),
  )
  return found.flat()
}

test('every command has the usage, the flags, their letters and defaults, and the subcommands of the real one', { skip: noRealKubectl ?? false }, async () => {
  const waiting = await allCommands(commands, [])
  const wrong: string[] = []
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const path = ['kubectl', ...next.path].join(' ')
      const { stdout } = await promisify(execFile)(realKubectl!, [...next.path, '--help'], { env: { ...process.env, KUBECTL_APPLYSET: 'true' } })
      const [ours, real] = [helpShape(helpText(path, next.command)), helpShape(stdout)]
      // Formats and measures that came since.
      const usage = (text: string): string => text.replace('|kyaml', '').replace('[--cpu=CPU] [--memory=MEMORY]', '[--cpu-percent=CPU]')
      if (usage(ours.usage) !== usage(real.usage)) wrong.push(`${path}: usage "${ours.usage}", not "${real.usage}"`)
      const ownAlone = ['--really-all=false']
      for (const part of ['flags', 'commands'] as const) {
        for (const each of ours[part])
          if (!real[part].includes(each) && !ownAlone.includes(each) && (realIsCurrent || !newer[path]?.includes(each)))
            wrong.push(`${path}: ${each} is too much`)
        for (const each of real[part])
          if (!ours[part].includes(each) && (realIsCurrent || !older[path]?.includes(each))) wrong.push(`${path}: ${each} is missing`)
      }
    }
  }
  await Promise.all([worker(), worker()])
  assert.deepEqual(wrong, [])
})

test('every flag of every command, on lines that change what they like, does as with kubectl 1.36', async () => {
  await using rig = await startRig()
  await seed(rig.client)
  await seedHistories(rig.client)
  writeManifests(rig.dir)
  writeFlagFiles(rig.dir)
  judge(
    flagLines.filter((line) => only.test(line)),
    (await compareWithAnswers(rig, flagLines)).filter(({ line }) => only.test(line)),
  )
})

test('every known parting is one of a line that is run', () => {
  const all = new Set([...readLines, ...writeLines, ...flagLines])
  assert.deepEqual(
    known.flatMap(({ lines }) => lines).filter((line) => !all.has(line)),
    [],
  )
})
