/** What `helm template --dry-run=server` asks of the cluster. */
import { type Cluster, withCluster } from '../cluster/connect.ts'
import { buildObjects } from '../cluster/objects.ts'
import { existing, owned } from '../cluster/ownership.ts'
import type { RenderedRelease } from '../release/types.ts'
import type { Invocation } from '../types.ts'

export { withCluster }

/** Throws for objects that could not be made, or that belong to another release. */
export async function validate(cluster: Cluster, { flags }: Invocation, name: string, { manifest }: RenderedRelease): Promise<void> {
  const namespace = await cluster.namespace()
  const objects = await buildObjects(cluster, manifest, namespace).catch((error) => {
    throw new Error(`unable to build kubernetes objects from release manifest: ${error.message}`, { cause: error })
  })
  if (flags.bool('is-upgrade')) return
  const owner = { name, namespace }
  await existing(await cluster.client(), owned(objects, owner), owner, flags.bool('take-ownership')).catch((error) => {
    throw new Error(`unable to continue with install: ${error.message}`, { cause: error })
  })
}
