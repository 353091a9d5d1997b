/** The endpoint slices of each Service, kept by watching them, and since when a change of theirs was due. */
import { keyOf } from '#apimachinery/object.ts'
import type { EndpointSlice } from '#api/gen/discovery/v1.ts'
import type { Informer } from '#client/informer-types.ts'

const serviceNameLabel = 'kubernetes.io/service-name'
const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time'
const none: readonly EndpointSlice[] = []
/** Who has one of these, Service or slice, is none of the node's proxy's (upstream: the label selector of kube-proxy's informers). */
const foreignLabels = ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless']

export function isForProxy({ metadata }: Pick<EndpointSlice, 'metadata'>): boolean {
  return !foreignLabels.some((label) => metadata.labels?.[label] !== undefined)
}

export class SliceIndex {
  readonly #byService = new Map<string, Map<string, EndpointSlice>>()

  readonly #keeps: (slice: EndpointSlice) => boolean

  /** `changed` is told the Service ("namespace/name") of every slice that comes, changes or goes, and the slice unless it went. */
  constructor(
    informer: Informer<EndpointSlice>,
    changed: (service: string, slice?: EndpointSlice) => void,
    keeps: (slice: EndpointSlice) => boolean = () => true,
  ) {
    this.#keeps = keeps
    informer.addHandler({
      onAdd: (slice) => this.#put(slice, changed),
      onUpdate: (previous, slice) => {
        if (ownerOf(previous) !== ownerOf(slice)) this.#remove(previous, changed)
        this.#put(slice, changed)
      },
      onDelete: (slice) => this.#remove(slice, changed),
    })
  }

  of(service: string): readonly EndpointSlice[] {
    const slices = this.#byService.get(service)
    return slices ? [...slices.values()] : none
  }

  #put(slice: EndpointSlice, changed: (service: string, slice?: EndpointSlice) => void): void {
    if (!this.#keeps(slice)) {
      this.#remove(slice, changed)
      return
    }
    const owner = ownerOf(slice)
    const slices = this.#byService.get(owner)
    if (slices) slices.set(keyOf(slice), slice)
    else this.#byService.set(owner, new Map([[keyOf(slice), slice]]))
    changed(owner, slice)
  }

  #remove(slice: EndpointSlice, changed: (service: string) => void): void {
    const owner = ownerOf(slice)
    const slices = this.#byService.get(owner)
    if (!slices?.delete(keyOf(slice))) return
    if (slices.size === 0) this.#byService.delete(owner)
    changed(owner)
  }
}

function ownerOf(slice: EndpointSlice): string {
  return `${slice.metadata.namespace}/${slice.metadata.labels?.[serviceNameLabel] ?? ''}`
}

/** When that happened which the slice was last written for, in milliseconds since the epoch; undefined when it does not say. */
export function triggeredMs({ metadata }: EndpointSlice): number | undefined {
  const ms = Date.parse(metadata.annotations?.[triggerTimeAnnotation] ?? '')
  return Number.isNaN(ms) ? undefined : ms
}
