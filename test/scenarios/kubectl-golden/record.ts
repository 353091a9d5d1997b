/**
 * Writes `recorded-1.36.json`: `K8TS_REAL_KUBECTL=/path/to/kubectl-1.36 ./tools/node.sh test/scenarios/kubectl-golden/record.ts`
 * asks that program and the one on PATH every line, and keeps what 1.36 says where the other says something else. With a
 * REGEXP after it, only the reading lines that match are asked anew.
 * Such a program is `NewDefaultKubectlCommand()` of the Go module k8s.io/kubectl v0.36.1 as upstream's own main runs it.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { kubectlOnPath, realIsCurrent, realKubectl, startRig } from '#kubectl/testing/rig.ts'
import { isKnown } from './differences.ts'
import { eachOf, keysOf, shownBy } from './golden.ts'
import { readLines } from './read-lines.ts'
import { describedLines } from './described-lines.ts'
import { seed, seedDescribed } from './seed.ts'
import { writeLines, writeManifests } from './write-lines.ts'

if (!realIsCurrent || !kubectlOnPath) throw new Error('needs kubectl 1.36 as K8TS_REAL_KUBECTL, and an older one on PATH')

const only = process.argv[2] === undefined ? undefined : new RegExp(process.argv[2])
const [reads, described] = [[...new Set(readLines)], describedLines].map((lines) => lines.filter((line) => only?.test(line) ?? true)) as [string[], string[]]
const file = new URL('recorded-1.36.json', import.meta.url)

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
  const keys = keysOf(writeLines)
  for (const [index, line] of writeLines.entries()) {
    // Some lines tell of both sides' objects.
    const [real] = await Promise.all([shownBy(rig, 'real', line), shownBy(rig, 'ours', line)])
    said.set(keys[index]!, real)
  }
  return said
}

const [current, older] = [await answers(realKubectl!), await answers(kubectlOnPath)]
const kept = [...current].filter(([line, text]) => !isKnown(line.replace(/ #\d+$/, '')) && older.get(line) !== text)
const before = only ? Object.entries<string>(JSON.parse(readFileSync(file, 'utf8'))).filter(([line]) => !current.has(line)) : []
writeFileSync(file, `${JSON.stringify(Object.fromEntries([...before, ...kept]), null, 2)}\n`)
process.stdout.write(`${kept.length} of ${current.size} lines\n`)
