/**
 * What each pod has been given of cpu and memory, and what its containers have been told: a resize changes the spec first, then the
 * allocation if the node has room, then the running containers (KEP 1287). Kept on disk, so that a restarted kubelet knows which is which.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Container, Pod, ResourceRequirements } from '#api/gen/core/v1.ts'
import { isSidecar } from '../runtime/containers.ts'

export type ContainerResources = Readonly<Record<string, ResourceRequirements>>

interface Record_ {
  allocated: ContainerResources
  /** What the runtime was last told of each container. */
  actuated: ContainerResources
  /** The same of the pod as a whole, where it asks for something as such. */
  pod?: { allocated: ResourceRequirements; actuated: ResourceRequirements }
}

export class Allocations {
  readonly #fileOf: (uid: string) => string
  readonly #records = new Map<string, Record_>()

  constructor(fileOf: (uid: string) => string) {
    this.#fileOf = fileOf
  }

  /** The pod as it has been given its resources; the first look gives it what its spec asks. */
  allocated(pod: Pod): Pod {
    const { allocated, pod: whole } = this.#record(pod)
    const apply = (container: Container): Container => {
      const resources = allocated[container.name]
      return resources && resizable(container, pod) ? { ...container, resources } : container
    }
    const isWhole = !whole || isSame(whole.allocated, pod.spec.resources ?? {})
    if (isWhole && isSame(allocated, resourcesOf(pod))) return pod
    const { containers, initContainers } = pod.spec
    return {
      ...pod,
      spec: {
        ...pod.spec,
        ...(isWhole ? {} : { resources: whole.allocated }),
        containers: containers.map(apply),
        ...(initContainers ? { initContainers: initContainers.map(apply) } : {}),
      },
    }
  }

  isPending(pod: Pod): boolean {
    const { allocated, pod: whole } = this.#record(pod)
    return !isSame(allocated, resourcesOf(pod)) || (whole !== undefined && !isSame(whole.allocated, pod.spec.resources ?? {}))
  }

  allocate(pod: Pod): void {
    const { pod: whole } = this.#record(pod)
    this.#change(pod, { allocated: resourcesOf(pod), ...(whole ? { pod: { ...whole, allocated: pod.spec.resources ?? {} } } : {}) })
  }

  /** What the pod's own cgroup was last told; undefined of a pod that asks for nothing as a whole. */
  actuatedPod(pod: Pod): ResourceRequirements | undefined {
    return this.#record(pod).pod?.actuated
  }

  actuatePod(pod: Pod): void {
    const { pod: whole } = this.#record(pod)
    if (whole && !isSame(whole.actuated, whole.allocated)) this.#change(pod, { pod: { ...whole, actuated: whole.allocated } })
  }

  actuated(pod: Pod, container: string): ResourceRequirements | undefined {
    return this.#record(pod).actuated[container]
  }

  actuate(pod: Pod, container: string, resources: ResourceRequirements | undefined): void {
    const { actuated } = this.#record(pod)
    if (isSame(actuated[container], resources ?? {})) return
    this.#change(pod, { actuated: { ...actuated, [container]: resources ?? {} } })
  }

  forget(uid: string): void {
    this.#records.delete(uid)
    rmSync(this.#fileOf(uid), { force: true })
  }

  #record(pod: Pod): Record_ {
    const { uid } = pod.metadata
    let record = this.#records.get(uid)
    if (!record) {
      // Its cgroup is made with what is allocated first.
      const whole = pod.spec.resources ? { pod: { allocated: pod.spec.resources, actuated: pod.spec.resources } } : {}
      record = readRecord(this.#fileOf(uid)) ?? { allocated: resourcesOf(pod), actuated: {}, ...whole }
      this.#records.set(uid, record)
    }
    return record
  }

  #change(pod: Pod, change: Partial<Record_>): void {
    const record = { ...this.#record(pod), ...change }
    this.#records.set(pod.metadata.uid, record)
    const file = this.#fileOf(pod.metadata.uid)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(`${file}.new`, JSON.stringify(record))
    renameSync(`${file}.new`, file)
  }
}

function readRecord(file: string): Record_ | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record_
  } catch {
    return undefined
  }
}

/** Init containers that end are over before they could be resized. */
function resizable(container: Container, { spec }: Pod): boolean {
  return spec.containers.some(({ name }) => name === container.name) || isSidecar(container)
}

function resourcesOf(pod: Pod): ContainerResources {
  const all = [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers]
  return Object.fromEntries(all.map(({ name, resources }) => [name, resources ?? {}]))
}

/** Equal whatever the order of their keys. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
}

function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  )
}
