/** How an answer is to be shown, and the form that shows metadata alone. */
import type { KubeObject } from '#apimachinery/object.ts'
import type { Output } from '../negotiation.ts'
import type { View } from './view.ts'

export interface ShowOptions {
  readonly view: View
  readonly output: Output
  readonly includeObject: string
  readonly now: number
}

export function metadataOnly(object: KubeObject, metaVersion: string): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${metaVersion}`, metadata: object.metadata }
}
