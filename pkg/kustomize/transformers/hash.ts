/** The suffix of generated names: a hash of the content, so that a change of content rolls out (kustomize's HashTransformer). */
import { nameHash } from '#apimachinery/codec/name-hash.ts'
import type { ResourceSet } from '../resource-set.ts'

export function addHashes(set: ResourceSet): void {
  for (const resource of set.list) {
    if (!resource.needsHash) continue
    const suffix = hashOf(resource.object)
    resource.rememberId()
    resource.rename(`${resource.name}-${suffix}`)
  }
}

function hashOf(object: any): string {
  // Upstream looks the name up in a way that never finds it, so it counts as empty.
  const name = ''
  const data = object.data ?? ''
  const content =
    object.kind === 'ConfigMap'
      ? { kind: 'ConfigMap', name, data, ...(object.binaryData ? { binaryData: object.binaryData } : {}) }
      : object.kind === 'Secret'
        ? { kind: 'Secret', type: object.type ?? '', name, data, ...(object.stringData ? { stringData: object.stringData } : {}) }
        : object
  return nameHash(content)
}
