/** PATCH: JSON patch, merge patch, strategic merge patch and server-side apply. */
import { parse } from '#apimachinery/codec/decode.ts'
import { readAsWritten, readJson } from '#apimachinery/codec/exact-json.ts'
import { DecodeError, jsonKind, StrictDecodingError, UnconvertibleError } from '#apimachinery/codec/errors.ts'
import { goJson } from '#apimachinery/codec/go-json.ts'
import { goText } from '#apimachinery/go-text.ts'
import { cloneJson, isObject } from '#apimachinery/json-value.ts'
import { gvkText, type KubeObject, parseApiVersion } from '#apimachinery/object.ts'
import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch } from '#apimachinery/patch/index.ts'
import { badRequest, conflict, invalid, StatusError, unsupportedMediaType } from '#apimachinery/status-error.ts'
import { forbiddenField, invalidValue, path, required, toCauses } from '#apimachinery/field-error.ts'
import type { UpdateStrategy } from '#api/types.ts'
import { decodeKind, refuseEndless, reportStrict, unknownKind } from './body.ts'
import { restoreError } from './patch-errors.ts'
import { patchedText } from './patched-text.ts'
import { type Operation, resourceOf, type WriteOptions, writeOptions } from './operation.ts'
import { change, checkIsVersion, type Updated } from './update.ts'

export const patchTypes = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
} as const
/** A patch that names no version is applied again to what another write left (upstream: MaxRetryWhenPatchConflicts). */
const maxPatchAttempts = 5

export type PatchKind = (typeof patchTypes)[keyof typeof patchTypes]

export function patchKind(operation: Operation): PatchKind {
  const type = (operation.request.headers['content-type'] ?? '').split(';')[0]!.trim()
  const kind = patchTypes[type as keyof typeof patchTypes]
  if (kind && (kind !== 'strategic' || isTyped(operation))) return kind
  if (isTyped(operation)) throw new StatusError({ code: 415, reason: 'UnsupportedMediaType', message: '415: Unsupported Media Type', details: {} })
  const offered = Object.keys(patchTypes).filter((each) => !each.includes('strategic'))
  throw unsupportedMediaType(`the body of the request was in an unknown format - accepted media types include: ${offered.join(', ')}`)
}

/** Custom resources know no strategic merge. */
function isTyped({ definition }: Operation): boolean {
  return definition.custom === undefined
}

export async function patch(operation: Operation, strategy?: UpdateStrategy<any>): Promise<Updated> {
  const options = writeOptions(operation, 'PatchOptions')
  const kind = patchKind(operation)
  const bytes = await operation.request.body()
  const more = strategy ? { strategy } : {}
  if (kind === 'apply') {
    const applied = readApply(operation, bytes, options)
    const createIfMissing = operation.subresource === ''
    return change(operation, options, (old) => apply(operation, applied, cloneJson(old), options), {
      createIfMissing,
      tracked: true,
      attempts: maxPatchAttempts,
      ...more,
    })
  }
  if (operation.request.query.has('force')) {
    const cause = forbiddenField(path('force'), 'may not be specified for non-apply patch')
    throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', toCauses([cause]))
  }
  // What is wrong with a patch is told where there is something to patch.
  return change(operation, options, (old) => applyTo(operation, old!, readPatch(bytes, kind, options, isTyped(operation)), kind, options), {
    createIfMissing: false,
    patched: true,
    attempts: maxPatchAttempts,
    ...more,
  })
}

/** A patch as it was sent, and what a strict reader finds in it: fields doubled, or of no operation. */
export interface GivenPatch {
  readonly document: unknown
  readonly strictErrors: readonly string[]
}

/** `typed`: of a built-in kind, whose numbers are read as they were written. */
export function readPatch(bytes: Uint8Array, kind: PatchKind, { fieldValidation }: Pick<WriteOptions, 'fieldValidation'>, typed = false): GivenPatch {
  try {
    const { value: document, duplicates } = parse(bytes, 'json', typed && kind !== 'strategic' ? readAsWritten : readJson)
    const wanted = kind === 'json' ? document === null || Array.isArray(document) : typeof document === 'object' && !Array.isArray(document)
    if (!wanted) {
      const type = kind === 'json' ? '[]handlers.jsonPatchOp' : 'map[string]interface {}'
      throw new DecodeError(`json: cannot unmarshal ${jsonKind(document)} into Go value of type ${type}`)
    }
    refuseEndless(document, bytes, kind === 'json' ? 'struct field jsonPatchOp.value' : 'value')
    if (kind === 'merge' && document === null) throw badRequest('Invalid JSON Patch')
    const unknown = kind === 'json' ? readOperations((document ?? []) as unknown[]) : []
    const found = [...duplicates, ...unknown].map((each) => (kind === 'json' ? `json patch ${each}` : each))
    return { document: document ?? (kind === 'json' ? [] : {}), strictErrors: fieldValidation === 'Ignore' ? [] : found }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw badRequest(kind === 'strategic' ? error.message : `error decoding patch: ${error.message}`, error)
  }
}

