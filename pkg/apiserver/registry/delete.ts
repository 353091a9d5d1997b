/** DELETE: preconditions, grace, finalizers, propagation (apiserver's registry/store.go Delete and rest/delete.go). */
import { rfc3339 } from '#base/clock.ts'
import { decodeObject, parse } from '#apimachinery/codec/decode.ts'
import { isProtobufEnvelope, readEnvelope } from '#apimachinery/codec/protobuf.ts'
import { exactInteger } from '#apimachinery/codec/exact-json.ts'
import { DecodeError, jsonKind, TextError } from '#apimachinery/codec/errors.ts'
import { type DeleteOptions, DeleteOptionsSchema } from '#apimachinery/gen/meta-v1.ts'
import { type KubeObject, parseApiVersion } from '#apimachinery/object.ts'
import { badRequest, conflict, invalid } from '#apimachinery/status-error.ts'
import { type FieldError, invalidValue, notSupported, path, toCauses } from '#apimachinery/field-error.ts'
import { integerParameter } from '../request.ts'
import { isTrue } from '../request-info.ts'
import type { ApiRequest } from '../types.ts'
import type { CachedObject } from '../watchcache/cached-object.ts'
import { attributesOf, check, mutate } from './admit.ts'
import { bodyFormat, decodeAs, typeMetaOfGo } from './body.ts'
import { checkDryRun, type Operation, resourceOf } from './operation.ts'
import { checkPreconditions, missing, removeNow } from './remove.ts'
import { optimisticLockMessage } from './update.ts'

const maxAttempts = 50

export interface Deleted {
  readonly object: CachedObject
  /** Gone; otherwise grace or finalizers hold it. */
  readonly gone: boolean
}

