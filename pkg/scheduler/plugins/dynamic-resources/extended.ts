/**
 * Extended resources that devices stand behind (KEP-5004): a container asks for "example.com/gpu: 1" as ever, a DeviceClass says that it
 * means devices, and the scheduler makes the pod's claim. Nodes whose device plugin offers the resource serve it by that.
 */
import type { Container, ContainerExtendedResourceRequest, Pod } from '#api/gen/core/v1.ts'
import type { DeviceClass, DeviceRequest, ResourceClaim } from '#api/gen/resource/v1.ts'
import { isExtended } from '#api/core/v1/resource-names.ts'
import { randomUUID } from 'node:crypto'
import type { NodeInfo } from '../../state/node-info.ts'
import type { Objects, Reader } from '../../state/objects.ts'
import { amountOf } from '../../state/resources.ts'

/** Every class can be asked for by its own name. */
const implicitPrefix = 'deviceclass.resource.kubernetes.io/'
const annotation = 'resource.kubernetes.io/extended-resource-claim'
/** No valid name: it is one in memory only, until the claim is made. */
const nameInMemory = '<extended-resources>'

type Classes = Pick<Objects, 'deviceClasses'>

/** Which of the pod's resources a class stands for. */
export function backedByDevices(scalars: ReadonlyMap<string, number>, { deviceClasses }: Classes): ReadonlyMap<string, DeviceClass> {
  const found = new Map<string, DeviceClass>()
  for (const [name, amount] of scalars) {
    const deviceClass = amount > 0 ? classOf(name, deviceClasses) : undefined
    if (deviceClass) found.set(name, deviceClass)
  }
  return found
}

/** Of several classes with one resource the newest counts, then the first by name. */
function classOf(name: string, classes: Reader<DeviceClass>): DeviceClass | undefined {
  if (name.startsWith(implicitPrefix)) return classes.get(undefined, name.slice(implicitPrefix.length))
  if (!isExtended(name)) return undefined
  const created = ({ metadata }: DeviceClass): number => Date.parse(metadata.creationTimestamp ?? '') || 0
  const all = classes.list().filter(({ spec }) => spec.extendedResourceName === name)
  return all.sort((a, b) => created(b) - created(a) || (a.metadata.name < b.metadata.name ? -1 : 1))[0]
}

/** Whether the node leaves the resource to devices: its own plugin offers none. */
export function leftToDevices(name: string, { scalars }: NodeInfo): boolean {
  return (scalars.get(name) ?? 0) === 0
}

/** The pod's claim for them from an earlier try, or a new one that is not written yet. */
export function extendedClaim({ metadata }: Pod, claims: Reader<ResourceClaim>): ResourceClaim {
  const { name, namespace, uid } = metadata
  const isOurs = ({ metadata: { annotations, ownerReferences } }: ResourceClaim): boolean =>
    annotations?.[annotation] === 'true' && ownerReferences?.some((owner) => owner.controller && owner.name === name && owner.uid === uid) === true
  return (
    claims.list(namespace).find(isOurs) ?? {
      apiVersion: 'resource.k8s.io/v1',
      kind: 'ResourceClaim',
      metadata: {
        namespace: namespace!,
        name: nameInMemory,
        uid: randomUUID(),
        generateName: `${name}-extended-resources-`,
        ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid, controller: true }],
        annotations: { [annotation]: 'true' },
      } as unknown as ResourceClaim['metadata'],
      spec: { devices: {} } as ResourceClaim['spec'],
      status: {},
    }
  )
}

export function isInMemory({ metadata }: ResourceClaim): boolean {
  return metadata.name === nameInMemory
}

export interface ExtendedRequests {
  readonly requests: DeviceRequest[]
  readonly mappings: ContainerExtendedResourceRequest[]
}

/** A request a container and resource; what runs and ends before the others start uses theirs, and asks only for what is more. */
export function requestsOf({ spec }: Pod, classes: ReadonlyMap<string, DeviceClass>): ExtendedRequests {
  const initCount = (spec.initContainers ?? []).length
  const containers = [...(spec.initContainers ?? []), ...spec.containers] as Container[]
  const endsEarly = (index: number): boolean => index < initCount && containers[index]!.restartPolicy !== 'Always'
  const requests: DeviceRequest[] = []
  const mappings: ContainerExtendedResourceRequest[] = []
  for (const [resource, deviceClass] of [...classes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const lasting = containers.map((container, index) => (endsEarly(index) ? nothing : ask(index, container, resource, deviceClass, [])))
    const passing = containers.map((container, index) =>
      endsEarly(index)
        ? ask(
            index,
            container,
            resource,
            deviceClass,
            lasting.slice(index).flatMap(({ request }) => request ?? []),
          )
        : nothing,
    )
    // They run one after another: the largest serves them all.
    const extra = passing.flatMap(({ request }) => request ?? [])
    const largest = extra.reduce<DeviceRequest | undefined>((most, each) => (most && countOf(most) >= countOf(each) ? most : each), undefined)
    const others = new Set(extra.map(({ name }) => name))
    if (largest) requests.push(largest)
    requests.push(...lasting.flatMap(({ request }) => request ?? []))
    mappings.push(...lasting.flatMap((each) => each.mappings))
    for (const each of passing.flatMap((of) => of.mappings)) mappings.push(others.has(each.requestName) ? { ...each, requestName: largest!.name } : each)
  }
  return { requests: requests.sort((a, b) => (a.name < b.name ? -1 : 1)), mappings }
}

interface Asked {
  readonly request?: DeviceRequest
  readonly mappings: readonly ContainerExtendedResourceRequest[]
}

const nothing: Asked = { mappings: [] }
const countOf = ({ exactly }: DeviceRequest): number => exactly?.count ?? 1

function ask(index: number, { name, resources }: Container, resourceName: string, { metadata }: DeviceClass, reusable: readonly DeviceRequest[]): Asked {
  const wanted = amountOf(resourceName, resources?.requests?.[resourceName] ?? '0')
  if (wanted === 0) return nothing
  const mappings: ContainerExtendedResourceRequest[] = []
  let had = 0
  for (const each of reusable) {
    had += countOf(each)
    mappings.push({ containerName: name, resourceName, requestName: each.name })
    if (had >= wanted) return { mappings }
  }
  const place = Object.keys(resources!.requests!).sort().indexOf(resourceName)
  const requestName = `container-${index}-request-${place}`
  mappings.push({ containerName: name, resourceName, requestName })
  const exactly = { deviceClassName: metadata.name, allocationMode: 'ExactCount', count: wanted - had }
  return { request: { name: requestName, exactly } as DeviceRequest, mappings }
}
