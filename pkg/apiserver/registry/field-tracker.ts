/** managedFields on every write, and server-side apply, by the schema of the kind. */
import { apiVersionOf } from '#apimachinery/object.ts'
import { serverSideApply, updateManagedFields } from '#apimachinery/patch/apply/index.ts'
import type { ResourceDefinition } from '#api/types.ts'
import type { FieldTracker, TrackContext } from './operation.ts'

export const fieldTracker: FieldTracker = {
  track(definition, object, old, how) {
    const { managedFields } = updateManagedFields({ ...common(definition, how), live: old, object }).metadata
    if (managedFields === undefined) delete object.metadata.managedFields
    else object.metadata.managedFields = managedFields
  },
  apply(definition, applied, old, how) {
    return serverSideApply({ ...common(definition, how), live: old, applied, force: how.force })
  },
}

function common(definition: ResourceDefinition, { manager, subresource, nowMs }: TrackContext) {
  const resetFields = resetFieldsOf(definition, subresource)
  const type = definition.custom ? { type: definition.custom.mergeType } : { schema: definition.schema }
  return { ...type, manager, subresource, apiVersion: apiVersionOf(definition), now: nowMs, ...(resetFields ? { resetFields } : {}) }
}

/** What a door does not write is nobody's by that door. */
function resetFieldsOf({ status }: ResourceDefinition, subresource: string): string[][] | undefined {
  if (!status) return undefined
  if (subresource === '') return [['status']]
  return subresource === 'status' ? [['spec']] : undefined
}
