/**
 * Writes `recorded-1.36.json`: `K8TS_REAL_KUBECTL=/path/to/kubectl-1.36 ./tools/node.sh test/scenarios/kubectl-golden/record.ts`
 * asks that program and the one on PATH every line, and keeps what 1.36 says where the other says something else. With a
 * REGEXP after it, only the reading lines that match are asked anew. `flag-answers-1.36.json` holds what 1.36 says to the lines
 * of `flag-lines.ts`; with the word `flags` after it, only that is written.
 * Such a program is `NewDefaultKubectlCommand()` of the Go module k8s.io/kubectl v0.36.1 as upstream's own main runs it.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { type KubectlRig, kubectlOnPath, realIsCurrent, realKubectl, startRig } from '#kubectl/testing/rig.ts'
import { isKnown } from './differences.ts'
import { answerOf, eachOf, keysOf, shownBy } from './golden.ts'
import { flagLines, writeFlagFiles } from './flag-lines.ts'
import { readLines } from './read-lines.ts'
import { describedLines } from './described-lines.ts'
import { seed, seedDescribed, seedHistories } from './seed.ts'
import { writeLines, writeManifests } from './write-lines.ts'

if (!realIsCurrent || !kubectlOnPath) throw new Error('needs kubectl 1.36 as K8TS_REAL_KUBECTL, and an older one on PATH')

if (process.argv[2] === 'flags') {
  await recordFlags()
  process.exit()
}
if (process.argv[2] === undefined) await recordFlags()

const only = process.argv[2] === undefined ? undefined : new RegExp(process.argv[2])
const [reads, described] = [[...new Set(readLines)], describedLines].map((lines) => lines.filter((line) => only?.test(line) ?? true)) as [string[], string[]]
const file = new URL('recorded-1.36.json', import.meta.url)

async function inOrder(rig: KubectlRig, lines: readonly string[]): Promise<[string, string][]> {
  const keys = keysOf(lines)
  const said: [string, string][] = []
  for (const [index, line] of lines.entries()) {
    // Some lines tell of both sides' objects.
    const [real] = await Promise.all([shownBy(rig, 'real', line), shownBy(rig, 'ours', line)])
    said.push([keys[index]!, real])
  }
  return said
}

/** The lines of flags are compared without any program: all answers are kept. */
async function recordFlags(): Promise<void> {
  await using rig = await startRig({ program: realKubectl })
  await seed(rig.client)
  await seedHistories(rig.client)
  writeManifests(rig.dir)
  writeFlagFiles(rig.dir)
  const keys = keysOf(flagLines)
  const said: [string, string][] = []
  // Alone, as ours is when it is compared.
  for (const [index, line] of flagLines.entries()) said.push([keys[index]!, answerOf(await shownBy(rig, 'real', line))])
  writeFileSync(new URL('flag-answers-1.36.json', import.meta.url), `${JSON.stringify(Object.fromEntries(said), null, 2)}\n`)
}

async function answers(program: string): Promise<Map<string, string>> {
  const said = new Map<string, string>()
  for (const { lines, fill } of [
    { lines: reads, fill: seed },
    { lines: described, fill: seedDescribed },
  ]) {
    await using rig = await startRig({ program })
    await fill(rig.client)
    const told = await eachOf(lines, (line) => shownBy(rig, 'real', line))
    for (const [index, line] of lines.entries()) said.set(line, told[index]!)
  }
  if (only) return said
  await using rig = await startRig({ program })
  await seed(rig.client)
  writeManifests(rig.dir)
  for (const [key, text] of await inOrder(rig, writeLines)) said.set(key, text)
  return said
}

const [current, older] = [await answers(realKubectl!), await answers(kubectlOnPath)]
const kept = [...current].filter(([line, text]) => !isKnown(line.replace(/ #\d+$/, '')) && older.get(line) !== text)
const before = only ? Object.entries<string>(JSON.parse(readFileSync(file, 'utf8'))).filter(([line]) => !current.has(line)) : []
writeFileSync(file, `${JSON.stringify(Object.fromEntries([...before, ...kept]), null, 2)}\n`)
process.stdout.write(`${kept.length} of ${current.size} lines\n`)
