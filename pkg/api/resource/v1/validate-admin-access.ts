/** Access to devices that others use is for namespaces that an administrator has marked (KEP-5018, pkg/registry/resource). */
import { type FieldError, type FieldPath, forbiddenField, internalFieldError, path } from '#apimachinery/field-error.ts'
import type { DeviceRequest, ResourceClaim } from '#api/gen/resource/v1.ts'
import type { StrategyContext } from '#api/types.ts'

const label = 'resource.kubernetes.io/admin-access'

/** What a claim, or a template of one, asks for. The path is that of older versions, as upstream has it. */
export function validateAdminAccess(requests: readonly DeviceRequest[] | undefined, context: StrategyContext): FieldError[] {
  const first = (requests ?? []).findIndex(({ exactly }) => exactly?.adminAccess === true)
  return first < 0 ? [] : validateNamespace(path('spec', 'devices', 'requests').index(first).child('adminAccess'), context)
}

/** What an allocation gives. Once given it stays as it is. */
export function validateGrantedAdminAccess(object: ResourceClaim, old: ResourceClaim, context: StrategyContext): FieldError[] {
  if (grantedAt(old) >= 0) return []
  const first = grantedAt(object)
  return first < 0 ? [] : validateNamespace(path('status', 'allocation', 'devices', 'results').index(first).child('adminAccess'), context)
}

function grantedAt({ status }: ResourceClaim): number {
  return (status.allocation?.devices?.results ?? []).findIndex(({ adminAccess }) => adminAccess === true)
}

function validateNamespace(at: FieldPath, { namespace, namespaceLabels }: StrategyContext): FieldError[] {
  const labels = namespaceLabels?.()
  if (!labels) return [internalFieldError(at, `could not retrieve namespace to verify admin access: namespaces "${namespace ?? ''}" not found`)]
  return labels[label] === 'true' ? [] : [forbiddenField(at, `admin access to devices requires the \`${label}: true\` label on the containing namespace`)]
}
