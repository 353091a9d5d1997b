/**
 * Server-side apply and `metadata.managedFields` (KEP-555): `updateManagedFields` on every create, update and
 * patch, `serverSideApply` for apply patches. Types are abstract (`MergeType`), so that custom resources plug in.
 */
import { decodeObject } from '../../codec/decode.ts'
import { formatTime } from '../../codec/time.ts'
import { zeroStruct } from '../../codec/zero.ts'
import type { ManagedFieldsEntry, ObjectMeta } from '../../gen/meta-v1.ts'
import { equalJson, type JsonObject } from '../../json-value.ts'
import { gvkText, type KubeObject } from '../../object.ts'
import type { StructSchema } from '../../schema/types.ts'
import { badRequest, StatusError } from '../../status-error.ts'
import { fieldElement, FieldSet } from './field-set.ts'
import { allowedByLastApplied, withLastApplied } from './last-applied.ts'
import { capUpdateManagers, decodeManagers, encodeManagers, type Managers, withSet } from './managers.ts'
import { type MergeType, mergeTypeOf } from './merge-type.ts'
import { type Identity, type Kept, recordApply, recordUpdate, type Versions } from './updater.ts'
import { together, validateApplied } from './validate.ts'
import { atomicsIn } from './atomics.ts'
import { merge } from './merge.ts'

export type { OtherVersion, Versions } from './updater.ts'
export { FieldSet } from './field-set.ts'
export { mergeTypeOfJsonSchema } from './json-schema-type.ts'
export { managedFieldsOfParent, managedFieldsOfScale, type ReplicasPath } from './scale.ts'
export { deduced, deducedMap, type ListType, type MapType, type MergeType, mergeTypeOf, scalar } from './merge-type.ts'

interface Common {
  /** The built-in type; for a custom resource give `type` instead. */
  readonly schema?: StructSchema
  readonly type?: MergeType
  readonly manager: string
  /** "" for the object itself. */
  readonly subresource?: string
  /** Of the request, "apps/v1". */
  readonly apiVersion: string
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Fields this door does not write, with all below them: [["status"]] on the main door. */
  readonly resetFields?: readonly (readonly string[])[]
  /** The other versions that managers of this object may have written in; absent: all are taken for alike. */
  readonly versions?: Versions | undefined
}

export interface UpdateRequest<T> extends Common {
  /** What was there before; none on create. */
  readonly live?: T | undefined
  /** What is to be stored. */
  readonly object: T
}

export interface ApplyRequest<T> extends Common {
  readonly live?: T | undefined
  /** The applied configuration as it was sent: only what its author says, unknown fields included. */
  readonly applied: unknown
  readonly force?: boolean
}

/** Fields of metadata that no one owns. */
const stripped: FieldSet = FieldSet.of(
  ...['apiVersion', 'kind', 'metadata'].map((name) => [fieldElement(name)]),
  ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation', 'managedFields', 'resourceVersion'].map((name) => [
    fieldElement('metadata'),
    fieldElement(name),
  ]),
)

const UNKNOWN = 'unknown'
const BEFORE_FIRST_APPLY = 'before-first-apply'

function typeOf({ schema, type }: Common): MergeType {
  if (type !== undefined) return type
  if (schema === undefined) throw new Error('a schema or a merge type is needed')
  return mergeTypeOf(schema)
}

/** What a create is compared with: an object of which nothing is said. */
function blank({ schema, apiVersion }: Common, kind: string | undefined): JsonObject {
  if (schema === undefined) return { apiVersion, kind }
  let made = blanks.get(schema)
  if (made === undefined) {
    made = zeroStruct(schema)
    blanks.set(schema, made)
  }
  return made
}

/** Only read, so one serves every create of its kind. */
const blanks = new WeakMap<StructSchema, JsonObject>()

function identityOf(request: Common, operation: 'Apply' | 'Update'): Identity {
  return { name: request.manager || UNKNOWN, operation, apiVersion: request.apiVersion, subresource: request.subresource ?? '' }
}

