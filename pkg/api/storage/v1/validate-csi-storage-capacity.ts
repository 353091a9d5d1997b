/** Validation of storage capacities. */
import { type FieldError, type FieldPath, invalidValue, path } from '#apimachinery/field-error.ts'
import { isDns1123Subdomain } from '#apimachinery/names.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import { CSIStorageCapacitySchema, type CSIStorageCapacity } from '#api/gen/storage/v1.ts'
import { complaints, immutable } from '../../checks.ts'
import { validateLabelSelector } from '../../meta/labels.ts'

export function validateCapacity({ nodeTopology, storageClassName = '', capacity }: CSIStorageCapacity): FieldError[] {
  return [
    ...validateLabelSelector(nodeTopology, path('nodeTopology')),
    ...complaints(path('storageClassName'), storageClassName, isDns1123Subdomain(storageClassName)),
    ...nonNegativeQuantity(capacity, path('capacity')),
  ]
}

function nonNegativeQuantity(text: string | undefined, at: FieldPath): FieldError[] {
  return text !== undefined && Quantity.parse(text).sign() < 0 ? [invalidValue(at, text, 'must be greater than or equal to 0')] : []
}

export function validateCapacityUpdate(object: CSIStorageCapacity, old: CSIStorageCapacity): FieldError[] {
  return (['nodeTopology', 'storageClassName'] as const).flatMap((key) =>
    immutable(path(key), object[key], old[key], CSIStorageCapacitySchema.byName.get(key)!.type),
  )
}