export async function readDeleteOptions(request: ApiRequest): Promise<DeleteOptions> {
  const bytes = await request.body()
  let options: DeleteOptions
  if (bytes.length > 0) {
    const format = bodyFormat(request)
    if (format === 'protobuf') refuseNoMessage(bytes)
    options = format === 'protobuf' ? decodeMessage(bytes) : decodeText(bytes, format)
  } else options = fromQuery(request.query)
  const errors: FieldError[] = []
  if (options.propagationPolicy !== undefined && options.orphanDependents !== undefined) {
    errors.push(invalidValue(path('propagationPolicy'), options.propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set'))
  }
  if (options.propagationPolicy !== undefined && !['Foreground', 'Background', 'Orphan'].includes(options.propagationPolicy)) {
    errors.push(notSupported(path('propagationPolicy'), options.propagationPolicy, ['Foreground', 'Background', 'Orphan', 'nil']))
  }
  checkDryRun(options.dryRun ?? [], errors)
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', toCauses(errors))
  return options
}

export function warnOfPropagation(operation: Operation, { propagationPolicy, orphanDependents }: DeleteOptions): void {
  const warning = operation.definition.defaultPropagationWarning
  if (warning && propagationPolicy === undefined && orphanDependents === undefined) operation.warn(warning)
}

/** Go's clients name the version of what they delete. */
function decodeMessage(bytes: Uint8Array): DeleteOptions {
  const named = parseApiVersion(groupVersionOf(bytes) || 'v1')
  const of = { ...named, kind: 'DeleteOptions', schema: DeleteOptionsSchema }
  return decodeAs<DeleteOptions>(of, bytes, 'protobuf', 'Ignore', () => {})
}

/** Of a message that cannot be read, nothing: who decodes it says what is wrong. */
function groupVersionOf(bytes: Uint8Array): string {
  try {
    return readEnvelope(bytes).apiVersion
  } catch (error) {
    if (error instanceof DecodeError) return ''
    throw error
  }
}

/** Of whatever version the client names: they are all the same. */
function decodeText(bytes: Uint8Array, format: 'json' | 'yaml'): DeleteOptions {
  try {
    const { value } = parse(bytes, format)
    if (typeof value !== 'object' || Array.isArray(value))
      throw new TextError(`json: cannot unmarshal ${jsonKind(value)} into Go value of type ${typeMetaOfGo}`)
    const { kind = '', apiVersion = '' } = (value ?? {}) as { kind?: unknown; apiVersion?: unknown }
    for (const [name, text] of Object.entries({ kind, apiVersion })) {
      if (text !== null && typeof text !== 'string')
        throw new TextError(`json: cannot unmarshal ${jsonKind(text)} into Go struct field .${name} of type string`)
    }
    if (String(apiVersion).split('/').length > 2) throw badRequest(`unexpected GroupVersion string: ${apiVersion}`)
    if (typeof kind === 'string' && kind !== '' && kind !== 'DeleteOptions') {
      throw badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`)
    }
    return decodeObject<DeleteOptions>(DeleteOptionsSchema, value ?? {}).object
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    const yaml = 'error converting YAML to JSON: '
    if (error.message.startsWith(yaml)) throw badRequest(error.message.slice(yaml.length), error)
    throw badRequest(error instanceof TextError ? `couldn't get version/kind; json parse error: ${error.message}` : error.message, error)
  }
}

function refuseNoMessage(bytes: Uint8Array): void {
  if (!isProtobufEnvelope(bytes)) throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  if (bytes.length === envelopeBytes) throw badRequest('empty body')
}

const envelopeBytes = 4

function fromQuery(query: URLSearchParams): DeleteOptions {
  const options: DeleteOptions = {}
  const grace = integerParameter(query, 'gracePeriodSeconds')
  if (grace !== undefined) options.gracePeriodSeconds = grace
  const policy = query.get('propagationPolicy')
  if (policy !== null) options.propagationPolicy = policy
  const orphan = query.get('orphanDependents')
  if (orphan !== null) options.orphanDependents = isTrue(orphan)
  const dryRun = query.getAll('dryRun')
  if (dryRun.length > 0) options.dryRun = dryRun
  const [uid, resourceVersion] = [query.get('uid'), query.get('resourceVersion')]
  if (uid !== null || resourceVersion !== null)
    options.preconditions = { ...(uid === null ? {} : { uid }), ...(resourceVersion === null ? {} : { resourceVersion }) }
  return options
}

/** `asked`: the name in the request, which one for a collection has not. */
export async function deleteObject(operation: Operation, options: DeleteOptions, asked = operation.name): Promise<Deleted> {
  const { parts, view, namespace, name } = operation
  const dryRun = (options.dryRun?.length ?? 0) > 0
  const key = view.key(namespace, name)
  for (let attempt = 1; ; attempt++) {
    const stored = await parts.objects.get(view, key)
    if (!stored) throw missing(operation)
    const object = view.object(stored)
    checkPreconditions(operation, object, options.preconditions)
    const attributes = attributesOf(operation, { operation: 'DELETE', oldObject: view.object(stored), dryRun, options: { ...options }, name: asked })
    await mutate(operation, attributes)
    await check(operation, attributes)
    const outcome = decide(operation, object, options)
    if (outcome === 'unchanged') return { object: stored, gone: false }
    if (outcome === 'remove') {
      const removed = await removeNow(operation, object, stored, dryRun)
      if (removed) return { object: removed, gone: true }
    } else {
      const written = dryRun ? await parts.objects.pretend(view, key, object, stored.revision) : await parts.objects.put(view, key, object, stored.revision)
      if (written) return { object: written, gone: false }
    }
    if (attempt >= maxAttempts) throw conflict(resourceOf(operation), name, optimisticLockMessage)
  }
}

/** Marks the object as being deleted where something holds it; says whether it is to be written, removed, or is as it should be. */
function decide(operation: Operation, object: KubeObject, options: DeleteOptions): 'write' | 'remove' | 'unchanged' {
  const { metadata } = object
  const now = operation.parts.clock.now()
  if (!metadata.deletionTimestamp) operation.definition.onDelete?.(object, now)
  const grace = decideGrace(operation, object, options, now)
  if (grace === 'pending') return 'unchanged'
  const finalizers = finalizersFor(operation, metadata.finalizers ?? [], options)
  const changed = !sameSet(finalizers, metadata.finalizers ?? [])
  if (finalizers.length > 0) metadata.finalizers = finalizers
  else delete metadata.finalizers
  if (grace === 'graceful') return (metadata.deletionGracePeriodSeconds ?? 0) > 0 || finalizers.length > 0 ? 'write' : 'remove'
  if (finalizers.length === 0 && !holdsNamespace(operation, object)) return 'remove'
  if (metadata.deletionTimestamp && (metadata.deletionGracePeriodSeconds ?? 0) === 0 && !changed) return 'unchanged'
  markAsDeleting(operation, object, now)
  return 'write'
}

function markAsDeleting(operation: Operation, object: KubeObject, now: number): void {
  const { metadata } = object
  // Upstream's definitions have a deletion of their own, which says when, and nothing else.
  const isDefinition = operation.definition.group === 'apiextensions.k8s.io'
  if (!isDefinition && !metadata.deletionTimestamp && (metadata.generation ?? 0) > 0) metadata.generation = nextGeneration(metadata.generation!)
  if (!metadata.deletionTimestamp || Date.parse(metadata.deletionTimestamp) > now) metadata.deletionTimestamp = rfc3339(now)
  if (isNamespace(operation)) {
    // A namespace keeps no grace period: it is done when its spec's finalizers are.
    const status = (object as KubeObject & { status?: { phase?: string } }).status
    if (status) status.phase = 'Terminating'
  } else if (!isDefinition) metadata.deletionGracePeriodSeconds = 0
}

function isNamespace({ definition }: Operation): boolean {
  return definition.group === '' && definition.plural === 'namespaces'
}

function holdsNamespace(operation: Operation, object: KubeObject): boolean {
  return isNamespace(operation) && ((object as KubeObject & { spec?: { finalizers?: string[] } }).spec?.finalizers?.length ?? 0) > 0
}

function decideGrace({ definition }: Operation, object: KubeObject, options: DeleteOptions, now: number): 'none' | 'graceful' | 'pending' {
  const { metadata } = object
  if (!definition.gracePeriodSeconds) return 'none'
  const asked = options.gracePeriodSeconds === undefined ? undefined : options.gracePeriodSeconds < 0 ? 1 : options.gracePeriodSeconds
  if (metadata.deletionTimestamp) {
    const current = metadata.deletionGracePeriodSeconds ?? 0
    if (current === 0) return 'none'
    if (asked === undefined || asked >= current) return 'pending'
    let period = asked
    let at = Date.parse(metadata.deletionTimestamp) - durationMs(current) + durationMs(asked)
    if (at < now) {
      at = now
      if (period !== 0) period = 1
    }
    metadata.deletionTimestamp = rfc3339(at)
    metadata.deletionGracePeriodSeconds = period
    return 'graceful'
  }
  const seconds = definition.gracePeriodSeconds(object, asked)
  if (seconds === undefined) return 'none'
  metadata.deletionTimestamp = rfc3339(now + durationMs(seconds))
  metadata.deletionGracePeriodSeconds = seconds
  if ((metadata.generation ?? 0) > 0) metadata.generation = nextGeneration(metadata.generation!)
  return 'graceful'
}

/** At runtime what no number holds is a bigint; int64 begins again at its other end. */
function nextGeneration(generation: number | bigint): number {
  return exactInteger(BigInt.asIntN(64, BigInt(generation) + 1n)) as number
}

/** Go's durations are nanoseconds in an int64, and of more seconds than those the rest is cut off. At runtime what no number holds is a bigint. */
function durationMs(seconds: number | bigint): number {
  return Number(BigInt.asIntN(64, BigInt(seconds) * 1_000_000_000n) / 1_000_000n)
}

const orphan = 'orphan'
const foreground = 'foregroundDeletion'

function finalizersFor({ definition }: Operation, current: readonly string[], options: DeleteOptions): string[] {
  const kept = current.filter((each) => each !== orphan && each !== foreground)
  const policy = policyOf(options, current, definition.defaultPropagation)
  if (policy === 'Orphan') kept.push(orphan)
  if (policy === 'Foreground') kept.push(foreground)
  return kept
}

function policyOf({ orphanDependents, propagationPolicy }: DeleteOptions, current: readonly string[], byDefault: string | undefined): string | undefined {
  if (byDefault === 'Unsupported') return undefined
  if (orphanDependents !== undefined) return orphanDependents ? 'Orphan' : 'Background'
  if (propagationPolicy !== undefined) return propagationPolicy
  if (current.includes(orphan)) return 'Orphan'
  if (current.includes(foreground)) return 'Foreground'
  return byDefault
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each))
}
