/** What the transformers work on: the defaults, and what `configurations:` and `crds:` add to them. */
import { parseYaml } from '#apimachinery/codec/yaml-text.ts'
import { isObject } from '#apimachinery/json-value.ts'
import { KustomizeError, wrapped } from '../errors.ts'
import type { Loader } from '../loader.ts'
import { selectedByGvk } from '../res-id.ts'
import type { FieldSpec, NameBackReference } from '../types.ts'
import { crdFields } from './crd-fields.ts'
import { commonAnnotations, commonLabels, templateLabels, volumeClaimTemplateLabels } from './label-fields.ts'
import { nameReferences } from './name-references.ts'
import { variableFields } from './variable-fields.ts'

export interface TransformerConfig {
  readonly namePrefix: readonly FieldSpec[]
  readonly nameSuffix: readonly FieldSpec[]
  readonly namespace: readonly FieldSpec[]
  readonly commonLabels: readonly FieldSpec[]
  readonly labels: readonly FieldSpec[]
  readonly templateLabels: readonly FieldSpec[]
  readonly volumeClaimTemplateLabels: readonly FieldSpec[]
  readonly commonAnnotations: readonly FieldSpec[]
  readonly varReference: readonly FieldSpec[]
  readonly images: readonly FieldSpec[]
  readonly replicas: readonly FieldSpec[]
  readonly nameReference: readonly NameBackReference[]
}

export const emptyConfig: TransformerConfig = {
  namePrefix: [],
  nameSuffix: [],
  namespace: [],
  commonLabels: [],
  labels: [],
  templateLabels: [],
  volumeClaimTemplateLabels: [],
  commonAnnotations: [],
  varReference: [],
  images: [],
  replicas: [],
  nameReference: [],
}

export const defaultConfig: TransformerConfig = {
  ...emptyConfig,
  namePrefix: [{ path: 'metadata/name' }],
  nameSuffix: [{ path: 'metadata/name' }],
  namespace: [
    { path: 'metadata/name', kind: 'Namespace', create: true },
    { path: 'spec/service/namespace', group: 'apiregistration.k8s.io', kind: 'APIService', create: true },
    { path: 'spec/conversion/webhook/clientConfig/service/namespace', group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' },
  ],
  commonLabels,
  templateLabels,
  volumeClaimTemplateLabels,
  commonAnnotations,
  varReference: variableFields,
  images: ['spec', 'spec/template/spec'].flatMap((pod) =>
    ['containers[]/image', 'initContainers[]/image', 'volumes[]/image/reference'].map((path) => ({ path: `${pod}/${path}`, create: true })),
  ),
  replicas: ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController'].map((kind) => ({ path: 'spec/replicas', create: true, kind })),
  nameReference: nameReferences,
}

export function mergeFieldSpecs(ours: readonly FieldSpec[], theirs: readonly FieldSpec[]): readonly FieldSpec[] {
  const merged = [...ours]
  for (const spec of theirs) {
    const same = merged.find((each) => selectedByGvk(each, spec) && each.path === spec.path)
    if (same === undefined) merged.push(spec)
    else if ((same.create ?? false) !== (spec.create ?? false)) throw new KustomizeError('conflicting fieldspecs')
  }
  return merged
}

export function mergeConfig(ours: TransformerConfig, theirs: TransformerConfig): TransformerConfig {
  if (ours === theirs || theirs === emptyConfig) return ours
  if (ours === emptyConfig) return theirs
  const merged = Object.fromEntries(
    Object.keys(emptyConfig).map((part) => {
      if (part === 'nameReference') return [part, mergeReferences(ours.nameReference, theirs.nameReference)]
      try {
        return [part, mergeFieldSpecs((ours as any)[part], (theirs as any)[part])]
      } catch (error) {
        throw wrapped(error, `failed to merge ${part[0]!.toUpperCase()}${part.slice(1)} fieldSpec`)
      }
    }),
  )
  return merged as unknown as TransformerConfig
}

function mergeReferences(ours: readonly NameBackReference[], theirs: readonly NameBackReference[]): readonly NameBackReference[] {
  const merged = [...ours]
  for (const each of theirs) {
    const at = merged.findIndex((old) => old.kind === each.kind && (old.group ?? '') === (each.group ?? '') && (old.version ?? '') === (each.version ?? ''))
    if (at < 0) merged.push(each)
    else merged[at] = { ...merged[at]!, fieldSpecs: mergeFieldSpecs(merged[at]!.fieldSpecs, each.fieldSpecs) }
  }
  return merged
}

/** The defaults with the files of `configurations:` and `crds:`. Throws KustomizeError. */
export async function loadConfig(loader: Loader, configurations: readonly string[], crds: readonly string[]): Promise<TransformerConfig> {
  let config = defaultConfig
  for (const path of configurations) config = mergeConfig(config, readConfig(await loader.text(path), path))
  for (const path of crds) config = mergeConfig(config, { ...emptyConfig, ...crdFields(await loader.text(path), path) })
  return config
}

function readConfig(text: string, path: string): TransformerConfig {
  const value = parseYaml(text).value
  if (!isObject(value)) throw new KustomizeError(`unable to parse configuration '${path}'`)
  const unknown = Object.keys(value).find((part) => !Object.hasOwn(emptyConfig, part))
  if (unknown !== undefined) throw new KustomizeError(`error unmarshaling JSON: while decoding JSON: json: unknown field ${JSON.stringify(unknown)}`)
  return { ...emptyConfig, ...value } as TransformerConfig
}
