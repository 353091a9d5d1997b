/** Validation of namespaces: their finalizers, and that the phase agrees with deletion. */
import { type FieldError, type FieldPath, invalidValue, path } from '#apimachinery/field-error.ts'
import { isQualifiedName } from '#apimachinery/names.ts'
import type { Namespace } from '#api/gen/core/v1.ts'
import { complaints } from '../../checks.ts'

const finalizersAt = path('spec', 'finalizers')
const standard = ['kubernetes', 'orphan', 'foregroundDeletion']

export function validateNamespace({ spec }: Namespace): FieldError[] {
  return (spec.finalizers ?? []).flatMap((finalizer) => validateFinalizer(finalizer, finalizersAt))
}

export function validateNamespaceFinalize({ spec }: Namespace): FieldError[] {
  return (spec.finalizers ?? []).flatMap((finalizer, position) => validateFinalizer(finalizer, finalizersAt.index(position)))
}

function validateFinalizer(finalizer: string, at: FieldPath): FieldError[] {
  const errors = complaints(at, finalizer, isQualifiedName(finalizer))
  if (finalizer.includes('/') || standard.includes(finalizer)) return errors
  return [...errors, invalidValue(at, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')]
}

export function validateNamespaceStatus({ metadata, status }: Namespace): FieldError[] {
  const [phase, not] = metadata.deletionTimestamp ? ['Terminating', 'not '] : ['Active', '']
  if (status.phase === phase) return []
  return [invalidValue(path('status', 'Phase'), status.phase ?? '', `may only be '${phase}' if \`deletionTimestamp\` is ${not}empty`)]
}
