/** managedFields on every write, and server-side apply, by the schema of the kind. */
import { normalize } from '#apimachinery/codec/decode.ts'
import { omitEmpty } from '#apimachinery/codec/omit-empty.ts'
import { apiVersionOf, type KubeObject, parseApiVersion } from '#apimachinery/object.ts'
import { type MergeType, mergeTypeOf, type OtherVersion, serverSideApply, updateManagedFields, type Versions } from '#apimachinery/patch/apply/index.ts'
import type { ResourceDefinition, UpdateStrategy } from '#api/types.ts'
import type { FieldTracker, ServedKinds, TrackContext } from './operation.ts'

export const fieldTracker: FieldTracker = {
  track(definition, object, old, how) {
    // What cannot be read of one manager has all of them forgotten.
    if (object.metadata.managedFields?.some(({ apiVersion }) => (apiVersion ?? '').split('/').length > 2)) {
      delete object.metadata.managedFields
      return
    }
    // Nobody owns what is not written.
    const written = definition.custom ? object : withGivenManagers(omitEmpty(definition.schema, object), object)
    const { managedFields } = updateManagedFields({ ...common(definition, how), live: old, object: written }).metadata
    if (managedFields === undefined) delete object.metadata.managedFields
    else object.metadata.managedFields = managedFields
  },
  apply(definition, applied, old, how) {
    return serverSideApply({ ...common(definition, how), live: old, applied, force: how.force })
  },
}

/** `managedFields: []` says something: forget who owned what. */
function withGivenManagers(written: KubeObject, { metadata: { managedFields } }: KubeObject): KubeObject {
  return managedFields?.length === 0 ? { ...written, metadata: { ...written.metadata, managedFields } } : written
}

function common(definition: ResourceDefinition, { manager, subresource, nowMs, kinds }: TrackContext) {
  const door = doorOf(definition, subresource)
  const resetFields = door?.resets ?? resetFieldsOf(definition, subresource)
  const type = definition.custom ? { type: definition.custom.mergeType } : { schema: definition.schema }
  return {
    ...type,
    manager,
    subresource,
    apiVersion: apiVersionOf(definition),
    now: nowMs,
    versions: versionsOf(definition, kinds),
    ...(resetFields ? { resetFields } : {}),
  }
}

function doorOf({ update, status, subresources }: ResourceDefinition, subresource: string): UpdateStrategy<any> | undefined {
  if (subresource === '') return update
  return subresource === 'status' ? status : subresources?.[subresource]
}

/** What a door does not write is nobody's by that door. */
function resetFieldsOf({ status }: ResourceDefinition, subresource: string): string[][] | undefined {
  if (!status) return undefined
  if (subresource === '') return [['status']]
  return subresource === 'status' ? [['spec']] : undefined
}

/** Managers are compared in the version they wrote in. Where a webhook converts, which takes time, all versions are taken for alike. */
function versionsOf(definition: ResourceDefinition, kinds: ServedKinds): Versions | undefined {
  if (definition.custom?.convert) return undefined
  return (apiVersion) => {
    const { group, version } = parseApiVersion(apiVersion)
    // Upstream's types are those of one group: who wrote through another (an Event of both) is forgotten.
    const other = group === definition.group ? kinds.byKind(group, version, definition.kind) : undefined
    return other && conversion(definition, other)
  }
}

function conversion(own: ResourceDefinition, other: ResourceDefinition): OtherVersion {
  const across = (from: ResourceDefinition, to: ResourceDefinition) => (object: unknown) => {
    const copy = structuredClone(object) as KubeObject
    // Versions of custom resources differ in name alone.
    if (from.custom) return { ...copy, apiVersion: apiVersionOf(to), kind: to.kind }
    const stored = toStorage(from, normalize<KubeObject>(from.schema, copy))
    const shown = to.storage ? to.storage.fromStorage(stored) : stored
    return { ...shown, apiVersion: apiVersionOf(to), kind: to.kind }
  }
  return { type: mergeTypeOfKind(other), to: across(own, other), from: across(other, own) }
}

function toStorage({ storage, kind }: ResourceDefinition, object: KubeObject): KubeObject {
  return storage ? { ...storage.toStorage(object), apiVersion: apiVersionOf(storage), kind } : object
}

function mergeTypeOfKind({ custom, schema }: ResourceDefinition): MergeType {
  return custom ? custom.mergeType : mergeTypeOf(schema)
}
