/** What a new cluster must have before anyone uses it, made at every start where it is missing. */
import { ensureNamespaces } from './namespaces.ts'
import { ensureLegacyTokenTracking } from './legacy-token-tracking.ts'
import { keepKubernetesService, type KubernetesServiceOptions } from './kubernetes-service.ts'

export type BootstrapOptions = KubernetesServiceOptions

export async function runBootstrap(options: BootstrapOptions): Promise<void> {
  await ensureNamespaces(options.client)
  await ensureLegacyTokenTracking(options.client, options.clock)
  await keepKubernetesService(options)
}
