/** One reconcile's view of a Deployment and its ReplicaSets, and the writes that every step is made of. */
import type { Deployment, DeploymentCondition, ReplicaSet } from '#api/gen/apps/v1.ts'
import { deployments, replicaSets } from '#api/gen/resources.ts'
import { rfc3339 } from '#base/clock.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { conditionOf, withCondition } from '../workload/conditions.ts'
import { desiredReplicasOf, maxReplicasOf, sizeAnnotations } from './annotations.ts'
import { maxSurge, replicasOf, wanted } from './arithmetic.ts'

export class Rollout {
  readonly context: ControllerContext
  /** As last written or read. */
  deployment: Deployment
  newest: ReplicaSet | undefined
  old: ReplicaSet[]

  constructor(context: ControllerContext, deployment: Deployment) {
    this.context = context
    this.deployment = deployment
    this.old = []
  }

  get all(): ReplicaSet[] {
    return this.newest ? [...this.old, this.newest] : this.old
  }

  get hasDeadline(): boolean {
    const seconds = this.deployment.spec.progressDeadlineSeconds
    return seconds !== undefined && seconds !== 2_147_483_647
  }

  get progressing(): DeploymentCondition | undefined {
    return conditionOf(this.deployment.status?.conditions, 'Progressing')
  }

  /** Conditions with Progressing set, unless it has that status and reason already. */
  withProgressing(status: string, reason: string, message: string): DeploymentCondition[] {
    return withProgressing(this.deployment.status?.conditions, { status, reason, message }, this.context.clock.now())
  }

  /** Writes status (and annotations, which the status door lets through as upstream's does). */
  async writeDeployment(change: Partial<Pick<Deployment, 'metadata' | 'status'>>): Promise<void> {
    this.deployment = await this.context.client.update(deployments, { ...this.deployment, ...change }, { subresource: 'status' })
  }

  async updateSet(set: ReplicaSet, change: Partial<ReplicaSet>): Promise<ReplicaSet> {
    const updated = await this.context.client.update(replicaSets, { ...set, ...change })
    if (this.newest?.metadata.uid === updated.metadata.uid) this.newest = updated
    else this.old = this.old.map((each) => (each.metadata.uid === updated.metadata.uid ? updated : each))
    return updated
  }

  /** Scales and says so; false when there is nothing to do. */
  async scale(set: ReplicaSet, replicas: number): Promise<boolean> {
    return replicasOf(set) === replicas ? false : this.resize(set, replicas)
  }

  /** Sets the size and the notes of it; true when the size changed. */
  async resize(set: ReplicaSet, replicas: number): Promise<boolean> {
    const { deployment, context } = this
    const from = replicasOf(set)
    const max = wanted(deployment) + maxSurge(deployment)
    const noted = desiredReplicasOf(set) === wanted(deployment) && maxReplicasOf(set) === max
    if (from === replicas && noted) return false
    const annotations = { ...set.metadata.annotations, ...sizeAnnotations(wanted(deployment), max) }
    await this.updateSet(set, { metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } })
    if (from === replicas) return false
    const direction = from < replicas ? 'up' : 'down'
    context.events.event(deployment, 'Normal', 'ScalingReplicaSet', `Scaled ${direction} replica set ${set.metadata.name} from ${from} to ${replicas}`)
    return true
  }
}

export function withProgressing(
  conditions: readonly DeploymentCondition[] | undefined,
  { status, reason, message }: { readonly status: string; readonly reason: string; readonly message: string },
  nowMs: number,
): DeploymentCondition[] {
  return withCondition(conditions, { type: 'Progressing', status, reason, message, lastUpdateTime: rfc3339(nowMs) }, nowMs)
}

export const oldestFirst = (a: ReplicaSet, b: ReplicaSet): number =>
  Date.parse(a.metadata.creationTimestamp ?? '') - Date.parse(b.metadata.creationTimestamp ?? '') || (a.metadata.name < b.metadata.name ? -1 : 1)
