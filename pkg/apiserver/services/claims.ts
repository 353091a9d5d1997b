/** What one write takes from the pools and gives back, until its outcome is known. */
import type { Service } from '#api/gen/core/v1.ts'
import { internalError, invalid, StatusError } from '#apimachinery/status-error.ts'
import { type FieldPath, invalidValue, path, toCauses } from '#apimachinery/field-error.ts'
import type { Hold } from '../registry/operation.ts'
import type { ServiceAddresses } from './addresses.ts'
import type { Family } from './families.ts'
import { alreadyAllocated, type PortPool } from './port-pool.ts'

const full = 'range is full'

export interface Pools {
  readonly addresses: ServiceAddresses
  readonly ports: PortPool
}

export class Claims {
  readonly #pools: Pools
  readonly #service: Service
  readonly #dryRun: boolean
  /** Ports that a dry run has shown. */
  readonly #shown: number[] = []
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
    } else got = await this.#nextAddress(family)
    if (!got) return this.fail(`failed to allocate a serviceIP for Service "${this.#service.metadata.name}": ${full}`)
    const taken = got
    if (!this.#dryRun) this.#undo.push(() => addresses.release(taken))
    return taken
  }

  /** An IPAddress that is refused refuses its Service. */
  async #nextAddress(family: Family): Promise<string | undefined> {
    try {
      return await this.#pools.addresses.next(family, this.#service, this.#dryRun)
    } catch (error) {
      if (!(error instanceof StatusError) || error.code !== 422) throw error
      const { clusterIPs = [''] } = this.#service.spec
      return this.#refuse(path('spec', 'clusterIPs'), clusterIPs, `failed to allocate IP: ${error.message}`)
    }
  }

  /** `wanted` or, without, any free one. A dry run takes none: it only looks whether the one wanted is free, wherever that lies. */
  async port(wanted: number | undefined, at: FieldPath): Promise<number> {
    if (wanted) {
      const why = await this.#takePort(wanted)
      return why ? this.#refuse(at, wanted, why) : wanted
    }
    return (await this.#nextPort()) ?? this.fail(`failed to allocate a nodePort: ${full}`)
  }

  async healthPort(wanted: number | undefined): Promise<number> {
    if (wanted) {
      const why = await this.#takePort(wanted)
      return why ? this.fail(`failed to allocate requested HealthCheck NodePort ${wanted}: ${why}`) : wanted
    }
    return (await this.#nextPort()) ?? this.fail(`failed to allocate a HealthCheck NodePort 0: ${full}`)
  }

  async #takePort(port: number): Promise<string | undefined> {
    const { ports } = this.#pools
    if (this.#dryRun) return ports.isTaken(port) || this.#shown.includes(port) ? alreadyAllocated : this.#show(port)
    const why = await ports.take(port)
    if (!why) this.#undo.push(() => ports.release(port))
    return why
  }

  /** A dry run shows a number that nobody can have: as upstream, the first behind those it has shown, or 32769. */
  async #nextPort(): Promise<number | undefined> {
    const { ports } = this.#pools
    if (this.#dryRun) {
      const shown = Math.max(...(this.#shown.length > 0 ? this.#shown : [32_768])) + 1
      this.#show(shown)
      return shown
    }
    const port = await ports.next()
    if (port !== undefined) this.#undo.push(() => ports.release(port))
    return port
  }

  #show(port: number): undefined {
    this.#shown.push(port)
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

  /** With what was taken so far given back. */
  async fail(message: string): Promise<never> {
    await this.undo()
    throw internalError(message)
  }

  /** With an error of no kind. */
  async failPlainly(message: string): Promise<never> {
    await this.undo()
    throw new StatusError({ code: 500, reason: '', message })
  }

  async #refuse(at: FieldPath, value: unknown, detail: string): Promise<never> {
    await this.undo()
    throw invalid({ group: '', kind: 'Service' }, this.#service.metadata.name ?? '', toCauses([invalidValue(at, value, detail)]))
  }
}
