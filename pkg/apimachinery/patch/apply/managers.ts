/** `metadata.managedFields`: who owns which fields. */
import type { ManagedFieldsEntry } from '../../gen/meta-v1.ts'
import { FieldSet } from './field-set.ts'

export interface Manager {
  readonly name: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly subresource: string
  readonly time: string | undefined
  readonly set: FieldSet
  /** What it was read from, as long as nothing of it has changed. */
  readonly entry?: ManagedFieldsEntry
}

/** By identity: name, operation and subresource, and for updates the API version. */
export type Managers = Map<string, Manager>

export function managerKey({ name, operation, apiVersion, subresource }: Pick<Manager, 'name' | 'operation' | 'apiVersion' | 'subresource'>): string {
  return JSON.stringify([name, operation, operation === 'Apply' ? '' : apiVersion, subresource])
}

/** Throws when an entry is malformed; updates then start afresh, applies fail. */
export function decodeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const managers: Managers = new Map()
  for (const [index, entry] of (entries ?? []).entries()) {
    const { apiVersion = '', fieldsType = '' } = entry
    const operation: string = entry.operation ?? ''
    if (operation !== 'Apply' && operation !== 'Update') throw new Error('operation must be `Apply` or `Update`')
    if (apiVersion === '') throw new Error('apiVersion must not be empty')
    if (fieldsType === '') throw new Error(`missing fieldsType in managed fields entry ${index}`)
    if (fieldsType !== 'FieldsV1') throw new Error(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`)
    const manager: Manager = {
      name: entry.manager ?? '',
      operation,
      apiVersion,
      subresource: entry.subresource ?? '',
      time: entry.time ?? undefined,
      set: FieldSet.fromFieldsV1(entry.fieldsV1),
      entry,
    }
    managers.set(managerKey(manager), manager)
  }
  return managers
}

export function encodeManagers(managers: Managers): ManagedFieldsEntry[] {
  return [...managers.values()].sort(byAge).map((manager) => manager.entry ?? encodeManager(manager))
}

function encodeManager({ name, operation, apiVersion, time, subresource, set }: Manager): ManagedFieldsEntry {
  return {
    ...(name === '' ? {} : { manager: name }),
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: set.toFieldsV1(),
    ...(subresource === '' ? {} : { subresource }),
  }
}

/** A manager with another set; the entry it was read from no longer holds. */
export function withSet({ entry: _, ...manager }: Manager, set: FieldSet): Manager {
  return { ...manager, set }
}

function byAge(a: Manager, b: Manager): number {
  return (
    compareText(a.operation, b.operation) ||
    compareText(a.time ?? '', b.time ?? '') ||
    compareText(a.name, b.name) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  )
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

const MAX_UPDATE_MANAGERS = 10
const BUCKET = 'ancient-changes'

/** More updaters than ten: the oldest of one API version are folded into "ancient-changes". */
export function capUpdateManagers(managers: Managers): void {
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update')
  if (updaters.length <= MAX_UPDATE_MANAGERS) return
  updaters.sort(([keyA, a], [keyB, b]) => compareText(a.time ?? '', b.time ?? '') || compareText(keyA, keyB))
  const firstOfVersion = new Map<string, string>()
  let count = updaters.length
  for (const [key, manager] of updaters) {
    if (count <= MAX_UPDATE_MANAGERS) return
    const { apiVersion } = manager
    const first = firstOfVersion.get(apiVersion)
    if (first === undefined) {
      firstOfVersion.set(apiVersion, key)
      continue
    }
    const bucket: Manager = { name: BUCKET, operation: 'Update', apiVersion, subresource: '', time: manager.time, set: manager.set }
    const bucketKey = managerKey(bucket)
    const held = managers.get(bucketKey) ?? managers.get(first)
    managers.delete(first)
    managers.delete(key)
    managers.set(bucketKey, { ...bucket, set: held === undefined ? manager.set : manager.set.union(held.set) })
    count--
  }
}
