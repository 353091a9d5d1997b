/** The shape of a kustomization as data, and strict decoding by it: Go's JSON decoder with unknown fields refused, names in any case. */
import { isObject, type JsonObject, setKey } from '#apimachinery/json-value.ts'
import { KustomizeError } from './errors.ts'

type Shape = 'string' | 'int' | 'bool' | 'any' | Struct | ListOf | MapOf

interface Struct {
  /** Go's name, which errors tell. */
  readonly type: string
  readonly fields: Readonly<Record<string, Shape>>
}

interface ListOf {
  readonly list: Shape
}

interface MapOf {
  readonly map: Shape
}

const struct = (type: string, fields: Readonly<Record<string, Shape>>): Struct => ({ type, fields })
const listOf = (list: Shape): ListOf => ({ list })
const texts = listOf('string')
const textMap: MapOf = { map: 'string' }

const gvk = { group: 'string', version: 'string', kind: 'string' } as const
const selector = struct('Selector', { ...gvk, name: 'string', namespace: 'string', annotationSelector: 'string', labelSelector: 'string' })
const fieldSpec = struct('FieldSpec', { ...gvk, path: 'string', create: 'bool' })
const image = struct('Image', { name: 'string', newName: 'string', newTag: 'string', tagSuffix: 'string', digest: 'string' })
const options = struct('GeneratorOptions', { labels: textMap, annotations: textMap, disableNameSuffixHash: 'bool', immutable: 'bool' })
const fieldOptions = struct('FieldOptions', { delimiter: 'string', index: 'int', encoding: 'string', create: 'bool' })
const patch = struct('Patch', {
  path: 'string',
  patch: 'string',
  target: selector,
  options: struct('PatchArgs', { allowNameChange: 'bool', allowKindChange: 'bool' }),
})
const generated = {
  namespace: 'string',
  name: 'string',
  behavior: 'string',
  literals: texts,
  files: texts,
  envs: texts,
  env: 'string',
  options,
} as const

const kustomization = struct('Kustomization', {
  apiVersion: 'string',
  kind: 'string',
  metadata: struct('ObjectMeta', { name: 'string', namespace: 'string', labels: textMap, annotations: textMap }),
  openapi: textMap,
  namePrefix: 'string',
  nameSuffix: 'string',
  namespace: 'string',
  commonLabels: textMap,
  labels: listOf(
    struct('Label', { pairs: textMap, includeSelectors: 'bool', includeTemplates: 'bool', includeVolumeClaimTemplates: 'bool', fields: listOf(fieldSpec) }),
  ),
  commonAnnotations: textMap,
  patchesStrategicMerge: texts,
  patchesJson6902: listOf(patch),
  patches: listOf(patch),
  images: listOf(image),
  imageTags: listOf(image),
  replacements: listOf(
    struct('ReplacementField', {
      path: 'string',
      sourceValue: 'string',
      source: struct('SourceSelector', { ...gvk, name: 'string', namespace: 'string', fieldPath: 'string', options: fieldOptions }),
      targets: listOf(struct('TargetSelector', { select: selector, reject: listOf(selector), fieldPaths: texts, options: fieldOptions })),
    }),
  ),
  replicas: listOf(struct('Replica', { name: 'string', count: 'int' })),
  vars: listOf(
    struct('Var', {
      name: 'string',
      objref: struct('Target', { ...gvk, apiVersion: 'string', name: 'string', namespace: 'string' }),
      fieldref: struct('FieldSelector', { fieldPath: 'string' }),
    }),
  ),
  sortOptions: struct('SortOptions', {
    order: 'string',
    legacySortOptions: struct('LegacySortOptions', { orderFirst: texts, orderLast: texts }),
  }),
  resources: texts,
  components: texts,
  crds: texts,
  bases: texts,
  configMapGenerator: listOf(struct('ConfigMapArgs', generated)),
  secretGenerator: listOf(struct('SecretArgs', { ...generated, type: 'string' })),
  helmGlobals: struct('HelmGlobals', { chartHome: 'string', configHome: 'string' }),
  helmCharts: listOf(
    struct('HelmChart', {
      name: 'string',
      version: 'string',
      repo: 'string',
      releaseName: 'string',
      namespace: 'string',
      additionalValuesFiles: texts,
      valuesFile: 'string',
      valuesInline: { map: 'any' },
      valuesMerge: 'string',
      includeCRDs: 'bool',
      skipHooks: 'bool',
      apiVersions: texts,
      kubeVersion: 'string',
      nameTemplate: 'string',
      skipTests: 'bool',
      debug: 'bool',
      devel: 'bool',
    }),
  ),
  helmChartInflationGenerator: listOf(
    struct('HelmChartArgs', {
      chartName: 'string',
      chartVersion: 'string',
      chartRepoUrl: 'string',
      chartHome: 'string',
      chartRepoName: 'string',
      helmBin: 'string',
      helmHome: 'string',
      values: 'string',
      valuesLocal: { map: 'any' },
      valuesMerge: 'string',
      releaseName: 'string',
      releaseNamespace: 'string',
      extraArgs: texts,
    }),
  ),
  generatorOptions: options,
  configurations: texts,
  generators: texts,
  transformers: texts,
  validators: texts,
  buildMetadata: texts,
})

/** Throws KustomizeError that names the field. Nulls are left out. */
export function decodeKustomization(value: unknown): JsonObject {
  return decode(value, kustomization, kustomization, []) as JsonObject
}

function decode(value: unknown, shape: Shape, within: Struct, path: readonly string[]): unknown {
  if (value === null || shape === 'any') return value
  if (typeof shape === 'string') {
    const fits = shape === 'int' ? Number.isInteger(value) : typeof value === (shape === 'bool' ? 'boolean' : 'string')
    return fits ? value : refuse(value, shape, within, path)
  }
  if ('list' in shape) {
    if (!Array.isArray(value)) return refuse(value, goType(shape), within, path)
    return value.map((each) => decode(each, shape.list, within, path))
  }
  if (!isObject(value)) return refuse(value, goType(shape), within, path)
  const result: JsonObject = {}
  if ('map' in shape) {
    for (const [key, each] of Object.entries(value)) setKey(result, key, decode(each, shape.map, within, path))
    return result
  }
  for (const [key, each] of Object.entries(value)) {
    const name = Object.hasOwn(shape.fields, key) ? key : Object.keys(shape.fields).find((field) => field.toLowerCase() === key.toLowerCase())
    if (name === undefined) throw new KustomizeError(`invalid Kustomization: json: unknown field ${JSON.stringify(key)}`)
    if (each !== null) result[name] = decode(each, shape.fields[name]!, shape, [...path, name])
  }
  return result
}

function refuse(value: unknown, type: string, within: Struct, path: readonly string[]): never {
  const kind = Array.isArray(value) ? 'array' : isObject(value) ? 'object' : typeof value === 'boolean' ? 'bool' : typeof value
  const told = kind === 'number' && type === 'int' ? `number ${String(value)}` : kind
  const place = path.length === 0 ? 'Go value' : `Go struct field ${within.type}.${path.join('.')}`
  throw new KustomizeError(`invalid Kustomization: json: cannot unmarshal ${told} into ${place} of type ${path.length === 0 ? `types.${type}` : type}`)
}

function goType(shape: Shape): string {
  if (typeof shape === 'string') return shape
  if ('list' in shape) return `[]${typeof shape.list === 'string' || 'list' in shape.list || 'map' in shape.list ? '' : 'types.'}${goType(shape.list)}`
  return 'map' in shape ? `map[string]${goType(shape.map)}` : shape.type
}
