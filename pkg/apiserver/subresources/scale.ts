/** …/scale: replicas of anything that has them, as autoscaling/v1 Scale. */
import { type Scale, ScaleSchema } from '#api/gen/autoscaling/v1.ts'
import { PartialObjectMetadataSchema } from '#apimachinery/gen/meta-v1.ts'
import { cloneJson, equalJson } from '#apimachinery/json-value.ts'
import { apiVersionOf, gvkText, type KubeObject, parseApiVersion } from '#apimachinery/object.ts'
import { managedFieldsOfParent, managedFieldsOfScale, type ReplicasPath, serverSideApply, updateManagedFields } from '#apimachinery/patch/apply/index.ts'
import { badRequest, conflict, invalid, methodNotSupported, notFound, StatusError } from '#apimachinery/status-error.ts'
import { invalidValue, path, toCauses } from '#apimachinery/field-error.ts'
import { ageColumn, integer, nameColumn } from '#api/columns.ts'
import type { ResourceDefinition, TableColumn } from '#api/types.ts'
import { negotiate, type Output } from '../negotiation.ts'
import { bodyFormat, decodeAs } from '../registry/body.ts'
import { type Operation, resourceOf, type ServedKinds, type WriteOptions, writeOptions } from '../registry/operation.ts'
import { encoded, metadataOnly } from '../registry/output.ts'
import { includeObjectOf, makeTable } from '../registry/table.ts'
import { keepIdentity, patchedObject, patchKind, readApply, readPatch } from '../registry/patch.ts'
import { change, matchesPath, optimisticLockMessage } from '../registry/update.ts'
import { notAllowedHere } from '../response.ts'
import type { ApiResponse } from '../types.ts'

const kind = { group: 'autoscaling', version: 'v1', kind: 'Scale', schema: ScaleSchema }

export async function scale(operation: Operation): Promise<ApiResponse> {
  const { request, view, namespace, name, parts } = operation
  const output = negotiate(request, { transforms: true, protobuf: true })
  switch (request.context.info.verb) {
    case 'get': {
      await parts.hub.fresh()
      const stored = view.cache.get(view.key(namespace, name))
      if (!stored) throw notFound(resourceOf(operation), name)
      await view.prepare(() => [stored])
      return shown(operation, output, scaleOf(operation, view.object(stored)))
    }
    case 'update':
    case 'patch': {
      const options = writeOptions(operation, request.context.info.verb === 'update' ? 'UpdateOptions' : 'PatchOptions')
      const write = request.context.info.verb === 'update' ? await readScale(operation, options) : await readScalePatch(operation, options)
      const { object } = await change(operation, options, (old) => written(operation, cloneJson(old!), write), {
        createIfMissing: false,
        tracked: true,
        // The whole object goes through its main door, whose rules bump the generation.
        strategy: operation.definition.update ?? {},
        unconditional: true,
        seenAs: {
          kind,
          of: (object) => scaleOf(operation, object, 0) as KubeObject,
          into: (object, seen) => void withReplicas(operation, object, seen as Scale),
        },
      })
      return shown(operation, output, scaleOf(operation, view.object(object)))
    }
    default:
      throw operation.definition.custom ? methodNotSupported(resourceOf(operation), request.context.info.verb) : notAllowedHere()
  }
}

/** Two parts of upstream print them, of built-in kinds and of custom resources, and not quite alike. */
const columnsOf = (custom: boolean): TableColumn<Scale>[] => [
  { ...nameColumn<Scale>(), format: custom ? 'name' : '' },
  integer<Scale>('Desired', ({ spec }) => spec?.replicas ?? 0, 'How many replicas are wanted.'),
  integer<Scale>('Available', ({ status }) => status?.replicas ?? 0, 'How many replicas there are.'),
  { ...ageColumn<Scale>(), type: custom ? 'date' : 'string' },
]

function shown({ definition, request, parts }: Operation, output: Output, scale: Scale): ApiResponse {
  if (output.as === 'PartialObjectMetadata') return encoded(200, output, metadataOnly(scale as KubeObject, output.metaVersion), PartialObjectMetadataSchema)
  if (output.as === 'object') return encoded(200, output, scale, ScaleSchema)
  const options = {
    view: { definition: { ...definition, columns: columnsOf(definition.custom !== undefined) } as ResourceDefinition },
    output,
    includeObject: includeObjectOf(request.query),
    now: parts.clock.now(),
  }
  return encoded(200, output, makeTable([scale], options, scale.metadata))
}

/** What a Scale to be written to says of replicas that are not there: the smallest of int32, which no one may leave there. */
const missing = -(2 ** 31)

function scaleOf({ definition }: Operation, object: KubeObject, whenMissing?: number): Scale {
  const mapping = definition.scale!
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const selector = mapping.selector(object)
  const replicas = whenMissing !== undefined && mapping.hasReplicas?.(object) === false ? whenMissing : mapping.specReplicas(object)
  return {
    kind: 'Scale',
    apiVersion: apiVersionOf(kind),
    metadata: { name, ...(namespace ? { namespace } : {}), uid, resourceVersion, ...(creationTimestamp ? { creationTimestamp } : {}) },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: mapping.statusReplicas(object), ...(selector ? { selector } : {}) },
  } as Scale
}

/** The Scale after the write, with its managedFields. */
type ScaleWrite = (live: Scale) => Scale

