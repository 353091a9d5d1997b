/** PUT, and what every door that changes an object goes through (apiserver's registry/store.go Update). */
import { dropGatedFields } from '#api/gated-fields.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import type { ResourceDefinition, UpdateStrategy } from '#api/types.ts'
import { cloneJson } from '#apimachinery/json-value.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { badRequest, conflict, invalid, isAlreadyExists, notFound, StatusError } from '#apimachinery/status-error.ts'
import { invalidValue, path, toCauses } from '#apimachinery/field-error.ts'
import type { CachedObject } from '../watchcache/cached-object.ts'
import type { AdmissionAttributes } from '../types.ts'
import { attributesOf, check, mutate } from './admit.ts'
import { noteAsked, readObject } from './body.ts'
import { insert, placeInNamespace } from './create.ts'
import { storedKind, validateUpdate } from './object-meta.ts'
import { type Operation, resourceOf, strategyContext, type WriteOptions, writeOptions } from './operation.ts'
import { dropDuplicateOwners } from './owner-duplicates.ts'
import { removeNow } from './remove.ts'

export const optimisticLockMessage = 'the object has been modified; please apply your changes to the latest version and try again'
/** A write that asked for no particular version is tried again when another came between. */
const maxAttempts = 50

export interface Updated {
  readonly object: CachedObject
  readonly created: boolean
}

/** Makes the new object from the old, and leaves the old as it is: what the two share is never changed in place. Absent old: the object does not exist. */
export type Change = (old: KubeObject | undefined) => Promise<KubeObject> | KubeObject

export async function update(operation: Operation): Promise<Updated> {
  const options = writeOptions(operation, 'UpdateOptions')
  const given = await readObject(operation, options)
  noteAsked(operation, given)
  matchesPath(operation, given)
  dropDuplicateOwners(operation, given, 'as given')
  return change(operation, options, () => cloneJson(given), {
    createIfMissing: operation.subresource === '' && operation.definition.allowCreateOnUpdate === true,
  })
}

/** The body names the object that the path does. */
export function matchesPath(operation: Operation, given: KubeObject): void {
  if (given.metadata.name && given.metadata.name !== operation.name) {
    throw badRequest(`the name of the object (${given.metadata.name}) does not match the name on the URL (${operation.name})`)
  }
  placeInNamespace(operation, given)
  if (!given.metadata.name) {
    throw badRequest(`the name of the object (${operation.name} based on URL) was undeterminable: name must be provided`)
  }
}

/** An object through the door of another kind. */
export interface SeenAs {
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string }
  of(object: KubeObject): KubeObject
  /** Takes over into the object what admission made of the other. */
  into(object: KubeObject, seen: KubeObject): void
}

export interface ChangeOptions {
  readonly createIfMissing: boolean
  /** Server-side apply keeps managedFields itself. */
  readonly tracked?: boolean
  readonly defaulted?: boolean
  /** Default: the door that the operation's subresource names. */
  readonly strategy?: UpdateStrategy<any>
  /** What is made is written as it is: neither admission nor validation looks at it. */
  readonly asItIs?: boolean
  /** The change holds for whatever version is there. */
  readonly unconditional?: boolean
  /** The change is made from what is there: a uid in it is a field like any other, and no precondition. */
  readonly patched?: boolean
  /** What admission is shown in the object's place: a Scale. */
  readonly seenAs?: SeenAs
  /** How often a change that is made anew from each version is tried; default once. */
  readonly attempts?: number
}

export async function change(operation: Operation, options: WriteOptions, make: Change, how: ChangeOptions): Promise<Updated> {
  const { parts, view, definition, namespace, name } = operation
  const key = view.key(namespace, name)
  for (let attempt = 1; ; attempt++) {
    const stored = await parts.objects.get(view, key)
    if (!stored && !how.createIfMissing) throw notFound(resourceOf(operation), name)
    const old = stored && view.object(stored)
    const object = await make(old)
    if (!how.defaulted) definition.defaults?.(object)
    if (!stored || !old) {
      const created = await createMissing(operation, object, options, how).catch((error) => {
        // Another made it meanwhile: what was to be made is then changed, as upstream's store does in its transaction.
        if (!isAlreadyExists(error) || attempt >= maxAttempts) throw error
        return undefined
      })
      if (created) return { object: created, created: true }
      continue
    }
    const unconditional = how.unconditional || checkVersion(operation, options.dryRun, object, old, how)
    const result = await tryUpdate(operation, object, old, stored, key, options, how)
    if (result) return { object: result, created: false }
    if (attempt >= (unconditional ? maxAttempts : (how.attempts ?? 1))) throw conflict(resourceOf(operation), name, optimisticLockMessage)
  }
}