const operationFields: ReadonlySet<string> = new Set(['op', 'path', 'from', 'value'])

/** Throws DecodeError for what is no operation; gives the fields that none has. */
function readOperations(operations: readonly unknown[]): string[] {
  return operations.flatMap((operation, index) => {
    if (operation === null) return []
    if (!isObject(operation)) throw new DecodeError(`json: cannot unmarshal ${jsonKind(operation)} into Go value of type handlers.jsonPatchOp`)
    for (const name of ['op', 'path', 'from']) {
      const value = operation[name] ?? ''
      if (typeof value !== 'string') throw new DecodeError(`json: cannot unmarshal ${jsonKind(value)} into Go struct field jsonPatchOp.${name} of type string`)
    }
    const unknown = Object.keys(operation).filter((name) => !operationFields.has(name))
    return unknown.map((name) => `unknown field "[${index}].${name}"`)
  })
}

/** Whose objects a patch makes: the operation's own, or the Scale that it shows of them. */
export type PatchTarget = Pick<Operation, 'definition' | 'name' | 'namespace' | 'parts' | 'warn'> & { readonly apiVersion: string }

/** The patched object, decoded as its kind. */
export function applyTo(operation: Operation, old: KubeObject, given: GivenPatch, kind: PatchKind, options: WriteOptions): KubeObject {
  const { definition, name, namespace, parts, view } = operation
  return patchedObject({ definition, name, namespace, parts, apiVersion: view.apiVersion, warn: (text) => operation.warn(text) }, old, given, kind, options)
}

export function patchedObject(
  target: PatchTarget,
  old: KubeObject,
  { document, strictErrors: inPatch }: GivenPatch,
  kind: PatchKind,
  options: WriteOptions,
): KubeObject {
  const { definition } = target
  const patched = patchedBy(kind, definition, old, document)
  const decode = (value: unknown) => decodeKind<KubeObject>(definition, value, kind === 'strategic')
  // What is wrong is told in the order of the text that upstream's library writes.
  const inOrder = () => decode(parse(Buffer.from(patchedText(definition.schema, old, document, kind)), 'json', readAsWritten).value)
  const readsText = kind !== 'strategic' && !definition.custom
  try {
    const { object, strictErrors: found } = readsText ? orAgain(() => decode(patched), inOrder) : decode(patched)
    const strictErrors = readsText && found.length > 1 ? inOrder().strictErrors : found
    // Strategic merge goes by what the object is, whatever it says of itself.
    if (kind !== 'strategic') keepKind(target, patched)
    const strict = [...inPatch, ...(kind === 'strategic' ? strictErrors.toSorted() : strictErrors)]
    if (options.fieldValidation === 'Strict' && strict.length > 0) throw new StrictDecodingError(strict)
    reportStrict(strict, options.fieldValidation, target.warn, definition)
    keepIdentity(target, object)
    return object
  } catch (error) {
    if (!(error instanceof DecodeError) && !(error instanceof StrictDecodingError)) throw error
    if (kind === 'strategic' && error instanceof UnconvertibleError) throw new StatusError({ code: 500, reason: '', message: error.message, cause: error })
    const shown = kind === 'strategic' ? goText(document) : definition.custom ? goJson(patched) : patchedText(definition.schema, old, document, kind)
    const message = kind === 'strategic' && error instanceof DecodeError ? restoreError(error) : error.message
    throw invalid({ group: '', kind: '' }, '', toCauses([invalidValue(path('patch'), shown, message)]))
  }
}

function orAgain<T>(first: () => T, again: () => T): T {
  try {
    return first()
  } catch (error) {
    if (error instanceof DecodeError) again()
    throw error
  }
}

function patchedBy(kind: PatchKind, { schema }: Pick<Operation['definition'], 'schema'>, old: KubeObject, document: unknown): unknown {
  if (kind === 'json') return applyJsonPatch(old as never, document as never)
  return kind === 'merge' ? applyMergePatch(old as never, document as never) : applyStrategicMergePatch(schema, old as never, document as never)
}