function keptBy({ resetFields }: Common): Kept {
  if (!resetFields) return (set) => set
  const reset = FieldSet.of(...resetFields.map((path) => path.map(fieldElement)))
  return (set) => set.withoutBelow(reset)
}

function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

function withManagers<T extends KubeObject>(object: T, managers: Managers): T {
  return withEntries(object, managers.size === 0 ? undefined : encodeManagers(managers))
}

function withEntries<T extends KubeObject>(object: T, managedFields: ManagedFieldsEntry[] | undefined): T {
  const bare = withoutManagedFields(object)
  const metadata: ObjectMeta = managedFields === undefined ? bare.metadata : { ...bare.metadata, managedFields }
  return { ...bare, metadata }
}

/** `[{}]` in a write says: forget who owned what. */
function isReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  const [only] = entries ?? []
  return entries !== undefined && (entries.length === 0 || (entries.length === 1 && only !== undefined && Object.keys(only).length === 0))
}

function decodeOrNone(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  try {
    return decodeManagers(entries)
  } catch {
    return new Map()
  }
}

/** A writer may send managedFields of its own; on a subresource, or when they are malformed, the live ones count. */
function managersOf<T extends KubeObject>({ live, object, subresource }: UpdateRequest<T>): Managers {
  const entries = object.metadata.managedFields
  if (!subresource && isReset(entries)) return new Map()
  const sent = subresource ? new Map() : decodeOrNone(entries)
  return sent.size > 0 ? sent : decodeOrNone(live?.metadata.managedFields)
}

/** The object with managedFields as they are after this write. Never fails: upstream too would rather lose track. */
export function updateManagedFields<T extends KubeObject>(request: UpdateRequest<T>): T {
  const { live, object, now } = request
  const managers = managersOf(request)
  const bare = withoutManagedFields(object)
  // An object that no one has tracked so far stays so, until it is first applied.
  if (live !== undefined && managers.size === 0) return bare
  const before = live === undefined ? blank(request, object.kind) : withoutManagedFields(live)
  try {
    const options = { kept: keptBy(request), strip: stripped, time: formatTime(Math.floor(now / 1000)), versions: request.versions }
    recordUpdate(typeOf(request), before, bare, managers, identityOf(request, 'Update'), options)
    capUpdateManagers(managers)
  } catch {
    return bare
  }
  return keepTimes(withManagers(bare, managers), live)
}

/** A write that changes nothing but times changes nothing. */
function keepTimes<T extends KubeObject>(object: T, live: T | undefined): T {
  const [ours, theirs] = [object.metadata.managedFields, live?.metadata.managedFields]
  if (live === undefined || ours === undefined || theirs === undefined) return object
  const timeless = (entries: readonly ManagedFieldsEntry[]): unknown[] => entries.map(({ time: _, ...entry }) => entry)
  const same = equalJson(timeless(ours), timeless(theirs)) && equalJson(withoutManagedFields(object), withoutManagedFields(live))
  return same ? withEntries(object, theirs) : object
}

/**
 * The object as it is after an apply; throws StatusError: 409 with a cause for each conflict, 400 or 500 for
 * a configuration that does not fit. Defaults are the caller's to set afterwards.
 */
export function serverSideApply<T extends KubeObject>(request: ApplyRequest<T>): T {
  const { live, now } = request
  const applied = checkApplied(request)
  const type = typeOf(request)
  const managers = decodeStrictly(live)
  const before = live === undefined ? blank(request, applied.kind) : withoutManagedFields(live)
  const time = formatTime(Math.floor(now / 1000))
  const options = { kept: keptBy(request), strip: stripped, time, force: request.force === true, versions: request.versions }
  if (live !== undefined && managers.size === 0) {
    const errors = validateApplied(type, before, [], true)
    if (errors.length > 0) throw unmanageable(live, applied, errors)
    recordUpdate(type, blank(request, applied.kind), before, managers, { ...identityOf(request, 'Update'), name: BEFORE_FIRST_APPLY }, options)
  }
  const identity = identityOf(request, 'Apply')
  const attempt = (force: boolean): { managers: Managers; object: unknown } => {
    const copy = new Map(managers)
    const { object } = recordApply(type, before, applied, copy, identity, { ...options, force })
    return { managers: copy, object }
  }
  const outcome = withKubectlLeave(request, live, type, options.force, attempt)
  stamp(outcome.managers, identity, outcome.object === undefined ? undefined : time)
  return finish(request, outcome.object ?? before, outcome.managers, applied)
}

