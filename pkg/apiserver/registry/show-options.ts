/** How an answer is to be shown, and the form that shows metadata alone. */
import type { ResourceDefinition } from '#api/types.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import type { Output } from '../negotiation.ts'
import type { View } from './view.ts'

export interface ShowOptions {
  readonly view: View
  readonly output: Output
  readonly includeObject: string
  readonly now: number
}

export function metadataOnly(
  object: KubeObject,
  metaVersion: string,
  { convertedAnnotations }: Pick<ResourceDefinition, 'convertedAnnotations'> = {},
): KubeObject {
  const metadata = convertedAnnotations ? withoutAnnotations(object.metadata, convertedAnnotations) : object.metadata
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${metaVersion}`, metadata }
}

function withoutAnnotations({ annotations = {}, ...metadata }: KubeObject['metadata'], names: readonly string[]): KubeObject['metadata'] {
  const kept = Object.entries(annotations).filter(([name]) => !names.includes(name))
  return kept.length > 0 ? { ...metadata, annotations: Object.fromEntries(kept) } : metadata
}
