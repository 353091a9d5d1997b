/** From one version of a CustomResourceDefinition to a definition that the registry serves. */
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '#api/gen/apiextensions/v1.ts'
import { resetsOfWholeMetadata } from '#api/doors.ts'
import type { CustomKind, ResourceDefinition, UpdateStrategy } from '#api/types.ts'
import { decodeObject } from '#apimachinery/codec/decode.ts'
import { omitEmpty } from '#apimachinery/codec/omit-empty.ts'
import { DecodeError, jsonKind, MAX_STRICT_ERRORS } from '#apimachinery/codec/errors.ts'
import { type FieldError, path, required } from '#apimachinery/field-error.ts'
import { equalJson } from '#apimachinery/json-value.ts'
import { apiVersionOf, type KubeObject, parseApiVersion } from '#apimachinery/object.ts'
import { mergeTypeOfJsonSchema } from '#apimachinery/patch/apply/index.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'
import { compareVersions } from '../discovery/groups.ts'
import { columnsOf } from './columns.ts'
import { finalizerWarnings } from './finalizer-warnings.ts'
import { findAll, parseJsonPath } from './json-path.ts'
import { fingerprintOf, listSchemaOf, metadataSchema, modelName, publishedSchema } from './openapi.ts'
import { compileRules } from './rules/index.ts'
import { scaleMappingOf, validateScale } from './scale.ts'
import { applyDefaults } from './schema/defaulting.ts'
import { prune, pruneNulls } from './schema/prune.ts'
import { isMap, type JsonMap, type Schema } from './schema/types.ts'
import { coerceEmbedded, validateEmbedded } from './schema/validate-embedded.ts'
import { validateLists } from './schema/validate-lists.ts'
import { validateValue } from './schema/validate-value.ts'

type Resource = KubeObject & { status?: unknown }

/** Converts objects to an apiVersion; absent: versions differ in name alone. */
export type Convert = (objects: readonly KubeObject[], apiVersion: string) => Promise<readonly KubeObject[]>

const anything: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
/** In the order in which upstream's discovery has them for custom resources. */
const allVerbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']
const terminatingVerbs = ['delete', 'deletecollection', 'get', 'list', 'watch']

/** One definition a served version; none while the definition's names are not accepted. */
/** What changes while a definition is served. */
export interface ServingState {
  /** Being deleted with its objects: nothing new may come. */
  terminating: boolean
}

export function definitionsOf(crd: CustomResourceDefinition, convert: Convert | undefined, state: ServingState): ResourceDefinition[] {
  return crd.spec.versions.filter(({ served }) => served).map((version) => definitionOf(crd, version, convert, state))
}

export function schemaOf({ schema }: CustomResourceDefinitionVersion, { spec }: CustomResourceDefinition): Schema {
  const given = schema?.openAPIV3Schema ?? anything
  return spec.preserveUnknownFields ? { ...given, 'x-kubernetes-preserve-unknown-fields': true } : given
}

function definitionOf(
  crd: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
  convert: Convert | undefined,
  state: ServingState,
): ResourceDefinition<any> {
  const { group, scope } = crd.spec
  const names = crd.status.acceptedNames
  const schema = schemaOf(version, crd)
  const isStatusSeparate = version.subresources?.status !== undefined && version.subresources.status !== null
  const scale = version.subresources?.scale
  const struct = metadataSchema(modelName(group, version.name, names.kind))
  const rules = compileRules(schema)
  const fields = (version.selectableFields ?? []).map(({ jsonPath }) => ({ name: jsonPath.replace(/^\./, ''), path: parseJsonPath(jsonPath) }))
  const custom: CustomKind = {
    listKind: names.listKind ?? `${names.kind}List`,
    decode: (value, keepsNulls) => decodeResource(struct, schema, value, keepsNulls),
    mergeType: mergeTypeOfJsonSchema(schema),
    openApi: (dialect) => publishedSchema(schema, { group, version: version.name, kind: names.kind }, dialect),
    listSchema: listSchemaOf(struct, modelName(group, version.name, names.listKind ?? `${names.kind}List`)),
    fingerprint: fingerprintOf(schema),
    ...(convert ? { convert } : {}),
  }
  const validate = (object: Resource, old: Resource | undefined): FieldError[] => {
    const errors = [
      ...validateValue(object, schema, old),
      ...(scale ? validateScale(object, scale, false) : []),
      ...validateEmbedded(object, schema),
      ...(old && validateLists(old, schema).length > 0 ? [] : validateLists(object, schema)),
    ]
    const nameless = object.metadata.name ? [] : [required(path('metadata', 'name'))]
    return [...errors, ...rules.validate(object, old, [...nameless, ...errors])]
  }
  const update: UpdateStrategy<Resource> = {
    prepare: (object, old) => {
      if (isStatusSeparate) takeStatus(object, old)
      if (!equalJson(withoutMetadata(object), withoutMetadata(old))) object.metadata.generation = (old.metadata.generation ?? 0) + 1
    },
    validate,
    warnings: (object, old) => finalizerWarnings(object, old),
  }
  const statusSchema = schema.properties?.status
  const status: UpdateStrategy<Resource> = {
    prepare: (object, old) => takeAllButStatus(object, old),
    validate: (object, old) => {
      if (object.status === undefined) return []
      const errors = [
        ...(statusSchema ? validateValue(object.status, statusSchema, old.status, 'status') : []),
        ...(scale ? validateScale(object, scale, true) : []),
        ...(validateLists(old, schema).length > 0 ? [] : validateLists(object, schema)),
      ]
      return [...errors, ...rules.validate(object, old, errors)]
    },
    resets: resetsOfWholeMetadata,
  }
  return {
    group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    ...(names.shortNames?.length ? { shortNames: names.shortNames } : {}),
    ...(names.categories?.length ? { categories: names.categories } : {}),
    namespaced: scope === 'Namespaced',
    schema: struct,
    get verbs() {
      return state.terminating ? terminatingVerbs : allVerbs
    },
    storage: storageOf(crd, version, schema),
    defaults: (object: Resource) => applyDefaults(object, schema),
    create: {
      prepare: (object: Resource) => {
        if (isStatusSeparate) delete object.status
        object.metadata.generation = 1
      },
      validate: (object: Resource) => validate(object, undefined),
      warnings: (object: Resource) => finalizerWarnings(object, undefined),
    },
    update,
    ...(isStatusSeparate ? { status } : {}),
    ...(scale ? { scale: scaleMappingOf(scale) } : {}),
    ...(fields.length > 0
      ? { selectableFields: (object: Resource) => Object.fromEntries(fields.map(({ name, path }) => [name, textOf(findAll(path, object)[0])])) }
      : {}),
    columns: columnsOf(version),
    custom,
    ...(version.deprecated ? { deprecationWarning: version.deprecationWarning ?? deprecationOf(version.name, crd) } : {}),
  }
}

