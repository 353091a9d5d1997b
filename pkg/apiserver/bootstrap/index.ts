/** What a new cluster must have before anyone uses it, made at every start where it is missing. */
import { ensureNamespaces } from './namespaces.ts'
import { ensureLegacyTokenTracking } from './legacy-token-tracking.ts'
import { keepKubernetesService, type KubernetesEndpoint, type KubernetesServiceOptions } from './kubernetes-service.ts'

export { namespaceSeed } from './namespaces.ts'
export { apiServerName, type PreparedSeeds, type Seed, seedEmptyStore, withoutNetwork } from './seed.ts'
export { serverLeasesOf } from './server-leases.ts'
export type { KubernetesEndpoint } from './kubernetes-service.ts'

export type BootstrapOptions = KubernetesServiceOptions

export async function runBootstrap(options: BootstrapOptions): Promise<KubernetesEndpoint> {
  await ensureNamespaces(options.client)
  await ensureLegacyTokenTracking(options.client, options.clock)
  return keepKubernetesService(options)
}
