/**
 * Deployment: rolls ReplicaSets from one template to the next.
 * In: Deployments, ReplicaSets, pods (Recreate waits for them). Out: ReplicaSets, Deployment status. Upstream: pkg/controller/deployment.
 */
import type { Deployment, ReplicaSet } from '#api/gen/apps/v1.ts'
import { deployments, pods, replicaSets } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { selectorOf } from '#client/selector.ts'
import { type Change, type Controller, type ControllerContext, input, output, type ReconcileResult } from '#runtime/types.ts'
import { claim } from '../workload/claim.ts'
import { controllerIndex, controllerKey, controllerOf } from '../workload/owner.ts'
import { isRollingUpdate } from './arithmetic.ts'
import { cleanUpHistory } from './cleanup.ts'
import { syncRevisions } from './newest.ts'
import { recreate } from './recreate.ts'
import { rollingUpdate } from './rolling-update.ts'
import { Rollout } from './rollout.ts'
import { isScalingEvent, scale } from './scaling.ts'
import { isComplete, syncRolloutStatus, syncStatus } from './status.ts'

export function deploymentController(): Controller {
  return {
    name: 'deployment-controller',
    account: 'deployment-controller',
    inputs: [
      input(deployments, { keys: (deployment) => [keyOf(deployment)] }),
      input(replicaSets, { keys: keysOfSet, indexes: { controller: controllerIndex } }),
      input(pods, { keys: keysOfPod, indexes: { controller: controllerIndex } }),
    ],
    outputs: [output(deployments, 'status'), output(replicaSets, 'object')],
    reconcile,
  }
}

function keysOfSet(set: ReplicaSet, change: Change, previous: ReplicaSet | undefined, context: ControllerContext): string[] {
  const keys = [controllerKey(set, deployments), previous && controllerKey(previous, deployments)]
  if (!controllerOf(set) && change !== 'delete') {
    for (const deployment of context.cache(deployments).list(set.metadata.namespace)) {
      if (selectorOf(deployment.spec.selector)(set.metadata.labels)) keys.push(keyOf(deployment))
    }
  }
  return [...new Set(keys.filter((key) => key !== undefined))]
}

/** Only Recreate waits for pods: for the last of them to be gone. */
function keysOfPod(pod: Parameters<typeof controllerKey>[0], change: Change, _previous: unknown, { cache }: ControllerContext): string[] {
  if (change !== 'delete') return []
  const setKey = controllerKey(pod, replicaSets)
  const set = setKey ? cache(replicaSets).byKey(setKey) : undefined
  const key = set && controllerKey(set, deployments)
  const deployment = key ? cache(deployments).byKey(key) : undefined
  return deployment && !isRollingUpdate(deployment) ? [key!] : []
}

async function reconcile(key: string, context: ControllerContext): Promise<ReconcileResult | undefined> {
  const deployment = context.cache(deployments).byKey(key)
  if (!deployment) return undefined
  if (selectsAll(deployment)) return refuse(deployment, context)

  const rollout = new Rollout(context, deployment)
  const sets = await ownSets(deployment, context)
  if (deployment.metadata.deletionTimestamp) {
    await syncRevisionsAndThen(rollout, sets, () => syncStatus(rollout))
    return undefined
  }
  await notePause(rollout)
  await syncRevisions(rollout, sets, false)
  if (rollout.deployment.spec.paused || isScalingEvent(rollout)) {
    await scale(rollout)
    if (rollout.deployment.spec.paused) await cleanUpHistory(rollout)
    await syncStatus(rollout)
    return undefined
  }
  await roll(rollout, sets)
  const requeueAfterMs = await syncRolloutStatus(rollout)
  return requeueAfterMs === undefined ? undefined : { requeueAfterMs }
}

async function roll(rollout: Rollout, sets: readonly ReplicaSet[]): Promise<void> {
  if (isRollingUpdate(rollout.deployment)) {
    if (!rollout.newest) await syncRevisions(rollout, sets, true)
    if (await rollingUpdate(rollout)) return
  } else await recreate(rollout, sets)
  if (isComplete(rollout.deployment, rollout.deployment.status)) await cleanUpHistory(rollout)
}

async function syncRevisionsAndThen(rollout: Rollout, sets: readonly ReplicaSet[], then: () => Promise<void>): Promise<void> {
  await syncRevisions(rollout, sets, false)
  await then()
}

function ownSets(owner: Deployment, { client, cache }: ControllerContext): Promise<ReplicaSet[]> {
  const sets = cache(replicaSets)
  const candidates = [...sets.byIndex('controller', owner.metadata.uid), ...sets.byIndex('controller', `orphan/${owner.metadata.namespace}`)]
  return claim(candidates, { client, resource: replicaSets, owner, ownerResource: deployments, matches: selectorOf(owner.spec.selector) })
}

function selectsAll({ spec: { selector } }: Deployment): boolean {
  return selector !== undefined && Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0
}

async function refuse(deployment: Deployment, { client, events }: ControllerContext): Promise<undefined> {
  events.event(deployment, 'Warning', 'SelectingAll', 'This deployment is selecting all pods. A non-empty selector is required.')
  const { generation } = deployment.metadata
  if ((deployment.status?.observedGeneration ?? 0) < (generation ?? 0)) {
    await client.update(deployments, { ...deployment, status: { ...deployment.status, observedGeneration: generation } }, { subresource: 'status' })
  }
  return undefined
}

/** Pausing and resuming stop and restart the deadline's clock. */
async function notePause(rollout: Rollout): Promise<void> {
  const { deployment, progressing } = rollout
  if (!rollout.hasDeadline || progressing?.reason === 'ProgressDeadlineExceeded') return
  const noted = progressing?.reason === 'DeploymentPaused'
  const paused = deployment.spec.paused === true
  if (paused === noted) return
  const conditions = paused
    ? rollout.withProgressing('Unknown', 'DeploymentPaused', 'Deployment is paused')
    : rollout.withProgressing('Unknown', 'DeploymentResumed', 'Deployment is resumed')
  await rollout.writeDeployment({ status: { ...deployment.status, conditions } })
}
