/** What every admission plugin is made from. */
import type { Clock } from '#base/clock.ts'
import type { ReadAccess } from '../cached-reader.ts'
import type { AdmissionAttributes, Authorizer } from '../types.ts'

export interface AdmissionContext extends ReadAccess {
  readonly clock: Clock
  /** For plugins that ask whether the user may do something further (certificate signers). */
  readonly authorizer: Authorizer
}

type Operation = AdmissionAttributes['operation']

/** Whether the request is one of `operations` on the resource itself (or on `subresource`). */
export function isFor(attributes: AdmissionAttributes, group: string, resource: string, operations: readonly Operation[], subresource = ''): boolean {
  return attributes.group === group && attributes.resource === resource && attributes.subresource === subresource && operations.includes(attributes.operation)
}
