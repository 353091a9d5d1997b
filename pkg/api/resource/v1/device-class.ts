/** DeviceClass. */
import { type DeviceClass, DeviceClassSchema } from '#api/gen/resource/v1.ts'
import { nameIsDnsSubdomain } from '#apimachinery/names.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn } from '../../columns.ts'
import { raiseGeneration, startAtGenerationOne } from '../../doors.ts'
import { validateDeviceClass } from './validate-device-class.ts'

export const deviceClass: ResourceDefinition<DeviceClass> = {
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'DeviceClass',
  plural: 'deviceclasses',
  singular: 'deviceclass',
  namespaced: false,
  schema: DeviceClassSchema,
  // By rules declared with the type, which count bytes.
  // Of a prefix nothing is asked.
  validateName: (name, prefix) => (prefix ? [] : nameIsDnsSubdomain(name, prefix).map((message) => message.replace(/ characters$/, ' bytes'))),
  create: { prepare: startAtGenerationOne, validate: (object) => validateDeviceClass(object) },
  update: {
    looks: ['metadata', 'metadata-change', 'rules'],
    prepare: (object, old) => raiseGeneration(object, old, (each) => (each as DeviceClass).spec),
    validate: validateDeviceClass,
  },
  allowUnconditionalUpdate: true,
  columns: [nameColumn(), ageColumn()],
}
