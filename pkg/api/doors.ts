/**
 * What the strategies of most kinds do alike: which half of an object a door may change, and when its generation rises.
 * Upstream: pkg/registry/GROUP/KIND/strategy.go.
 */
import type { KubeObject } from '#apimachinery/object.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'
import { omitEmpty } from '#apimachinery/codec/omit-empty.ts'
import { semanticEqual } from './semantic-equal.ts'
import { lookupType } from './scheme.ts'
import { zeroStatus } from './zero.ts'

type Parts = KubeObject & { spec?: unknown; status?: unknown }

/** A new object starts at generation 1, with no status. */
export function startFresh(schema: StructSchema): (object: KubeObject) => void {
  return (object) => {
    object.metadata.generation = 1
    clearStatus(object, schema)
  }
}

export function clearStatus(object: KubeObject, schema: StructSchema): void {
  const parts = object as Parts
  parts.status = zeroStatus(schema)
}

export function startAtGenerationOne(object: KubeObject): void {
  object.metadata.generation = 1
}

export function keepStatus(object: KubeObject, old: KubeObject): void {
  const parts = object as Parts
  parts.status = (old as Parts).status
}

export function keepSpec(object: KubeObject, old: KubeObject): void {
  const parts = object as Parts
  parts.spec = (old as Parts).spec
}

/** The main door: status stays, and a changed spec raises the generation. */
export function updateSpec(object: KubeObject, old: KubeObject): void {
  keepStatus(object, old)
  raiseGeneration(object, old, (each) => (each as Parts).spec)
}

/** The status door: all but status stays; of metadata, what the API server's own rules let through. */
export function updateStatus(object: KubeObject, old: KubeObject): void {
  keepSpec(object, old)
  object.metadata.generation = old.metadata.generation
}

export function raiseGeneration(object: KubeObject, old: KubeObject, of: (object: KubeObject) => unknown): void {
  const generation = old.metadata.generation ?? 0
  if (!semanticEqual(of(written(object)), of(old))) object.metadata.generation = generation + 1
  else if (old.metadata.generation === undefined) delete object.metadata.generation
  else object.metadata.generation = generation
}

/** Empty maps that were given are none to a comparison. */
function written(object: KubeObject): KubeObject {
  const schema = lookupType(object.apiVersion ?? '', object.kind ?? '')
  return schema ? omitEmpty(schema, object) : object
}

/** Where the status door must also leave labels and owners as they are. */
export function keepLabels(object: KubeObject, old: KubeObject): void {
  object.metadata.labels = old.metadata.labels
}

/** Of these doors, metadata is no one's either. */
export const resetsOfWholeMetadata = [['metadata'], ['spec']] as const

/** Where the status door leaves all of metadata that users write as it is (metav1.ResetObjectMetaForStatus). */
export function resetMetadataForStatus({ metadata }: KubeObject, { metadata: old }: KubeObject): void {
  for (const key of ['deletionTimestamp', 'generation', 'labels', 'annotations', 'finalizers', 'ownerReferences'] as const) {
    if (old[key] === undefined) delete metadata[key]
    else Object.assign(metadata, { [key]: old[key] })
  }
}