async function createMissing(operation: Operation, object: KubeObject, options: WriteOptions, how: ChangeOptions): Promise<CachedObject> {
  // An apply has looked at its version itself.
  if (object.metadata.resourceVersion && !how.tracked) throw conflict(resourceOf(operation), operation.name, optimisticLockMessage)
  if (object.metadata.uid) {
    throw conflict(resourceOf(operation), operation.name, preconditionFailed(operation, options.dryRun, 'UID', object.metadata.uid, ''))
  }
  if (!how.tracked) trackFields(operation, object, undefined, options)
  await mutate(operation, attributesOf(operation, { operation: 'CREATE', object, dryRun: options.dryRun }))
  dropDuplicateOwners(operation, object, 'after admission')
  return insert(operation, object, options)
}

/** In the words of the store, which knows an object by its key: in a dry run without the store's own prefix. */
export function preconditionFailed(
  { definition, namespace, name }: Operation,
  dryRun: boolean,
  what: 'UID' | 'ResourceVersion',
  wanted: string,
  found: string,
): string {
  const path = [storagePrefix(definition), ...(namespace ? [namespace] : []), name].join('/')
  const key = `${dryRun ? '/' : '/registry/'}${path}`
  const why = `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`
  return `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`
}

/** Where upstream's store keeps a kind: some have a name of old. */
const oldPrefixes: Readonly<Record<string, string>> = {
  '/replicationcontrollers': 'controllers',
  '/endpoints': 'services/endpoints',
  '/services': 'services/specs',
  '/nodes': 'minions',
  'networking.k8s.io/ingresses': 'ingress',
}
const withGroup = new Set(['apiextensions.k8s.io', 'apiregistration.k8s.io'])

function storagePrefix({ group, plural, custom }: ResourceDefinition): string {
  return oldPrefixes[`${group}/${plural}`] ?? (custom || withGroup.has(group) ? `${group}/${plural}` : plural)
}

/** Throws for text that no store has given as a version. */
export function checkIsVersion(text: string): void {
  if (!/^\d+$/.test(text)) throw new StatusError({ code: 500, reason: '', message: `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax` })
}

/** True when the writer asked for no version. */
function checkVersion(operation: Operation, dryRun: boolean, object: KubeObject, old: KubeObject, { patched, tracked }: ChangeOptions): boolean {
  const { definition, name } = operation
  const { resourceVersion, uid } = object.metadata
  if (uid && uid !== old.metadata.uid && !patched && !tracked) {
    throw conflict(resourceOf(operation), name, preconditionFailed(operation, dryRun, 'UID', uid, old.metadata.uid))
  }
  if (!resourceVersion || resourceVersion === '0') {
    if (!definition.allowUnconditionalUpdate) {
      const cause = invalidValue(path('metadata', 'resourceVersion'), 0, 'must be specified for an update')
      throw invalid({ group: definition.group, kind: definition.plural }, name, toCauses([cause]))
    }
    return true
  }
  checkIsVersion(resourceVersion)
  if (resourceVersion !== old.metadata.resourceVersion) throw conflict(resourceOf(operation), name, optimisticLockMessage)
  return false
}

