/** Ownership of replicas between an object and its scale subresource, which names the one field otherwise (upstream: managedfields.ScaleHandler). */
import type { ManagedFieldsEntry } from '../../gen/meta-v1.ts'
import { fieldElement, FieldSet } from './field-set.ts'
import { decodeManagers, encodeManagers, managerKey, type Managers, withSet } from './managers.ts'

const scaleApiVersion = 'autoscaling/v1'
const replicasOfScale = setOf(['spec', 'replicas'])

/** Where replicas are in an API version of the parent; undefined: it has no such version. */
export type ReplicasPath = (apiVersion: string) => readonly string[] | undefined

function setOf(path: readonly string[]): FieldSet {
  return FieldSet.of(path.map(fieldElement))
}

const owns = (set: FieldSet, field: FieldSet): boolean => !set.intersection(field).isEmpty

/** The owners of replicas, as owners of the Scale's field. */
export function managedFieldsOfScale(parent: readonly ManagedFieldsEntry[] | undefined, pathOf: ReplicasPath): ManagedFieldsEntry[] {
  const managers: Managers = new Map()
  for (const manager of decodeManagers(parent).values()) {
    const path = pathOf(manager.apiVersion)
    if (path === undefined || !owns(manager.set, setOf(path))) continue
    const inScale = { ...withSet(manager, replicasOfScale), apiVersion: scaleApiVersion }
    managers.set(managerKey(inScale), inScale)
  }
  return encodeManagers(managers)
}

/** The parent's owners after a write through its scale. */
export function managedFieldsOfParent(
  parent: readonly ManagedFieldsEntry[] | undefined,
  scale: readonly ManagedFieldsEntry[] | undefined,
  { pathOf, apiVersion }: { pathOf: ReplicasPath; apiVersion: string },
): ManagedFieldsEntry[] {
  // An update's identity holds its version, which is another here: upstream takes the same updater for two.
  const scalers = decodeManagers(scale)
  const managers: Managers = new Map()
  for (const [key, manager] of decodeManagers(parent)) {
    const path = pathOf(manager.apiVersion)
    if (path === undefined) continue
    const replicas = setOf(path)
    if (!owns(manager.set, replicas) || scalers.delete(key)) {
      managers.set(key, manager)
      continue
    }
    const left = manager.set.difference(replicas)
    if (!left.isEmpty) managers.set(key, withSet(manager, left))
  }
  for (const [key, scaler] of scalers) {
    if (!owns(scaler.set, replicasOfScale)) continue
    // Upstream forgets the time here.
    const inParent = { ...withSet(scaler, setOf(pathOf(apiVersion) ?? ['spec', 'replicas'])), apiVersion, time: undefined }
    managers.set(key, inParent)
  }
  return encodeManagers(managers)
}
