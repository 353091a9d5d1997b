/** One revision of a release, for what reads it. */
import { isValidReleaseName } from '../release/name.ts'
import type { Release } from '../release/release.ts'
import { ownLabels } from '../storage/record.ts'
import type { ActionContext } from './types.ts'

/** 0 is the last revision. */
export async function releaseContent({ cluster, storage }: ActionContext, name: string, revision: number): Promise<Release> {
  await cluster.reachable()
  if (!isValidReleaseName(name)) throw new Error(`releaseContent: Release name is invalid: ${name}`)
  const release = revision <= 0 ? await storage.last(name) : await storage.get(name, revision)
  return { ...release, labels: revision <= 0 ? release.labels : ownLabels(release.labels) }
}
