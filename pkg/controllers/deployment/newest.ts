/** The ReplicaSet of the present template: found, brought up to date, or made. */
import type { Deployment, ReplicaSet } from '#api/gen/apps/v1.ts'
import type { PodTemplateSpec } from '#api/gen/core/v1.ts'
import { deployments, replicaSets } from '#api/gen/resources.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import type { Draft } from '#apimachinery/object.ts'
import { isAlreadyExists } from '#apimachinery/status-error.ts'
import { controllerOf, controllerRef } from '../workload/owner.ts'
import { isNamespaceTerminating } from '../workload/pod-control.ts'
import { templateHash } from '../workload/template-hash.ts'
import { hashLabel, maxRevision, newestAnnotations, revisionAnnotation, sizeAnnotations } from './annotations.ts'
import { maxSurge, newReplicas, wanted } from './arithmetic.ts'
import { oldestFirst, type Rollout } from './rollout.ts'

/** Sorts the ReplicaSets into the newest and the old ones, and keeps revisions in step; makes the newest when asked. */
export async function syncRevisions(rollout: Rollout, sets: readonly ReplicaSet[], create: boolean): Promise<void> {
  const newest = [...sets].sort(oldestFirst).find((set) => sameTemplate(set.spec.template, rollout.deployment.spec.template))
  rollout.newest = newest
  rollout.old = sets.filter((set) => set !== newest)
  const revision = maxRevision(rollout.old) + 1n
  if (newest) await bringUpToDate(rollout, newest, revision)
  else if (create) await make(rollout, revision)
}

/** Equal but for the hash that we put on ReplicaSets' pods. */
export function sameTemplate(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
  return semanticEqual(withoutHash(a), withoutHash(b))
}

function withoutHash(template: PodTemplateSpec): unknown {
  const { [hashLabel]: _, ...labels } = template.metadata?.labels ?? {}
  return { ...template, metadata: { ...template.metadata, labels: Object.keys(labels).length > 0 ? labels : undefined } }
}

async function bringUpToDate(rollout: Rollout, set: ReplicaSet, revision: bigint): Promise<void> {
  const current = set.metadata.annotations ?? {}
  const annotations = newestAnnotations(rollout.deployment, current, revision)
  const { minReadySeconds } = rollout.deployment.spec
  let newest = set
  if (annotations !== current || (set.spec.minReadySeconds ?? 0) !== (minReadySeconds ?? 0)) {
    newest = await rollout.updateSet(set, { metadata: { ...set.metadata, annotations }, spec: { ...set.spec, minReadySeconds } })
  }
  const found = rollout.hasDeadline && !rollout.progressing
  await noteRevision(
    rollout,
    newest.metadata.annotations?.[revisionAnnotation],
    found ? ['FoundNewReplicaSet', `Found new replica set "${set.metadata.name}"`] : undefined,
  )
}

async function noteRevision(rollout: Rollout, revision: string | undefined, progress: readonly [string, string] | undefined): Promise<void> {
  const { deployment } = rollout
  const stale = revision !== undefined && deployment.metadata.annotations?.[revisionAnnotation] !== revision
  if (!stale && !progress) return
  const annotations = { ...deployment.metadata.annotations, ...(revision ? { [revisionAnnotation]: revision } : {}) }
  const status = progress ? { ...deployment.status, conditions: rollout.withProgressing('True', ...progress) } : deployment.status
  await rollout.writeDeployment({ metadata: { ...deployment.metadata, annotations }, status })
}

async function make(rollout: Rollout, revision: bigint): Promise<void> {
  const { deployment, context } = rollout
  const draft = newSet(deployment, rollout.old, revision)
  const name = draft.metadata!.name!
  try {
    rollout.newest = await context.client.create(replicaSets, draft)
  } catch (error) {
    if (isAlreadyExists(error)) return takeOrCollide(rollout, name, revision, error)
    if (!isNamespaceTerminating(error)) await reportFailure(rollout, name, error as Error)
    throw error
  }
  const { replicas = 0 } = draft.spec!
  if (replicas > 0) context.events.event(deployment, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${replicas}`)
  await noteRevision(rollout, String(revision), rollout.hasDeadline ? ['NewReplicaSetCreated', `Created new replica set "${name}"`] : undefined)
}

function newSet(deployment: Deployment, old: readonly ReplicaSet[], revision: bigint): Draft<ReplicaSet> {
  const { metadata, spec, status } = deployment
  const hash = templateHash(spec.template, status?.collisionCount)
  const template = { ...spec.template, metadata: { ...spec.template.metadata, labels: { ...spec.template.metadata?.labels, [hashLabel]: hash } } }
  const max = wanted(deployment) + maxSurge(deployment)
  return {
    metadata: {
      name: setName(metadata.name, hash),
      namespace: metadata.namespace,
      ownerReferences: [controllerRef(deployment, deployments)],
      labels: template.metadata.labels,
      annotations: { ...newestAnnotations(deployment, {}, revision), ...sizeAnnotations(wanted(deployment), max) },
    },
    spec: {
      replicas: newReplicas(deployment, old, 0),
      minReadySeconds: spec.minReadySeconds,
      selector: { ...spec.selector, matchLabels: { ...spec.selector?.matchLabels, [hashLabel]: hash } },
      template,
    },
  }
}

const maxNameLength = 253

function setName(deployment: string, hash: string): string {
  return `${deployment.slice(0, maxNameLength - 1 - hash.length)}-${hash}`
}

/** The name is taken: by our own, which the cache has not shown yet, or by another, so that we need another hash. */
async function takeOrCollide(rollout: Rollout, name: string, revision: bigint, error: unknown): Promise<void> {
  const { deployment, context } = rollout
  const taken = await context.client.get(replicaSets, { namespace: deployment.metadata.namespace, name })
  if (controllerOf(taken)?.uid === deployment.metadata.uid && sameTemplate(taken.spec.template, deployment.spec.template)) {
    rollout.newest = taken
    await noteRevision(rollout, taken.metadata.annotations?.[revisionAnnotation] ?? String(revision), undefined)
    return
  }
  await rollout.writeDeployment({ status: { ...deployment.status, collisionCount: (deployment.status?.collisionCount ?? 0) + 1 } })
  throw error
}

async function reportFailure(rollout: Rollout, name: string, error: Error): Promise<void> {
  const { deployment, context } = rollout
  const message = `Failed to create new replica set "${name}": ${error.message}`
  if (rollout.hasDeadline) {
    const conditions = rollout.withProgressing('False', 'ReplicaSetCreateError', message)
    // The failure itself is what the caller must hear of, not that it could not be noted.
    await rollout.writeDeployment({ status: { ...deployment.status, conditions } }).catch(() => undefined)
  }
  context.events.event(deployment, 'Warning', 'ReplicaSetCreateError', message)
}
