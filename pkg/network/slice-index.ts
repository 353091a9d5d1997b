/** The endpoint slices of each Service, kept by watching them. */
import { keyOf } from '#apimachinery/object.ts'
import type { EndpointSlice } from '#api/gen/discovery/v1.ts'
import type { Informer } from '#client/informer-types.ts'

const serviceNameLabel = 'kubernetes.io/service-name'
const none: readonly EndpointSlice[] = []

export class SliceIndex {
  readonly #byService = new Map<string, Map<string, EndpointSlice>>()

  /** `changed` is told the Service ("namespace/name") of every slice that comes, changes or goes. */
  constructor(informer: Informer<EndpointSlice>, changed: (service: string) => void) {
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

  #put(slice: EndpointSlice, changed: (service: string) => void): void {
    const owner = ownerOf(slice)
    const slices = this.#byService.get(owner)
    if (slices) slices.set(keyOf(slice), slice)
    else this.#byService.set(owner, new Map([[keyOf(slice), slice]]))
    changed(owner)
  }

  #remove(slice: EndpointSlice, changed: (service: string) => void): void {
    const owner = ownerOf(slice)
    const slices = this.#byService.get(owner)
    slices?.delete(keyOf(slice))
    if (slices?.size === 0) this.#byService.delete(owner)
    changed(owner)
  }
}

function ownerOf(slice: EndpointSlice): string {
  return `${slice.metadata.namespace}/${slice.metadata.labels?.[serviceNameLabel] ?? ''}`
}
