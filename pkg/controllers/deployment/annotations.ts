/** What a Deployment notes on its ReplicaSets and itself: revisions, and the sizes they were scaled for. */
import type { Deployment, ReplicaSet } from '#api/gen/apps/v1.ts'
import type { KubeObject } from '#apimachinery/object.ts'

export const revisionAnnotation = 'deployment.kubernetes.io/revision'
export const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history'
export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas'
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas'
export const hashLabel = 'pod-template-hash'

/** Of the history on a ReplicaSet no more than this is kept. */
const maxHistoryLength = 2000

const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  'deprecated.deployment.rollback.to',
])

function integerAnnotation(object: KubeObject, name: string): number | undefined {
  const text = object.metadata.annotations?.[name]
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined
}

/** An int64 upstream, and set by users to any of them; what is no int64 counts as none. */
export const revisionOf = (object: KubeObject): bigint => int64(object.metadata.annotations?.[revisionAnnotation])
export const desiredReplicasOf = (set: ReplicaSet): number | undefined => integerAnnotation(set, desiredReplicasAnnotation)
export const maxReplicasOf = (set: ReplicaSet): number | undefined => integerAnnotation(set, maxReplicasAnnotation)

function int64(text: string | undefined): bigint {
  const value = text !== undefined && /^[+-]?\d{1,32}$/.test(text) ? BigInt(text.replace('+', '')) : 0n
  return BigInt.asIntN(64, value) === value ? value : 0n
}

export function maxRevision(sets: readonly ReplicaSet[]): bigint {
  return sets.map(revisionOf).reduce((most, each) => (each > most ? each : most), 0n)
}

/** The annotations that the newest ReplicaSet should have; the same object when nothing changes. */
export function newestAnnotations(deployment: Deployment, current: Readonly<Record<string, string>>, revision: bigint): Readonly<Record<string, string>> {
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !notCopied.has(key))
  const next: Record<string, string> = { ...current, ...Object.fromEntries(copied) }
  const before = int64(current[revisionAnnotation])
  if (before < revision) {
    next[revisionAnnotation] = String(revision)
    if (before > 0n) next[revisionHistoryAnnotation] = longerHistory(current[revisionHistoryAnnotation] ?? '', String(before))
  }
  const changed = Object.entries(next).some(([key, value]) => current[key] !== value)
  return changed ? next : current
}

function longerHistory(history: string, revision: string): string {
  let revisions = history === '' ? [] : history.split(',')
  while (revisions.length > 0 && [...revisions, revision].join(',').length > maxHistoryLength) revisions = revisions.slice(1)
  return [...revisions, revision].join(',')
}

/** Desired and greatest size, for proportional scaling later. */
export function sizeAnnotations(desired: number, max: number): Record<string, string> {
  return { [desiredReplicasAnnotation]: String(desired), [maxReplicasAnnotation]: String(max) }
}
