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
}

export class Allocations {
  readonly #fileOf: (uid: string) => string
  readonly #records = new Map<string, Record_>()

  constructor(fileOf: (uid: string) => string) {
    this.#fileOf = fileOf
  }

  /** The pod as it has been given its resources; the first look gives it what its spec asks. */
  allocated(pod: Pod): Pod {
    const { allocated } = this.#record(pod)
    const apply = (container: Container): Container => {
      const resources = allocated[container.name]
      return resources && resizable(container, pod) ? { ...container, resources } : container
    }
    if (isSame(allocated, resourcesOf(pod))) return pod
    const { containers, initContainers } = pod.spec
    return { ...pod, spec: { ...pod.spec, containers: containers.map(apply), ...(initContainers ? { initContainers: initContainers.map(apply) } : {}) } }
  }

  isPending(pod: Pod): boolean {
    return !isSame(this.#record(pod).allocated, resourcesOf(pod))
  }

  allocate(pod: Pod): void {
    this.#change(pod, { allocated: resourcesOf(pod) })
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
      record = readRecord(this.#fileOf(uid)) ?? { allocated: resourcesOf(pod), actuated: {} }
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
