/** `helm status` */
import { withContext } from '../actions/context.ts'
import { releaseStatus } from '../actions/status.ts'
import { releaseText } from '../output/release.ts'
import { formatOf, outputFlag, printFormatted } from '../output/table.ts'
import { releaseJson } from '../release/encode.ts'
import type { Command, Invocation } from '../types.ts'
import { revisionFlag } from './chart-flags.ts'

async function run(invocation: Invocation): Promise<void> {
  const isTable = formatOf(invocation) === 'table'
  const release = await withContext(invocation, (context) => releaseStatus(context, invocation.args[0]!, invocation.flags.int('revision'), isTable))
  printFormatted(
    invocation,
    () => releaseJson({ ...release, chart: undefined }),
    () => releaseText(release, { paint: invocation.paint }),
  )
}

export const status: Command = {
  usage: 'RELEASE_NAME [flags]',
  about: 'Tells how a release stands, and what has become of its objects.',
  arguments: { min: 1, max: 1 },
  flags: [outputFlag, revisionFlag],
  run,
}
