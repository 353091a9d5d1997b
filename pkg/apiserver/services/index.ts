import type { KindHooks } from '../registry/operation.ts'
import type { Registry } from '../registry/registry.ts'

export interface ServiceAllocationOptions {
  readonly serviceCidr: string
  readonly nodePortRange: { readonly from: number; readonly to: number }
}
export interface ServiceAllocation {
  readonly hooks: ReadonlyMap<string, KindHooks>
  /** Takes what the stored Services hold. */
  load(registry: Registry): void
}

export function createServiceAllocation(_options: ServiceAllocationOptions): ServiceAllocation {
  return { hooks: new Map(), load() {} }
}
