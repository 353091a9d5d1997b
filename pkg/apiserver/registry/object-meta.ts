/** What every object's metadata must be, on creation and on update (k8s.io/apiserver/pkg/registry/rest). */
import { type FieldError, path } from '#apimachinery/field-error.ts'
import { nameIsDnsSubdomain, nameIsPathSegment } from '#apimachinery/names.ts'
import type { ObjectMeta } from '#apimachinery/object.ts'
import { validateObjectMeta, validateObjectMetaUpdate, validateStandardFinalizers } from '#api/meta/validate-object-meta.ts'
import type { ResourceDefinition } from '#api/types.ts'

const metadata = path('metadata')

export function validateMetaOnCreate(definition: ResourceDefinition, meta: ObjectMeta): FieldError[] {
  const { namespaced, validateName = nameIsDnsSubdomain } = definition
  return [...validateObjectMeta(meta, namespaced, validateName, metadata), ...unknownFinalizers(definition, meta)]
}

/** The kind that errors of validation name, which is done on what is stored: of both APIs' events they speak of Event. */
export function storedKind({ group, kind, storage }: ResourceDefinition): { readonly group: string; readonly kind: string } {
  return { group: storage?.group ?? group, kind }
}

function unknownFinalizers(definition: ResourceDefinition, { finalizers }: ObjectMeta): FieldError[] {
  return knowsFinalizers(definition) ? validateStandardFinalizers(finalizers, metadata.child('finalizers')) : []
}

/** Kinds of Kubernetes itself, but for webhooks and policies; of custom ones, and of what extends the API, any finalizer's name is taken. */
function knowsFinalizers({ schema, group }: ResourceDefinition): boolean {
  return schema.name.startsWith('io.k8s.api.') && group !== 'admissionregistration.k8s.io'
}

/** What the registry finds, and then what the kind's own strategy finds once more: a client sees each of these causes as often as upstream names it. */
export function validateMetaOnUpdate(definition: ResourceDefinition, meta: ObjectMeta, old: ObjectMeta): FieldError[] {
  const changed = validateObjectMetaUpdate(meta, old, metadata)
  return [...validateObjectMeta(meta, definition.namespaced, nameIsPathSegment, metadata), ...changed, ...changed, ...unknownFinalizers(definition, meta)]
}