/** Undefined when another write came between. */
async function tryUpdate(
  operation: Operation,
  object: KubeObject,
  old: KubeObject,
  stored: CachedObject,
  key: string,
  options: WriteOptions,
  how: ChangeOptions,
): Promise<CachedObject | undefined> {
  const { parts, view, definition, name } = operation
  const { dryRun } = options
  const strategy = how.asItIs ? {} : (how.strategy ?? strategyOf(operation))
  const context = strategyContext(operation)
  // A deletion time that is sent has its owner before it is taken back.
  if (!how.tracked) trackFields(operation, object, old, options)
  keepSystemFields(object, old)
  const attributes = (): AdmissionAttributes => {
    const { seenAs } = how
    const shown = seenAs ? { kind: seenAs.kind, object: seenAs.of(object), oldObject: seenAs.of(old) } : { object, oldObject: old }
    return attributesOf(operation, { operation: 'UPDATE', ...shown, dryRun })
  }
  if (!how.asItIs) {
    const seen = attributes()
    await mutate(operation, seen)
    how.seenAs?.into(object, seen.object!)
  }
  dropDuplicateOwners(operation, object, 'after admission')
  object.metadata.generation = old.metadata.generation!
  if (object.metadata.generation === undefined) delete (object.metadata as { generation?: number }).generation
  dropGatedFields(definition.schema, object, old, context.featureGates)
  strategy.prepare?.(object, old, context)
  const hold =
    operation.subresource === '' ? await parts.hooks.get(`${definition.group}/${definition.plural}`)?.beforeUpdate?.(object, old, { dryRun }) : undefined
  try {
    const errors = how.asItIs ? [] : validateUpdate(definition, strategy, object, old, context)
    if (errors.length > 0) throw invalid(storedKind(definition), name, toCauses(errors))
    for (const text of strategy.warnings?.(object, old, context) ?? []) operation.warn(text)
    if (!how.asItIs) await check(operation, attributes())
    if (isFinished(operation, object, old)) return await removeNow(operation, object, stored, dryRun)
    const isUnchanged = unchanged(view.written(object), old)
    if (dryRun || (isUnchanged && !(await parts.objects.isStale(view, key, stored)))) {
      await hold?.undo()
      return dryRun ? await parts.objects.pretend(view, key, object, stored.revision) : stored
    }
    // What is written only because its form is stale keeps the times at which its fields were.
    if (isUnchanged && old.metadata.managedFields) object.metadata.managedFields = old.metadata.managedFields
    const written = await parts.objects.put(view, key, object, stored.revision)
    if (written) await hold?.commit()
    else await hold?.undo()
    return written
  } catch (error) {
    await hold?.undo()
    throw error
  }
}

function strategyOf({ definition, subresource }: Operation): UpdateStrategy<any> {
  if (subresource === '') return definition.update ?? {}
  if (subresource === 'status') return definition.status ?? {}
  return definition.subresources?.[subresource] ?? {}
}

function keepSystemFields({ metadata }: KubeObject, { metadata: old }: KubeObject): void {
  metadata.uid ||= old.uid
  metadata.resourceVersion = old.resourceVersion
  if (old.creationTimestamp) metadata.creationTimestamp = old.creationTimestamp
  if (old.deletionTimestamp) metadata.deletionTimestamp = old.deletionTimestamp
  if (old.deletionTimestamp && metadata.deletionGracePeriodSeconds === undefined && old.deletionGracePeriodSeconds !== undefined) {
    metadata.deletionGracePeriodSeconds = old.deletionGracePeriodSeconds
  }
}

function trackFields(operation: Operation, object: KubeObject, old: KubeObject | undefined, options: WriteOptions): void {
  const { parts, definition, subresource } = operation
  parts.fields.track(definition, object, old, { manager: options.fieldManager, subresource, nowMs: parts.clock.now(), kinds: parts.kinds })
}

/** An object on its way out goes when its last finalizer does. */
function isFinished({ definition }: Operation, { metadata, ...rest }: KubeObject, { metadata: old }: KubeObject): boolean {
  if ((metadata.finalizers?.length ?? 0) > 0 || !old.deletionTimestamp) return false
  if (definition.group === '' && definition.plural === 'namespaces' && ((rest as { spec?: { finalizers?: string[] } }).spec?.finalizers?.length ?? 0) > 0)
    return false
  return (old.deletionGracePeriodSeconds ?? 0) === 0
}

/**
 * A write that changes nothing is not written, unless what is stored is stale: no new revision, no event. A mere new time in managedFields is nothing.
 * Most writes change what is outside of the metadata, which is looked at first.
 */
function unchanged(object: KubeObject, old: KubeObject): boolean {
  const { metadata, ...rest } = object
  const { metadata: oldMetadata, ...oldRest } = old
  return semanticEqual(rest, oldRest) && semanticEqual(timeless(metadata), timeless(oldMetadata))
}

function timeless(metadata: KubeObject['metadata']): object {
  return { ...metadata, managedFields: metadata.managedFields?.map(({ time: _, ...entry }) => entry) }
}