/** Names the newest of the served versions that are later and not deprecated themselves. */
function deprecationOf(version: string, { spec: { group, versions, names } }: CustomResourceDefinition): string {
  const later = versions
    .filter(({ name, served, deprecated }) => served && !deprecated && compareVersions(version, name) < 0)
    .map(({ name }) => name)
    .sort((a, b) => compareVersions(b, a))
  const instead = later.length > 0 ? `; use ${group}/${later[0]} ${names.kind}` : ''
  return `${group}/${version} ${names.kind} is deprecated${instead}`
}

function textOf(value: unknown): string {
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value)
}

function withoutMetadata({ metadata: _, ...rest }: Resource): object {
  return rest
}

function takeStatus(object: Resource, old: Resource): void {
  if (old.status !== undefined) object.status = old.status
  else delete object.status
}

/** The status door leaves everything as it was, but managedFields. */
function takeAllButStatus(object: Resource, old: Resource): void {
  const { status, metadata } = object
  const target = object as unknown as JsonMap
  for (const key of Object.keys(target)) delete target[key]
  const { managedFields: _, ...oldMetadata } = old.metadata
  const managed = metadata.managedFields === undefined ? {} : { managedFields: metadata.managedFields }
  Object.assign(object, old, { metadata: { ...oldMetadata, ...managed } })
  if (status === undefined) delete object.status
  else object.status = status
}

function decodeResource(struct: StructSchema, schema: Schema, value: unknown, keepsNulls = false): { object: KubeObject; strictErrors: readonly string[] } {
  if (!isMap(value)) throw new DecodeError(`json: cannot unmarshal ${jsonKind(value)} into Go value of type map[string]interface {}`)
  const { apiVersion, kind, metadata, ...rest } = value
  const { object, strictErrors } = decodeMetadata(struct, { apiVersion, kind, metadata })
  const dropped: string[] = []
  const content = structuredClone(rest)
  const onDrop = (path: string) => void dropped.push(`unknown field ${JSON.stringify(path)}`)
  prune(content, schema, onDrop)
  if (!keepsNulls) pruneNulls(content, schema)
  const wrong = coerceEmbedded(content, schema, undefined, false, onDrop)
  if (wrong) throw new DecodeError(`${wrong.field}: ${wrong.message}`)
  return { object: { ...omitEmpty(struct, object), ...content }, strictErrors: [...strictErrors, ...dropped.sort()].slice(0, MAX_STRICT_ERRORS) }
}

/** Upstream reads the metadata by itself: the path of a field of a wrong type begins in it. */
function decodeMetadata(struct: StructSchema, value: object): ReturnType<typeof decodeObject<KubeObject>> {
  try {
    return decodeObject<KubeObject>(struct, value)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw new DecodeError(
      error.message.replace(/(Go struct field \w+)\.metadata\./, '$1.').replace(/Go struct field \w+\.metadata of type/, 'Go value of type'),
      error.mismatch ? { mismatch: error.mismatch } : {},
    )
  }
}

function coerce(value: unknown, schema: Schema, onDrop?: (path: string) => void): void {
  prune(value, schema, onDrop)
  pruneNulls(value, schema)
}

/** Stored in the one storage version; what is read is pruned and given defaults by the version it was written in. */
function storageOf(crd: CustomResourceDefinition, own: CustomResourceDefinitionVersion, schema: Schema): NonNullable<ResourceDefinition['storage']> {
  const { group, versions } = crd.spec
  const stored = versions.find(({ storage }) => storage)!
  const schemas = new Map(versions.map((each) => [each.name, schemaOf(each, crd)]))
  const apiVersion = apiVersionOf({ group, version: own.name })
  return {
    group,
    version: stored.name,
    plural: crd.status.acceptedNames.plural,
    toStorage: (object) => {
      if (stored.name !== own.name) coerce(object, schemas.get(stored.name)!)
      return object
    },
    fromStorage: (object: KubeObject) => {
      const version = parseApiVersion(object.apiVersion ?? '').version
      const written = schemas.get(version) ?? schema
      coerce(object, written)
      applyDefaults(object, written)
      if (version !== own.name) coerce(object, schema)
      return { ...object, apiVersion }
    },
  }
}
