/** Validation of CSINodes: the drivers of a node. */
import { duplicate, type FieldError, type FieldPath, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isQualifiedName } from '#apimachinery/names.ts'
import { type CSINode, type CSINodeDriver, CSINodeDriverSchema } from '#api/gen/storage/v1.ts'
import { complaints, immutable, nonNegative } from '../../checks.ts'
import { csiDriverName } from '../../core/v1/pod-spec/volume-source-checks.ts'

const at = path('spec', 'drivers')
/** 192 is what CSI 1.4 and older say; longer ones came later, and upstream takes them from new objects. */
const nodeIdMaxLength = 256

export function validateCsiNode({ spec }: CSINode): FieldError[] {
  const names = new Set<string>()
  return (spec.drivers ?? []).flatMap((driver, position) => {
    const here = at.index(position)
    const { name, nodeID, allocatable } = driver
    const errors = [
      ...csiDriverName(name, here.child('name')),
      ...validateNodeId(nodeID ?? '', here.child('nodeID')),
      ...nonNegative(here.child('allocatable', 'count'), allocatable?.count),
      ...(names.has(name) ? [duplicate(here.child('name'), name)] : []),
      ...validateTopologyKeys(driver, here),
    ]
    names.add(name)
    return errors
  })
}

function validateNodeId(id: string, at: FieldPath): FieldError[] {
  if (id === '') return [required(at)]
  return Buffer.byteLength(id) > nodeIdMaxLength ? [invalidValue(at, id, `must be ${nodeIdMaxLength} characters or less`)] : []
}

/** Upstream tells of keys at their driver. */
function validateTopologyKeys({ topologyKeys }: CSINodeDriver, at: FieldPath): FieldError[] {
  const keys = topologyKeys ?? []
  return keys.flatMap((key, position) => [
    ...(key === '' ? [required(at)] : []),
    ...(keys.indexOf(key) < position ? [duplicate(at, key)] : []),
    ...complaints(at, key, isQualifiedName(key)),
  ])
}

/** A driver that stays may change its limit alone. */
export function validateCsiNodeUpdate(object: CSINode, old: CSINode): FieldError[] {
  const withoutLimit = ({ allocatable: _, ...rest }: CSINodeDriver) => rest
  const changes = (old.spec.drivers ?? []).flatMap((before) =>
    (object.spec.drivers ?? [])
      .filter(({ name }) => name === before.name)
      .flatMap((driver) => immutable(at, withoutLimit(driver), withoutLimit(before), CSINodeDriverSchema)),
  )
  return [...validateCsiNode(object), ...changes]
}
