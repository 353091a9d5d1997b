/**
 * Device taints: pods leave that use a device with a NoExecute taint which their claim does not tolerate, or not any longer (KEP-5055).
 * In: ResourceSlices, ResourceClaims, pods. Out: deletion of pods. Upstream: pkg/controller/devicetainteviction.
 */
import type { DeviceTaint, ResourceClaim, ResourceSlice } from '#api/gen/resource/v1.ts'
import { pods, resourceClaims, resourceSlices } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { MetricSet } from '#base/metric-set.ts'
import { type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import { evict, evictionTime } from '../workload/tolerate.ts'

const words = {
  event: { reason: 'DeviceTaintManagerEviction', message: 'Marking for deletion' },
  condition: { reason: 'DeletionByDeviceTaintManager', message: 'Device Taint manager: deleting due to NoExecute taint' },
}

export function deviceTaintEvictionController(): Controller {
  const marked = new Set<string>()
  const metrics = new MetricSet()
  const deletions = metrics.counter(
    'device_taint_eviction_controller_pod_deletions_total',
    'Total number of Pods deleted by DeviceTaintEvictionController since its start',
  )
  const late = metrics.histogram(
    'device_taint_eviction_controller_pod_deletion_duration_seconds',
    "Latency, in seconds, between the time when a device taint effect has been activated and a Pod's deletion via DeviceTaintEvictionController",
    [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 30, 60, 120, 180, 240],
  )
  return {
    name: 'device-taint-eviction-controller',
    account: 'device-taint-eviction-controller',
    metrics,
    eventSource: 'device-taint-eviction-controller',
    workers: 8,
    inputs: [
      input(resourceSlices, {
        indexes: { pool: ({ spec }) => [`${spec.driver}/${spec.pool.name}`] },
        keys: (slice, change, previous, { cache }) => {
          const devices = new Set(
            [...tainted(slice), ...(previous ? tainted(previous) : [])].map((device) => idOf(slice.spec.driver, slice.spec.pool.name, device)),
          )
          return change === 'update' && sameTaints(slice, previous!)
            ? []
            : [...devices].flatMap((device) => cache(resourceClaims).byIndex('device', device).flatMap(usersOf))
        },
      }),
      input(resourceClaims, { indexes: { device: devicesOf, user: usersOf }, keys: usersOf }),
      input(pods, {
        keys: (pod, change, previous) => {
          if (change === 'delete') marked.delete(keyOf(pod))
          return change !== 'delete' && pod.spec.nodeName && pod.spec.nodeName !== previous?.spec.nodeName ? [keyOf(pod)] : []
        },
      }),
    ],
    outputs: [output(pods, 'object', { shared: true }), output(pods, 'status', { shared: true })],
    async reconcile(key, context) {
      const { cache, clock, events } = context
      const pod = cache(pods).byKey(key)
      if (!pod || pod.metadata.deletionTimestamp || !pod.spec.nodeName) return undefined
      const claims = cache(resourceClaims)
        .byIndex('user', key)
        .filter(({ status }) => status.reservedFor?.some(({ uid }) => uid === pod.metadata.uid))
      const times = claims.map((claim) => timeOf(claim, context)).filter((each) => each !== undefined)
      if (times.length === 0) {
        if (marked.delete(key)) events.event(pod, 'Normal', 'DeviceTaintManagerEviction', 'Cancelling deletion')
        return undefined
      }
      const leftMs = Math.min(...times) - clock.now()
      if (leftMs > 0) {
        marked.add(key)
        return { requeueAfterMs: leftMs }
      }
      await evict(pod, words, context)
      deletions.add()
      late.observe(-leftMs / 1000)
      marked.delete(key)
      return undefined
    },
  }
}

/** When the users of a claim have to go. Taints count since the allocation at the earliest. */
function timeOf({ status }: ResourceClaim, { cache, clock }: ControllerContext): number | undefined {
  const since = Date.parse(status.allocation?.allocationTimestamp ?? '') || 0
  const times = (status.allocation?.devices?.results ?? []).map(({ driver, pool, device, tolerations }) => {
    const slices = cache(resourceSlices).byIndex('pool', `${driver}/${pool}`)
    // An older generation of the pool is not what is there now.
    const newest = Math.max(...slices.map(({ spec }) => spec.pool.generation))
    const taints = slices
      .filter(({ spec }) => spec.pool.generation === newest)
      .flatMap(({ spec }) => spec.devices ?? [])
      .filter(({ name }) => name === device)
      .flatMap((each) => noExecute(each.taints))
    return evictionTime(taints, tolerations, since, clock.now())
  })
  const known = times.filter((each) => each !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

function noExecute(taints: readonly DeviceTaint[] | undefined): readonly DeviceTaint[] {
  return (taints ?? []).filter(({ effect }) => effect === 'NoExecute')
}

function tainted({ spec }: ResourceSlice): string[] {
  return (spec.devices ?? []).filter(({ taints }) => noExecute(taints).length > 0).map(({ name }) => name)
}

function sameTaints(a: ResourceSlice, b: ResourceSlice): boolean {
  const text = ({ spec }: ResourceSlice): string =>
    JSON.stringify([spec.pool.generation, (spec.devices ?? []).map(({ name, taints }) => [name, noExecute(taints)])])
  return text(a) === text(b)
}

function idOf(driver: string, pool: string, device: string): string {
  return `${driver}/${pool}/${device}`
}

function devicesOf({ status }: ResourceClaim): string[] {
  return (status?.allocation?.devices?.results ?? []).map(({ driver, pool, device }) => idOf(driver, pool, device))
}

/** The keys of the pods that a claim is reserved for. */
function usersOf({ metadata, status }: ResourceClaim): string[] {
  return (status?.reservedFor ?? []).filter(({ resource }) => resource === 'pods').map(({ name }) => `${metadata.namespace}/${name}`)
}