function written(operation: Operation, old: KubeObject, write: ScaleWrite): KubeObject {
  const { definition, parts } = operation
  const { managedFields } = old.metadata
  const paths = { pathOf: replicasPaths(definition, parts.kinds), apiVersion: apiVersionOf(definition) }
  const live = scaleOf(operation, old, missing)
  const owners = managedFieldsOfScale(managedFields, paths.pathOf)
  const scale = write(owners.length > 0 ? { ...live, metadata: { ...live.metadata, managedFields: owners } } : live)
  const object = withReplicas(operation, old, scale)
  if (managedFields) object.metadata.managedFields = managedFieldsOfParent(managedFields, scale.metadata.managedFields, paths)
  return object
}

function replicasPaths({ kind }: ResourceDefinition, kinds: ServedKinds): ReplicasPath {
  return (apiVersion) => {
    const { group, version } = parseApiVersion(apiVersion)
    const definition = kinds.byKind(group, version, kind)
    return definition && (definition.scale?.replicasPath ?? ['spec', 'replicas'])
  }
}

/** What the owners of the Scale's fields are worked out from, whatever the verb. */
function ownership({ parts }: Operation, { fieldManager }: WriteOptions) {
  return { schema: ScaleSchema, manager: fieldManager, subresource: 'scale', apiVersion: apiVersionOf(kind), now: parts.clock.now() }
}

function tracked(operation: Operation, options: WriteOptions, live: Scale, object: Scale): Scale {
  return updateManagedFields<KubeObject>({ ...ownership(operation, options), live: live as KubeObject, object: object as KubeObject }) as Scale
}

async function readScale(operation: Operation, options: WriteOptions): Promise<ScaleWrite> {
  const bytes = await operation.request.body()
  const scale = ofCustom(operation, () => decodeAs<Scale>(kind, bytes, bodyFormat(operation.request), options.fieldValidation, (text) => operation.warn(text)))
  matchesPath(operation, scale as KubeObject)
  return (live) => tracked(operation, options, live, scale)
}

/** Of a custom resource upstream's decoder knows no other kind. */
function ofCustom<T>({ definition }: Operation, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!definition.custom || !(error instanceof StatusError) || !error.message.includes(' cannot be handled as a Scale: ')) throw error
    throw badRequest('no kind is registered for the type v1.Scale in scheme "pkg/runtime/scheme.go:111"', error)
  }
}

function unowned({ metadata: { managedFields: _, ...metadata }, ...rest }: KubeObject): object {
  return { ...rest, metadata }
}

const ofNoScale = `request to convert CR to an invalid group/version: ${apiVersionOf(kind)}`

function unmanageable(): StatusError {
  const why = `failed to convert live object (/; ${apiVersionOf(kind)}, Kind=Scale) to proper version: ${ofNoScale}`
  return new StatusError({ code: 500, reason: '', message: `failed to create manager for existing fields: ${why}` })
}

/** Upstream's converter of custom resources does not know what a Scale is: an apply that changes anything fails. */
function unconvertible(applied: KubeObject): StatusError {
  const { name, namespace = '' } = applied.metadata ?? {}
  const of = `${namespace}/${name}; ${gvkText(applied)}`
  return new StatusError({ code: 500, reason: '', message: `failed to convert new object (${of}) to proper version: ${ofNoScale}` })
}

async function readScalePatch(operation: Operation, options: WriteOptions): Promise<ScaleWrite> {
  const how = patchKind(operation)
  const bytes = await operation.request.body()
  if (how === 'apply') {
    const { definition, view } = operation
    const ofScale = {
      ...operation,
      definition: { ...kind, plural: definition.plural, namespaced: definition.namespaced },
      view: { ...view, apiVersion: apiVersionOf(kind) },
    }
    const applied = readApply(ofScale as unknown as Operation, bytes, options)
    return (live) => {
      if (definition.custom && !live.metadata.managedFields) throw unmanageable()
      const scale = serverSideApply<KubeObject>({ ...ownership(operation, options), live: live as KubeObject, applied, force: options.force })
      if (definition.custom && !equalJson(unowned(scale), unowned(live as KubeObject))) throw unconvertible(applied)
      keepIdentity({ name: operation.name, namespace: operation.namespace, definition }, scale)
      return scale as Scale
    }
  }
  const { definition, name, namespace, parts } = operation
  const target = {
    definition: { ...kind, plural: definition.plural, singular: definition.singular, namespaced: definition.namespaced },
    ...{ name, namespace, parts, apiVersion: apiVersionOf(kind), warn: operation.warn },
  }
  return (live) => tracked(operation, options, live, patchedObject(target, live as KubeObject, readPatch(bytes, how, options), how, options) as Scale)
}

function withReplicas({ definition, name }: Operation, object: KubeObject, scale: Scale): KubeObject {
  const replicas = scale.spec?.replicas ?? 0
  if (replicas === missing && definition.scale!.hasReplicas) {
    throw badRequest(`the spec replicas field ${JSON.stringify(`.${definition.scale!.replicasPath!.join('.')}`)} cannot be empty`)
  }
  // Of a custom resource the whole object is judged.
  if (replicas < 0 && !definition.custom) {
    const cause = invalidValue(path('spec', 'replicas'), replicas, 'must be greater than or equal to 0')
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, name, toCauses([cause]))
  }
  const { resourceVersion } = scale.metadata
  if (resourceVersion && resourceVersion !== object.metadata.resourceVersion) {
    throw conflict({ group: definition.group, resource: definition.plural }, name, optimisticLockMessage)
  }
  definition.scale!.setReplicas(object, replicas)
  return object
}
