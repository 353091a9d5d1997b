/** What one write takes from the pools and gives back, until its outcome is known. */
import type { Service } from '#api/gen/core/v1.ts'
import { internalError, invalid } from '#apimachinery/status-error.ts'
import { type FieldPath, invalidValue, path, toCauses } from '#apimachinery/field-error.ts'
import type { Hold } from '../registry/operation.ts'
import type { ServiceAddresses } from './addresses.ts'
import type { Family } from './families.ts'
import type { PortPool } from './port-pool.ts'

export interface Pools {
  readonly addresses: ServiceAddresses
  readonly ports: PortPool
}

export class Claims {
  readonly #pools: Pools
  readonly #service: Service
  readonly #dryRun: boolean
  readonly #undo: (() => Promise<void> | void)[] = []
  readonly #commit: (() => Promise<void> | void)[] = []

  constructor(pools: Pools, service: Service, dryRun: boolean) {
    this.#pools = pools
    this.#service = service
    this.#dryRun = dryRun
  }

  async address(family: Family, wanted: string | undefined): Promise<string> {
    const { addresses } = this.#pools
    const { clusterIPs = [] } = this.#service.spec
    let got = wanted
    if (got) {
      const why = await addresses.take(got, this.#service, this.#dryRun)
      if (why) return this.#refuse(path('spec', 'clusterIPs'), clusterIPs, `failed to allocate IP ${got}: ${why}`)
    } else got = await addresses.next(family, this.#service, this.#dryRun)
    if (!got) {
      await this.undo()
      throw internalError('failed to allocate a serviceIP: range is full')
    }
    const taken = got
    if (!this.#dryRun) this.#undo.push(() => addresses.release(taken))
    return taken
  }

  async port(wanted: number | undefined, at: FieldPath): Promise<number> {
    const { ports } = this.#pools
    let got = wanted
    if (got) {
      const why = await ports.take(got, this.#dryRun)
      if (why) return this.#refuse(at, got, why)
    } else got = await ports.next(this.#dryRun)
    if (!got) {
      await this.undo()
      throw internalError('failed to allocate a nodePort: range is full')
    }
    const taken = got
    this.#undo.push(() => ports.release(taken, this.#dryRun))
    return taken
  }

  releaseAddress(address: string): void {
    this.#commit.push(() => this.#pools.addresses.release(address))
  }

  releasePort(port: number): void {
    this.#commit.push(() => this.#pools.ports.release(port))
  }

  async undo(): Promise<void> {
    for (const each of this.#undo.splice(0)) await each()
  }

  hold(): Hold {
    return {
      undo: () => this.undo(),
      commit: async () => {
        for (const each of this.#commit.splice(0)) await each()
      },
    }
  }

  async #refuse(at: FieldPath, value: unknown, detail: string): Promise<never> {
    await this.undo()
    throw invalid({ group: '', kind: 'Service' }, this.#service.metadata.name, toCauses([invalidValue(at, value, detail)]))
  }
}
