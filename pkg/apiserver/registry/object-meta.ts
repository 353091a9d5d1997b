/** What every object's metadata must be, on creation and on update (k8s.io/apiserver/pkg/registry/rest). */
import { type FieldError, path } from '#apimachinery/field-error.ts'
import { nameIsDnsSubdomain, nameIsPathSegment } from '#apimachinery/names.ts'
import type { KubeObject, ObjectMeta } from '#apimachinery/object.ts'
import { validateObjectMeta, validateObjectMetaUpdate, validateStandardFinalizers } from '#api/meta/validate-object-meta.ts'
import type { Look, ResourceDefinition, StrategyContext, UpdateStrategy } from '#api/types.ts'

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

const takesAnyFinalizer = new Set(['admissionregistration.k8s.io', 'coordination.k8s.io', 'node.k8s.io'])

/** Kinds of Kubernetes itself, but for those that upstream validates with the functions of apimachinery; of custom ones, and of what extends the API, any finalizer's name is taken. */
function knowsFinalizers({ schema, group }: ResourceDefinition): boolean {
  return schema.name.startsWith('io.k8s.api.') && !takesAnyFinalizer.has(group)
}

const usualLooks: readonly Look[] = ['metadata-change', 'rules']

/** What the registry finds in the metadata, and then what the door's strategy finds, who may look at the metadata again: a client sees each cause as often as upstream names it. */
export function validateUpdate(
  definition: ResourceDefinition,
  strategy: UpdateStrategy<any>,
  object: KubeObject,
  old: KubeObject,
  context: StrategyContext,
): FieldError[] {
  const { namespaced, validateName = nameIsDnsSubdomain } = definition
  const meta = object.metadata
  const changed = validateObjectMetaUpdate(meta, old.metadata, metadata)
  const looks: Readonly<Record<Look, () => FieldError[]>> = {
    'metadata-change': () => [...changed, ...unknownFinalizers(definition, meta)],
    metadata: () => [...validateObjectMeta(meta, namespaced, validateName, metadata), ...unknownFinalizers(definition, meta)],
    rules: () => strategy.validate?.(object, old, context) ?? [],
    changes: () => strategy.validateChange?.(object, old) ?? [],
  }
  return [...validateObjectMeta(meta, namespaced, nameIsPathSegment, metadata), ...changed, ...(strategy.looks ?? usualLooks).flatMap((look) => looks[look]())]
}
