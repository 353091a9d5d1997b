/** LimitRange. */
import { randomUUID } from 'node:crypto'
import { type LimitRange, type LimitRangeItem, LimitRangeSchema } from '#api/gen/core/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { createdAtColumns } from '../../columns.ts'
import { validateLimitRange } from './limit-range/validate.ts'

export const limitRange: ResourceDefinition<LimitRange> = {
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  singular: 'limitrange',
  shortNames: ['limits'],
  namespaced: true,
  schema: LimitRangeSchema,
  defaults: ({ spec }) => {
    for (const item of spec.limits ?? []) if (item.type === 'Container') defaultItem(item)
  },
  create: {
    // Upstream names those that come without a name.
    prepare: ({ metadata }) => {
      metadata.name ||= randomUUID()
    },
    validate: validateLimitRange,
  },
  update: { looks: ['metadata', 'rules'], validate: validateLimitRange },
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  columns: createdAtColumns(),
}

/** A container's default limit is the maximum; its default request the default limit, else the minimum. */
function defaultItem(item: LimitRangeItem): void {
  const limits = { ...item.max, ...item.default }
  const requests = { ...item.min, ...limits, ...item.defaultRequest }
  if (Object.keys(limits).length > 0) item.default = limits
  if (Object.keys(requests).length > 0) item.defaultRequest = requests
}
