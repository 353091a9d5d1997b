/** IPAddress: one allocated Service address. */
import { type IPAddress, IPAddressSchema } from '#api/gen/networking/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { nameIsIp, validateIpAddress, validateIpAddressUpdate } from './validate-addresses.ts'

export const ipAddress: ResourceDefinition<IPAddress> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  singular: 'ipaddress',
  shortNames: ['ip'],
  namespaced: false,
  schema: IPAddressSchema,
  validateName: nameIsIp,
  create: { validate: validateIpAddress },
  update: { validate: validateIpAddress, validateChange: validateIpAddressUpdate, looks: ['metadata', 'rules', 'metadata-change', 'changes'] },
  allowUnconditionalUpdate: true,
  selectableFields: ({ metadata }) => ({ name: metadata.name }),
  columns: [nameColumn(), text('ParentRef', parent, 'What has been given the address.'), { ...ageColumn(), unnamed: true }],
}

function parent({ spec: { parentRef } }: IPAddress): string {
  if (!parentRef) return '<none>'
  const resource = parentRef.group ? `${parentRef.resource}.${parentRef.group}` : parentRef.resource
  return parentRef.namespace ? `${resource}/${parentRef.namespace}/${parentRef.name}` : `${resource}/${parentRef.name}`
}
