/**
 * Endpoints: the addresses of a Service's pods in one object of the Service's name (deprecated, but many read it).
 * In: Services, pods. Out: Endpoints. Upstream: pkg/controller/endpoint.
 */
import type { Endpoints, Service } from '#api/gen/core/v1.ts'
import { endpoints, pods, services } from '#api/gen/resources.ts'
import { keyOf, splitKey } from '#apimachinery/object.ts'
import { isAlreadyExists, isConflict, isNotFound } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import { type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'
import { headlessLabel, isManaged, selects, serviceKeysOfPod } from '../service-pods/index.ts'
import { later } from '../service-pods/later.ts'
import { TriggerTimes, withTriggerTime } from '../service-pods/trigger-time.ts'
import { isNamespaceTerminating } from '../workload/pod-control.ts'
import { sameStatus } from '../workload/status-write.ts'
import { subsetsOf } from './subsets.ts'

const managedByLabel = 'endpoints.kubernetes.io/managed-by'
const overCapacityAnnotation = 'endpoints.kubernetes.io/over-capacity'

export function endpointsController({ endpoints: { batchMs = 0 } = {} }: Pick<ControllerSettings, 'endpoints'> = {}): Controller {
  const triggers = new TriggerTimes()
  return {
    name: 'endpoints-controller',
    account: 'endpoint-controller',
    eventSource: 'endpoint-controller',
    inputs: [
      input(services, { keys: (service) => [keyOf(service)] }),
      input(pods, { keys: later(batchMs, serviceKeysOfPod) }),
      input(endpoints, { keys: (object, change) => (change === 'delete' ? [keyOf(object)] : []) }),
    ],
    outputs: [output(endpoints)],
    reconcile: (key, context) => reconcile(key, context, triggers),
  }
}

async function reconcile(key: string, context: ControllerContext, triggers: TriggerTimes): Promise<void> {
  const { client, cache } = context
  const service = cache(services).byKey(key)
  const current = cache(endpoints).byKey(key)
  if (!service) {
    triggers.forget(key)
    if (current?.metadata.labels?.[managedByLabel]) await client.delete(endpoints, splitKey(key)).catch(unlessGone)
    return
  }
  if (!isManaged(service)) return
  const selected = cache(pods)
    .list(service.metadata.namespace)
    .filter(({ metadata }) => selects(service, metadata.labels))
  const { subsets, truncated } = subsetsOf(service, selected)
  const labels = labelsOf(service)
  const triggered = triggers.changed(service, selected)
  const { [overCapacityAnnotation]: _, ...kept } = current?.metadata.annotations ?? {}
  const annotations = { ...kept, ...(truncated ? { [overCapacityAnnotation]: 'truncated' } : {}) }
  if (current && sameStatus(current.subsets, subsets) && sameStatus(current.metadata.labels, labels) && sameStatus(current.metadata.annotations, annotations))
    return
  await write(
    service,
    {
      ...current,
      metadata: {
        ...current?.metadata,
        namespace: service.metadata.namespace,
        name: service.metadata.name,
        labels,
        annotations: withTriggerTime(annotations, triggered),
      },
      subsets,
    } as Endpoints,
    context,
  )
}

function labelsOf({ metadata, spec }: Service): Record<string, string> {
  const { [headlessLabel]: _, ...labels } = metadata.labels ?? {}
  return { ...labels, ...(spec.clusterIP === 'None' ? { [headlessLabel]: '' } : {}), [managedByLabel]: 'endpoint-controller' }
}

async function write(service: Service, object: Endpoints, { client, events }: ControllerContext): Promise<void> {
  const exists = object.metadata.resourceVersion !== undefined
  try {
    await (exists ? replace(client, object) : client.create(endpoints, object))
  } catch (error) {
    if (isNamespaceTerminating(error)) return
    if (!isAlreadyExists(error)) {
      const [reason, what] = exists ? ['FailedToUpdateEndpoint', 'update endpoint'] : ['FailedToCreateEndpoint', 'create endpoint for service']
      events.event(service, 'Warning', reason!, `Failed to ${what} ${keyOf(service)}: ${(error as Error).message}`)
    }
    throw error
  }
}

/** Right after a write of ours the cache may still have the object before it: then what is there now is replaced. */
async function replace(client: Client, object: Endpoints): Promise<void> {
  try {
    await client.update(endpoints, object)
  } catch (error) {
    if (!isConflict(error)) throw error
    const { namespace, name } = object.metadata
    const { metadata } = await client.get(endpoints, { namespace, name })
    await client.update(endpoints, { ...object, metadata: { ...object.metadata, resourceVersion: metadata.resourceVersion } })
  }
}

function unlessGone(error: unknown): void {
  if (!isNotFound(error)) throw error
}
