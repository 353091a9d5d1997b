/** POST: decode, default, admit, prepare, validate, write (apiserver's handlers/create.go and registry/store.go). */
import { randomUUID } from 'node:crypto'
import { rfc3339 } from '#base/clock.ts'
import { dropGatedFields } from '#api/gated-fields.ts'
import { cloneJson } from '#apimachinery/json-value.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { alreadyExists, badRequest, invalid, StatusError } from '#apimachinery/status-error.ts'
import { toCauses } from '#apimachinery/field-error.ts'
import type { CachedObject } from '../watchcache/cached-object.ts'
import { attributesOf, check, mutate } from './admit.ts'
import { noteAsked, readObject } from './body.ts'
import { dropDuplicateOwners } from './owner-duplicates.ts'
import { generateName } from './generate-name.ts'
import { storedKind, validateMetaOnCreate } from './object-meta.ts'
import { type Operation, resourceOf, strategyContext, type WriteOptions, writeOptions } from './operation.ts'

const maxNameAttempts = 8

export async function create(operation: Operation): Promise<CachedObject> {
  const options = writeOptions(operation, 'CreateOptions')
  const object = await readObject(operation, options)
  return createObject(operation, object, options)
}

export async function createObject(operation: Operation, object: KubeObject, options: WriteOptions): Promise<CachedObject> {
  noteAsked(operation, object)
  placeInNamespace(operation, object)
  checkName(operation, object)
  wipeSystemFields(object)
  operation.definition.defaults?.(object)
  dropDuplicateOwners(operation, object, 'as given')
  track(operation, object, options)
  await mutate(operation, attributesOf(operation, { operation: 'CREATE', object, dryRun: options.dryRun, name: object.metadata.name ?? '' }))
  dropDuplicateOwners(operation, object, 'after admission')
  const generated = object.metadata.generateName && !object.metadata.name
  if (!generated) return insert(operation, object, options)
  for (let attempt = 1; ; attempt++) {
    try {
      return await insert(operation, cloneJson(object), options)
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== 'AlreadyExists' || attempt >= maxNameAttempts) throw error
    }
  }
}

/** Everything between mutating admission and the store; also for a PUT that creates. */
export async function insert(operation: Operation, object: KubeObject, options: WriteOptions): Promise<CachedObject> {
  const { parts, view, definition } = operation
  const { metadata } = object
  fillSystemFields(object, parts.clock.now())
  if (metadata.generateName && !metadata.name) {
    metadata.name = generateName(metadata.generateName)
    // Some defaults follow from the name.
    definition.defaults?.(object)
  }
  if (definition.readsNamespace) await parts.hub.fresh()
  const context = strategyContext(operation)
  dropGatedFields(definition.schema, object, undefined, context.featureGates)
  definition.create?.prepare?.(object, context)
  const hold = await parts.hooks.get(`${definition.group}/${definition.plural}`)?.beforeCreate?.(object, { dryRun: options.dryRun })
  try {
    // Every kind of upstream's validates its metadata first, with the rest of it.
    const errors = [...validateMetaOnCreate(definition, metadata), ...(definition.create?.validate?.(object, context) ?? [])]
    if (errors.length > 0) throw invalid(storedKind(definition), metadata.name ?? '', toCauses(errors))
    for (const text of definition.create?.warnings?.(object, context) ?? []) operation.warn(text)
    await check(operation, attributesOf(operation, { operation: 'CREATE', object, dryRun: options.dryRun, name: metadata.name }))
    // The store's own rule upstream, so that all others come first, and dry runs do not meet it.
    if (!options.dryRun) refuseVersion(object)
    const { resourceVersion: named } = metadata
    delete (metadata as { resourceVersion?: string }).resourceVersion
    const key = view.key(metadata.namespace ?? '', metadata.name)
    const existing = await parts.objects.get(view, key)
    if (existing) throw refuse(operation, existing, metadata)
    if (options.dryRun) {
      await hold?.undo()
      // What has been sent stays, where nothing is stored that has another.
      return await parts.objects.pretend(view, key, object, /^\d+$/.test(named ?? '') ? Number(named) : 0)
    }
    const written = await parts.objects.put(view, key, object, 0)
    if (!written) throw refuse(operation, await parts.objects.get(view, key), metadata)
    await hold?.commit()
    return written
  } catch (error) {
    await hold?.undo()
    throw error
  }
}

function refuse(operation: Operation, existing: CachedObject | undefined, { name, generateName: base }: KubeObject['metadata']): StatusError {
  const plain = alreadyExists(resourceOf(operation), name)
  const message = `${plain.message}, the server was not able to generate a unique name for the object`
  const error = base ? new StatusError({ code: 409, reason: 'AlreadyExists', message, details: { ...plain.details, retryAfterSeconds: 1 } }) : plain
  if (!existing?.parse().metadata.deletionTimestamp) return error
  return new StatusError({ code: 409, reason: 'AlreadyExists', message: `object is being deleted: ${error.message}`, details: error.details })
}

export function placeInNamespace({ namespace, definition }: Operation, { metadata }: KubeObject): void {
  if (!definition.namespaced) {
    delete metadata.namespace
    return
  }
  if (!metadata.namespace) metadata.namespace = namespace
  else if (metadata.namespace !== namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
}

function checkName({ name }: Operation, { metadata }: KubeObject): void {
  if (name && metadata.name && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
  }
}

/** The store's plain error, without a reason; what is no version does not trouble it. */
function refuseVersion({ metadata }: KubeObject): void {
  if (!/^\d*[1-9]\d*$/.test(metadata.resourceVersion ?? '')) return
  throw new StatusError({ code: 500, reason: '', message: 'resourceVersion should not be set on objects to be created' })
}

/** What only the server says; before it is seen who owns what. */
function wipeSystemFields({ metadata }: KubeObject): void {
  delete metadata.deletionTimestamp
  delete metadata.deletionGracePeriodSeconds
  delete metadata.selfLink
}

function fillSystemFields({ metadata }: KubeObject, now: number): void {
  metadata.uid = randomUUID()
  metadata.creationTimestamp = rfc3339(now)
}

function track(operation: Operation, object: KubeObject, options: WriteOptions): void {
  const { parts, definition, subresource } = operation
  parts.fields.track(definition, object, undefined, { manager: options.fieldManager, subresource, nowMs: parts.clock.now(), kinds: parts.kinds })
}
