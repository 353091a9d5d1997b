/** What one write takes from the pools and gives back, until its outcome is known. */
import type { Service } from '#api/gen/core/v1.ts'
import { internalError, invalid } from '#apimachinery/status-error.ts'
import { type FieldPath, invalidValue, path, toCauses } from '#apimachinery/field-error.ts'
import type { Hold } from '../registry/operation.ts'
import type { AddressPool } from './address-pool.ts'
import type { PortPool } from './port-pool.ts'

export interface Pools {
  readonly addresses: AddressPool
  readonly ports: PortPool
}

export class Claims {
  readonly #pools: Pools
  readonly #service: Service
  readonly #undo: (() => void)[] = []
  readonly #commit: (() => void)[] = []

  constructor(pools: Pools, service: Service) {
    this.#pools = pools
    this.#service = service
  }

  address(wanted: string | undefined): string {
    const { addresses } = this.#pools
    const { clusterIPs = [] } = this.#service.spec
    let got = wanted
    if (got) {
      const why = addresses.take(got)
      if (why) this.#refuse(path('spec', 'clusterIPs'), clusterIPs, `failed to allocate IP ${got}: ${why}`)
    } else got = addresses.next()
    if (!got) {
      this.undo()
      throw internalError('failed to allocate a serviceIP: range is full')
    }
    const taken = got
    this.#undo.push(() => addresses.release(taken))
    return taken
  }

  port(wanted: number | undefined, at: FieldPath): number {
    const { ports } = this.#pools
    let got = wanted
    if (got) {
      const why = ports.take(got)
      if (why) this.#refuse(at, got, why)
    } else got = ports.next()
    if (!got) {
      this.undo()
      throw internalError('failed to allocate a nodePort: range is full')
    }
    const taken = got
    this.#undo.push(() => ports.release(taken))
    return taken
  }

  releaseAddress(address: string): void {
    this.#commit.push(() => this.#pools.addresses.release(address))
  }

  releasePort(port: number): void {
    this.#commit.push(() => this.#pools.ports.release(port))
  }

  undo(): void {
    for (const each of this.#undo.splice(0)) each()
  }

  hold(): Hold {
    return {
      undo: () => this.undo(),
      commit: () => {
        for (const each of this.#commit.splice(0)) each()
      },
    }
  }

  #refuse(at: FieldPath, value: unknown, detail: string): never {
    this.undo()
    throw invalid({ group: '', kind: 'Service' }, this.#service.metadata.name, toCauses([invalidValue(at, value, detail)]))
  }
}
