/** The suffix of generated names: a hash of the content, so that a change of content rolls out (kustomize's HashTransformer). */
import { createHash } from 'node:crypto'
import { goJson } from '../go-json.ts'
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
  const safe: Record<string, string> = { '0': 'g', '1': 'h', '3': 'k', a: 'm', e: 't' }
  const hex = createHash('sha256').update(goJson(content)).digest('hex').slice(0, 10)
  return [...hex].map((char) => safe[char] ?? char).join('')
}
