/** Plugins as artifacts of a registry (pkg/registry/plugin.go). */
import { maxChartBytes, maxProvenanceBytes } from '../repository/types.ts'
import type { Invocation } from '../types.ts'
import { pullManifest } from './charts.ts'
import { parseReference } from './client.ts'

const pluginType = 'application/vnd.helm.plugin.v1+json'
const title = 'org.opencontainers.image.title'

/** Layers are found by their titles, NAME-VERSION.tgz and the same with .prov. */
export async function pullPlugin(invocation: Invocation, reference: string, name: string): Promise<{ archive: Buffer; provenance: Buffer | undefined }> {
  const { tag, digest: wanted } = parseReference(reference)
  // No newest version is looked for.
  if (tag === '' && wanted === '') throw new Error('failed to perform "FetchReference" on source: invalid reference')
  const { registry, repository, manifest, digest, told } = await pullManifest(invocation, reference, '')
  const { artifactType = '', config } = manifest
  if (artifactType !== '' && artifactType !== pluginType) throw new Error(`expected artifact type ${pluginType}, got ${artifactType}`)
  if (artifactType === '' && config?.mediaType !== pluginType)
    throw new Error(`expected config media type ${pluginType} for legacy compatibility, got ${config?.mediaType ?? ''}`)
  const layerOf = (ending: string): any =>
    (manifest.layers ?? []).find(({ annotations }: any) => annotations?.[title]?.startsWith(`${name}-`) && annotations[title].endsWith(ending))
  const layer = layerOf('.tgz')
  if (!layer) throw new Error(`required layer matching pattern ${name}-VERSION.tgz not found in manifest`)
  const proof = layerOf('.tgz.prov')
  const archive = await registry.blob(repository, layer, maxChartBytes)
  const provenance = proof ? await registry.blob(repository, proof, maxProvenanceBytes) : undefined
  invocation.out(`Pulled plugin: ${told}\nDigest: ${digest}\n${proof ? `Provenance: ${proof.annotations[title]}\n` : ''}`)
  return { archive, provenance }
}