/** A custom resource's kind and version are fields of it like any other, which may not change; what says it is another built-in kind is read as one. */
function keepKind({ definition, name, apiVersion, parts }: PatchTarget, patched: unknown): void {
  const given = patched as Partial<KubeObject>
  if (!definition.custom) {
    if ((given.kind || definition.kind) === definition.kind && (given.apiVersion || apiVersion) === apiVersion) return
    const { group, version } = parseApiVersion(given.apiVersion || apiVersion)
    const other = parts.kinds.byKind(group, version, given.kind || definition.kind)
    if (!other || other.custom) throw new DecodeError(unknownKind(given.apiVersion || apiVersion, given.kind || definition.kind))
    if (other.kind === definition.kind && other.group === definition.group) return
    decodeKind(other, patched)
    throw new DecodeError(`converting (${version}.${other.kind}) to (${definition.group.split('.')[0] || 'core'}.${definition.kind}): unknown conversion`)
  }
  const wrong = [
    ...(given.kind === definition.kind ? [] : [invalidValue(path('kind'), given.kind ?? '', `must be ${definition.kind}`)]),
    ...(given.apiVersion === apiVersion ? [] : [invalidValue(path('apiVersion'), given.apiVersion ?? '', `must be ${apiVersion}`)]),
  ]
  if (wrong.length > 0) throw invalid({ group: definition.group, kind: given.kind ?? '' }, name, toCauses(wrong))
}

export function keepIdentity({ name, namespace, definition }: Pick<PatchTarget, 'name' | 'namespace' | 'definition'>, { metadata }: KubeObject): void {
  if (definition.namespaced) metadata.namespace ||= namespace
  else delete metadata.namespace
  if (definition.namespaced && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  if (!metadata.name) throw nameless(name)
  if (metadata.name !== name) throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
}

const nameless = (name: string): StatusError => badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)

export function readApply(operation: Operation, bytes: Uint8Array, options: WriteOptions): KubeObject {
  const { definition, request } = operation
  if (!request.query.get('fieldManager')) {
    throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', toCauses([required(path('fieldManager'), 'is required for apply patch')]))
  }
  let value: unknown
  let duplicates: readonly string[]
  try {
    ;({ value, duplicates } = parse(Buffer.from(bytes).toString('utf8'), 'yaml'))
  } catch (error) {
    throw badRequest(`error decoding YAML: ${error instanceof Error ? error.message : String(error)}`, error)
  }
  value ??= {}
  if (!isObject(value)) {
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(value)} into Go value of type map[string]interface {}`,
    )
  }
  const object = value as unknown as KubeObject
  if (object.kind !== definition.kind || object.apiVersion !== operation.view.apiVersion) throw badRequest(`invalid object type: ${gvkText(object)}`)
  reportDuplicates(operation, duplicates, options)
  return object
}

/** Of an applied configuration this is all that is left to be strict about: what no schema declares it may not hold at all. */
function reportDuplicates(operation: Operation, duplicates: readonly string[], { fieldValidation }: WriteOptions): void {
  if (fieldValidation === 'Ignore') return
  for (const duplicate of duplicates) {
    if (fieldValidation === 'Strict') throw badRequest(`error strict decoding YAML: error converting YAML to JSON: ${duplicate}`)
    operation.warn(duplicate.replace(/^yaml: unmarshal errors:\s*/, ''))
  }
}

function apply(operation: Operation, applied: KubeObject, old: KubeObject | undefined, options: WriteOptions): KubeObject {
  const { parts, definition, subresource } = operation
  const how = { manager: options.fieldManager, subresource, nowMs: parts.clock.now(), kinds: parts.kinds, force: options.force }
  try {
    const object = parts.fields.apply(definition, applied, old, how)
    if (!object.metadata?.name) throw nameless(operation.name)
    keepIdentity(operation, object)
    const why = definition.unconvertible?.(object)
    if (why !== undefined) {
      const { name, namespace = '' } = applied.metadata ?? {}
      throw new StatusError({ code: 500, reason: '', message: `failed to convert to unversioned (${namespace}/${name}; ${gvkText(applied)}): ${why}` })
    }
    if (!old && object.metadata.uid) {
      const why = `uid mismatch: the provided object specified uid ${object.metadata.uid}, and no existing object was found`
      throw conflict(resourceOf(operation), operation.name, why)
    }
    // What is made has no version yet: the one that was given is only looked at, and shown where nothing is made.
    if (!old && object.metadata.resourceVersion) {
      checkIsVersion(object.metadata.resourceVersion)
      if (!options.dryRun) delete (object.metadata as { resourceVersion?: string }).resourceVersion
    }
    // Merging takes all fields where a schema names none.
    return definition.custom ? definition.custom.decode(object, true).object : object
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    const { metadata } = applied
    const of = gvkText(applied)
    const why = `unable to convert unstructured object to ${of}: ${restoreError(error)}`
    const message = `failed to convert new object (${metadata?.namespace ?? ''}/${metadata?.name ?? ''}; ${of}) to proper version: ${why}`
    throw new StatusError({ code: 500, reason: '', message, cause: error })
  }
}
