/** Subresources that speak another kind than their parent's, by plural and name. */
import type { ResourceDefinition } from '#api/types.ts'
import type { Operation } from '../registry/operation.ts'
import type { Registry } from '../registry/registry.ts'
import type { ApiResponse } from '../types.ts'
import { bindPod } from './binding.ts'
import { evictPod } from './eviction.ts'
import { scale } from './scale.ts'
import { requestToken } from './token.ts'

export type SubresourceHandler = (operation: Operation, registry: Registry) => Promise<ApiResponse>

const handlers: Readonly<Record<string, SubresourceHandler>> = {
  '/pods/binding': bindPod,
  '/pods/eviction': evictPod,
  '/serviceaccounts/token': requestToken,
}

export function subresourceHandler(definition: ResourceDefinition, subresource: string): SubresourceHandler | undefined {
  if (subresource === 'scale' && definition.scale) return scale
  return handlers[`${definition.group}/${definition.plural}/${subresource}`]
}
