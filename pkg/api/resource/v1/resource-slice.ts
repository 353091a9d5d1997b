/** ResourceSlice: devices that a driver offers. */
import { type ResourceSlice, ResourceSliceSchema } from '#api/gen/resource/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { raiseGeneration } from '../../doors.ts'
import { stampTaints } from './device-defaults.ts'
import { validateSlice, validateSliceUpdate } from './validate-slice.ts'

export const resourceSlice: ResourceDefinition<ResourceSlice> = {
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceSlice',
  plural: 'resourceslices',
  singular: 'resourceslice',
  namespaced: false,
  schema: ResourceSliceSchema,
  create: {
    prepare: (object, { now }) => {
      object.metadata.generation = 1
      stampTaints(object, now)
    },
    validate: validateSlice,
  },
  update: {
    prepare: (object, old, { now }) => {
      stampTaints(object, now)
      raiseGeneration(object, old, (each) => (each as ResourceSlice).spec)
    },
    validate: validateSliceUpdate,
  },
  allowUnconditionalUpdate: true,
  selectableFields: ({ spec }) => ({ 'spec.nodeName': spec.nodeName ?? '', 'spec.driver': spec.driver ?? '' }),
  columns: [
    nameColumn(),
    text('Node', ({ spec }) => spec.nodeName, 'The node of the devices.'),
    text('Driver', ({ spec }) => spec.driver, 'The driver of the devices.'),
    text('Pool', ({ spec }) => spec.pool?.name ?? '', 'The pool the devices belong to.'),
    ageColumn(),
  ],
}
