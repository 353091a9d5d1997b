/** Prints how the two programs part, known partings too: `./tools/node.sh test/scenarios/kubectl-golden/show.ts REGEXP`, or `'' write` for the lines that change something. */
import { startRig } from '#kubectl/testing/rig.ts'
import { compareAll, compareInOrder } from './golden.ts'
import { flagLines, writeFlagFiles } from './flag-lines.ts'
import { readLines } from './read-lines.ts'
import { seed } from './seed.ts'
import { writeLines, writeManifests } from './write-lines.ts'

const only = new RegExp(process.argv[2] ?? '')
await using rig = await startRig()
await seed(rig.client)
writeManifests(rig.dir)
writeFlagFiles(rig.dir)
const partings =
  process.argv[3] === 'write'
    ? await compareInOrder(rig, writeLines)
    : process.argv[3] === 'flags'
      ? await compareInOrder(
          rig,
          flagLines.filter((line) => only.test(line)),
        )
      : await compareAll(
          rig,
          [...new Set(readLines)].filter((line) => only.test(line)),
        )
for (const { line, ours, real } of partings) process.stdout.write(`=================== ${line}\n<<< ours\n${ours}\n>>> real\n${real}\n`)
