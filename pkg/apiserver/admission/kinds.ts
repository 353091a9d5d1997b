/** What plugins that read and change objects of any kind are told of the kinds that are served. */
import { decodeObject } from '#apimachinery/codec/decode.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import type { ResourceDefinition } from '#api/types.ts'
import type { AdmissionAttributes } from '../types.ts'

export interface Kinds {
  all(): readonly ResourceDefinition[]
}

export const noKinds: Kinds = { all: () => [] }

/** Where a write goes: subresources may speak another kind than their parent's. */
export function definitionOf(kinds: Kinds, attributes: AdmissionAttributes): ResourceDefinition | undefined {
  const { group, version, resourceGroup = group, servedVersion = version, resource } = attributes
  const all = kinds.all()
  return (
    all.find((each) => each.plural === resource && each.group === resourceGroup && each.version === servedVersion) ??
    all.find((each) => each.plural === resource && each.group === '')
  )
}

/** Undefined: what is written is of another kind than its resource (a Scale, an Eviction), and is taken as it is. */
export function ownDefinition({ kind }: AdmissionAttributes, definition: ResourceDefinition | undefined): ResourceDefinition | undefined {
  return definition?.kind === kind ? definition : undefined
}

/** Other versions and groups under which the same objects are served. */
export function equivalentsOf(kinds: Kinds, definition: ResourceDefinition): ResourceDefinition[] {
  const home = homeOf(definition)
  return kinds.all().filter((each) => each !== definition && !each.virtual && homeOf(each) === home)
}

function homeOf({ group, plural, storage }: ResourceDefinition): string {
  return storage ? `${storage.group}/${storage.plural}` : `${group}/${plural}`
}

/** The object in another version's form. */
export async function convert(object: KubeObject, from: ResourceDefinition, to: ResourceDefinition): Promise<KubeObject> {
  const apiVersion = to.group === '' ? to.version : `${to.group}/${to.version}`
  if (from.custom?.convert) return (await from.custom.convert([structuredClone(object)], apiVersion))[0]!
  const copy = structuredClone(object)
  const stored = from.storage ? from.storage.toStorage(copy) : copy
  const stamped = {
    ...stored,
    ...(from.storage ? { apiVersion: from.storage.group === '' ? from.storage.version : `${from.storage.group}/${from.storage.version}` } : {}),
  }
  const converted = to.storage ? to.storage.fromStorage(stamped) : stamped
  return { ...converted, apiVersion, kind: to.kind }
}

/** Puts `next` in the place of what is written, decoded and with defaults as if it had been sent so. */
export function replaceObject(target: KubeObject, next: unknown, definition: ResourceDefinition | undefined): void {
  const decoded = definition
    ? definition.custom
      ? definition.custom.decode(next).object
      : decodeObject<KubeObject>(definition.schema, next).object
    : (next as KubeObject)
  definition?.defaults?.(decoded)
  const { kind, apiVersion } = target
  const record = target as unknown as Record<string, unknown>
  for (const key of Object.keys(record)) delete record[key]
  Object.assign(record, { ...(kind === undefined ? {} : { kind }), ...(apiVersion === undefined ? {} : { apiVersion }) }, decoded)
}
