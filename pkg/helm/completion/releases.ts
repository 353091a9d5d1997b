/** Releases, revisions and namespaces of the cluster. */
import { namespaces } from '#api/gen/resources.ts'
import { withContext } from '../actions/context.ts'
import { withCluster } from '../cluster/connect.ts'
import type { Invocation } from '../types.ts'
import { type Completions, files, words } from './types.ts'

export async function completeReleases(invocation: Invocation): Promise<Completions> {
  return withContext(invocation, async ({ storage }) => {
    const latest = new Map((await storage.list()).map((release) => [release.name, release]))
    return words(
      [...latest.values()]
        .filter(({ name }) => !invocation.args.includes(name))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, chart, info }) => `${name}\t${chart?.metadata.name}-${chart?.metadata.version} -> ${info.status}`),
    )
  })
}

export async function completeRevisions(invocation: Invocation, name: string): Promise<Completions> {
  return withContext(invocation, async ({ storage }) =>
    words(
      (await storage.history(name)).map(
        ({ version, chart }) => `${version}\tApp: ${chart?.metadata.appVersion}, Chart: ${chart?.metadata.name}-${chart?.metadata.version}`,
      ),
    ),
  )
}

export async function completeNamespaces(invocation: Invocation): Promise<Completions> {
  try {
    return await withCluster(invocation, async (cluster) => {
      const { items } = await (await cluster.client()).list(namespaces)
      return words(items.map(({ metadata }) => metadata?.name ?? ''))
    })
  } catch {
    return files
  }
}