/** What is there is no object that a first owner could be made for: it has an element without its key. */
function unmanageable({ metadata }: KubeObject, applied: KubeObject, errors: readonly string[]): StatusError {
  const of = `${metadata.namespace ?? ''}/${metadata.name}; ${gvkText(applied)}`
  const message = `failed to create manager for existing fields: failed to convert new object (${of}) to smd typed: ${together(errors)}`
  return new StatusError({ code: 500, reason: '', message })
}

/** kubectl may take over, without force, what its last-applied annotation says it had set. */
function withKubectlLeave<R>(request: Common, live: KubeObject | undefined, type: MergeType, force: boolean, attempt: (force: boolean) => R): R {
  try {
    return attempt(force)
  } catch (error) {
    if (request.manager === 'kubectl' && live !== undefined && error instanceof StatusError && allowedByLastApplied(error, live, type)) return attempt(true)
    throw error
  }
}

function stamp(managers: Managers, identity: Identity, time: string | undefined): void {
  if (time === undefined) return
  for (const [key, manager] of managers) {
    if (manager.operation === 'Apply' && manager.name === identity.name && manager.subresource === identity.subresource)
      managers.set(key, { ...withSet(manager, manager.set), time })
  }
}

function finish<T extends KubeObject>(request: ApplyRequest<T>, object: unknown, managers: Managers, applied: KubeObject): T {
  const { schema, manager, live } = request
  const typed = (schema === undefined ? object : decodeObject(schema, object, { converts: true }).object) as T
  const named = { ...typed, apiVersion: applied.apiVersion, kind: applied.kind, metadata: typed.metadata ?? {} } as T
  const annotated = manager === 'kubectl' ? withLastApplied(named, applied) : named
  return keepTimes(withManagers(annotated, managers), live)
}

function decodeStrictly(live: KubeObject | undefined): Managers {
  try {
    return decodeManagers(live?.metadata.managedFields)
  } catch (error) {
    throw new StatusError({ code: 500, reason: '', message: `failed to decode managed fields: ${error instanceof Error ? error.message : String(error)}` })
  }
}

function checkApplied(request: ApplyRequest<KubeObject>): KubeObject {
  const applied = request.applied as KubeObject
  const { apiVersion = '' } = applied
  if (apiVersion !== request.apiVersion) {
    throw badRequest(`Incorrect version specified in apply patch. Specified patch version: ${apiVersion}, expected: ${request.apiVersion}`)
  }
  if (applied.metadata?.managedFields !== undefined && applied.metadata.managedFields !== null) throw badRequest('metadata.managedFields must be nil')
  const errors = validateApplied(typeOf(request), applied)
  if (errors.length > 0) {
    const { name, namespace } = applied.metadata ?? {}
    throw new StatusError({
      code: 500,
      reason: '',
      message: `failed to create typed patch object (${namespace ?? ''}/${name ?? ''}; ${gvkText(applied)}): ${together(errors)}`,
    })
  }
  return applied
}

/**
 * The object with a configuration merged into it, nobody becoming an owner: what policies apply (upstream's
 * ApplyStructuredMergeDiff). Throws Error where it does not fit, or names what can be set only as a whole.
 */
export function mergeConfiguration(type: MergeType, live: unknown, configuration: unknown): unknown {
  const errors = validateApplied(type, configuration)
  if (errors.length > 0) throw new Error(`failed to convert patch object to typed object: ${together(errors)}`)
  const atomics = atomicsIn(type, configuration)
  if (atomics.length > 0) throw new Error(`invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`)
  return merge(type, live, configuration)
}
