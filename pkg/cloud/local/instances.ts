/** The nodes that `k8ts up` and `k8ts node` make. */
import type { Node } from '#api/gen/core/v1.ts'
import type { Instances } from '../types.ts'

export interface LocalInstance {
  readonly name: string
  readonly address: string
  /** Of the other family. */
  readonly secondary?: { readonly address: string }
  /** `k8ts node stop`. */
  readonly stopped?: boolean
}

/** `prefix` is "k8ts://CLUSTER/"; nodes of another provider id are somebody else's, and left alone. */
export function localInstances(prefix: string, plan: () => Promise<readonly LocalInstance[]>): Instances {
  /** What a node that says it is ours is in the plan; by its name while it says nothing. */
  async function find({ metadata, spec }: Node): Promise<{ ours: boolean; found?: LocalInstance }> {
    const id = spec?.providerID
    if (id && !id.startsWith(prefix)) return { ours: false }
    const name = id ? id.slice(prefix.length) : metadata.name
    const found = (await plan()).find((each) => each.name === name)
    return found ? { ours: true, found } : { ours: !!id }
  }

  return {
    // A node that somebody wrote by hand is no reason to delete it.
    async exists(node) {
      const { ours, found } = await find(node)
      return !ours || found !== undefined
    },
    async isShutDown(node) {
      return (await find(node)).found?.stopped ?? false
    },
    async metadata(node) {
      const { found } = await find(node)
      if (!found) return undefined
      const addresses = [
        { type: 'InternalIP', address: found.address },
        ...(found.secondary ? [{ type: 'InternalIP', address: found.secondary.address }] : []),
        { type: 'Hostname', address: found.name },
      ]
      return { providerId: `${prefix}${found.name}`, addresses }
    },
  }
}
