/**
 * A static pod out of its manifest: decoded, named after the node, defaulted, validated. Names, annotations and tolerations are
 * upstream's (pkg/kubelet/config; documentation "Create static Pods").
 */
import { createHash } from 'node:crypto'
import { pod as podDefinition } from '#api/core/v1/pod.ts'
import { type Pod, PodSchema } from '#api/gen/core/v1.ts'
import { decodeObject, parse } from '#apimachinery/codec/index.ts'
import { rfc3339 } from '#base/clock.ts'
import { configSeenAnnotation, configSourceAnnotation } from '../runtime/labels.ts'
import { objectReference } from './object-reference.ts'

export const configHashAnnotation = 'kubernetes.io/config.hash'
export const configMirrorAnnotation = 'kubernetes.io/config.mirror'

export interface ManifestOrigin {
  readonly source: 'file' | 'http'
  /** The file's path, or the address. */
  readonly from: string
  readonly nodeName: string
  readonly nowMs: number
}

/** The pods of one manifest: a Pod, or a PodList. Throws with what is wrong. */
export function decodeManifest(text: string, origin: ManifestOrigin): Pod[] {
  const { value } = parse(text, 'yaml')
  const { kind, apiVersion, items } = (value ?? {}) as { kind?: string; apiVersion?: string; items?: unknown[] }
  if (apiVersion !== 'v1' || (kind !== 'Pod' && kind !== 'PodList'))
    throw new Error(`couldn't parse as pod(${kind ?? "Object 'Kind' is missing"}), please check config file`)
  return (kind === 'Pod' ? [value] : (items ?? [])).map((each) => staticPod(decodeObject<Pod>(PodSchema, each).object, origin))
}

const systemPriorities: Readonly<Record<string, number>> = { 'system-node-critical': 2_000_001_000, 'system-cluster-critical': 2_000_000_000 }

function staticPod(given: Pod, { source, from, nodeName, nowMs }: ManifestOrigin): Pod {
  const uid = given.metadata.uid || hashOf(given, source === 'file' ? `host:${nodeName}file:${from}` : `url:${from}`)
  const metadata = {
    ...given.metadata,
    uid,
    name: `${given.metadata.name}-${nodeName.toLowerCase()}`,
    namespace: given.metadata.namespace || 'default',
    annotations: {
      ...given.metadata.annotations,
      [configHashAnnotation]: uid,
      [configSourceAnnotation]: source,
      [configSeenAnnotation]: rfc3339(nowMs),
    },
  }
  const pod: Pod = {
    ...given,
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata as Pod['metadata'],
    spec: { ...given.spec, nodeName, tolerations: tolerating(given.spec.tolerations) },
    status: { phase: 'Pending' } as Pod['status'],
  }
  const priority = systemPriorities[pod.spec.priorityClassName ?? '']
  if (priority !== undefined) pod.spec.priority ??= priority
  podDefinition.defaults?.(pod)
  const errors = podDefinition.create?.validate?.(pod, { now: nowMs, namespace: metadata.namespace }) ?? []
  if (errors.length > 0) throw new Error(`invalid pod: [${errors.map(({ message, field }) => `${field}: ${message}`).join(', ')}]`)
  // A node must be able to run them without the API.
  const reference = objectReference(pod)
  if (reference) throw new Error(`static pods may not reference ${reference}`)
  return pod
}

/** The content names the pod: another content is another pod. */
function hashOf(pod: Pod, place: string): string {
  return createHash('md5').update(place).update(JSON.stringify(pod)).digest('hex')
}

/** Not sent away when the node has problems. */
function tolerating(tolerations: Pod['spec']['tolerations'] = []): NonNullable<Pod['spec']['tolerations']> {
  const all = { operator: 'Exists', effect: 'NoExecute' } as const
  return [...tolerations.filter(({ key, operator, effect }) => key || operator !== 'Exists' || effect !== 'NoExecute'), all]
}
