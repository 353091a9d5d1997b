/** …/scale: replicas of anything that has them, as autoscaling/v1 Scale. */
import { type Scale, ScaleSchema } from '#api/gen/autoscaling/v1.ts'
import { decodeObject } from '#apimachinery/codec/decode.ts'
import { PartialObjectMetadataSchema } from '#apimachinery/gen/meta-v1.ts'
import { apiVersionOf, type KubeObject } from '#apimachinery/object.ts'
import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch } from '#apimachinery/patch/index.ts'
import { badRequest, conflict, invalid, methodNotSupported, notFound } from '#apimachinery/status-error.ts'
import { invalidValue, path, toCauses } from '#apimachinery/field-error.ts'
import { ageColumn, integer, nameColumn } from '#api/columns.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { negotiate, type Output } from '../negotiation.ts'
import { bodyFormat, decodeAs } from '../registry/body.ts'
import { type Operation, resourceOf, writeOptions } from '../registry/operation.ts'
import { encoded, metadataOnly } from '../registry/output.ts'
import { includeObjectOf, makeTable } from '../registry/table.ts'
import { patchKind, readPatch } from '../registry/patch.ts'
import { change, optimisticLockMessage } from '../registry/update.ts'
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
      const wanted = request.context.info.verb === 'update' ? await readScale(operation) : await readScalePatch(operation)
      const options = writeOptions(operation, request.context.info.verb === 'update' ? 'UpdateOptions' : 'PatchOptions')
      const { object } = await change(operation, options, (old) => withReplicas(operation, old!, wanted(scaleOf(operation, old!))), {
        createIfMissing: false,
        // The whole object goes through its main door, whose rules bump the generation.
        strategy: operation.definition.update ?? {},
        unconditional: true,
      })
      return shown(operation, output, scaleOf(operation, view.object(object)))
    }
    default:
      throw methodNotSupported(resourceOf(operation), request.context.info.verb)
  }
}

const columns = [
  nameColumn<Scale>(),
  integer<Scale>('Desired', ({ spec }) => spec?.replicas ?? 0, 'How many replicas are wanted.'),
  integer<Scale>('Available', ({ status }) => status?.replicas ?? 0, 'How many replicas there are.'),
  ageColumn<Scale>(),
]

function shown({ definition, request, parts }: Operation, output: Output, scale: Scale): ApiResponse {
  if (output.as === 'PartialObjectMetadata') return encoded(200, output, metadataOnly(scale as KubeObject, output.metaVersion), PartialObjectMetadataSchema)
  if (output.as === 'object') return encoded(200, output, scale, ScaleSchema)
  const options = {
    view: { definition: { ...definition, columns } as ResourceDefinition },
    output,
    includeObject: includeObjectOf(request.query),
    now: parts.clock.now(),
  }
  return encoded(200, output, makeTable([scale], options, scale.metadata))
}

function scaleOf({ definition }: Operation, object: KubeObject): Scale {
  const mapping = definition.scale!
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const selector = mapping.selector(object)
  const replicas = mapping.specReplicas(object)
  return {
    kind: 'Scale',
    apiVersion: apiVersionOf(kind),
    metadata: { name, ...(namespace ? { namespace } : {}), uid, resourceVersion, ...(creationTimestamp ? { creationTimestamp } : {}) },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: mapping.statusReplicas(object), ...(selector ? { selector } : {}) },
  } as Scale
}

async function readScale(operation: Operation): Promise<(current: Scale) => Scale> {
  const options = writeOptions(operation, 'UpdateOptions')
  const bytes = await operation.request.body()
  const scale = decodeAs<Scale>(kind, bytes, bodyFormat(operation.request), options.fieldValidation, (text) => operation.warn(text))
  if (scale.metadata.name && scale.metadata.name !== operation.name) {
    throw badRequest(`the name of the object (${scale.metadata.name}) does not match the name on the URL (${operation.name})`)
  }
  return () => scale
}

async function readScalePatch(operation: Operation): Promise<(current: Scale) => Scale> {
  const how = patchKind(operation)
  const document = readPatch(await operation.request.body(), how) as never
  return (current) => {
    const patched =
      how === 'json'
        ? applyJsonPatch(current, document)
        : how === 'strategic'
          ? applyStrategicMergePatch(ScaleSchema, current as never, document)
          : applyMergePatch(current as never, document)
    return decodeObject<Scale>(ScaleSchema, patched).object
  }
}

function withReplicas({ definition, name }: Operation, object: KubeObject, scale: Scale): KubeObject {
  const replicas = scale.spec?.replicas ?? 0
  if (replicas < 0) {
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
