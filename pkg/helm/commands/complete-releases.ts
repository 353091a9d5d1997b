/** Names of releases, for completion. */
import { withContext } from '../actions/context.ts'
import type { Invocation } from '../types.ts'

export async function completeReleases(invocation: Invocation): Promise<readonly string[]> {
  return withContext(invocation, async ({ storage }) => {
    const latest = new Map((await storage.list()).map((release) => [release.name, release]))
    return [...latest.values()]
      .filter(({ name }) => !invocation.args.includes(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, chart, info }) => `${name}\t${chart?.metadata.name}-${chart?.metadata.version} -> ${info.status}`)
  })
}
