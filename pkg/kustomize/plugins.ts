/** `generators:`, `transformers:`, `validators:`: configurations of the built-in plugins (apiVersion builtin). Others are programs, which kubectl does not run. */
import { mergeFieldSpecs } from './config/index.ts'
import { KustomizeError } from './errors.ts'
import { configureChart, type HelmSettings } from './generators/helm-charts.ts'
import { makeConfigMap, makeSecret } from './generators/index.ts'
import type { Loader } from './loader.ts'
import { formatId } from './res-id.ts'
import type { Resource } from './resource.ts'
import type { ResourceSet } from './resource-set.ts'
import { addPrefix, addSuffix } from './transformers/affixes.ts'
import { setImage } from './transformers/images.ts'
import { addPairs } from './transformers/labels.ts'
import { setNamespace } from './transformers/namespace.ts'
import { applyJson6902Entry, applyPatch, applyStrategicMergeEntry } from './transformers/patches.ts'
import { readReplacements, replace } from './transformers/replacements.ts'
import { setReplicas } from './transformers/replicas.ts'
import { sortResources } from './transformers/sort-order.ts'

type Transform = (set: ResourceSet, config: any, loader: Loader) => void | Promise<void>

const transformers: Readonly<Record<string, Transform>> = {
  NamespaceTransformer: (set, config) => setNamespace(set, { ...config, namespace: config.metadata?.namespace ?? '', fieldSpecs: config.fieldSpecs ?? [] }),
  PrefixTransformer: (set, { prefix = '', fieldSpecs = [] }) => addPrefix(set, prefix, fieldSpecs),
  SuffixTransformer: (set, { suffix = '', fieldSpecs = [] }) => addSuffix(set, suffix, fieldSpecs),
  PrefixSuffixTransformer(set, { prefix = '', suffix = '', fieldSpecs = [] }) {
    addPrefix(set, prefix, fieldSpecs)
    addSuffix(set, suffix, fieldSpecs)
  },
  LabelTransformer: (set, { labels = {}, fieldSpecs = [] }) => addPairs(set, labels, mergeFieldSpecs([], fieldSpecs)),
  AnnotationsTransformer: (set, { annotations = {}, fieldSpecs = [] }) => addPairs(set, annotations, mergeFieldSpecs([], fieldSpecs)),
  PatchTransformer: (set, config, loader) => applyPatch(set, config, loader),
  async PatchStrategicMergeTransformer(set, { paths = [], patches = '' }, loader) {
    for (const entry of patches === '' ? paths : [...paths, patches]) await applyStrategicMergeEntry(set, entry, loader)
  },
  PatchJson6902Transformer: (set, { jsonOp, ...config }, loader) => applyJson6902Entry(set, { ...config, patch: jsonOp }, loader),
  ReplicaCountTransformer: (set, { replica, fieldSpecs = [] }) => setReplicas(set, replica, fieldSpecs),
  ImageTagTransformer: (set, { imageTag, fieldSpecs = [] }) => setImage(set, imageTag, fieldSpecs),
  async ReplacementTransformer(set, { replacements = [] }, loader) {
    for (const each of await readReplacements(replacements, loader)) replace(set, each)
  },
  SortOrderTransformer: (set, { sortOptions = {} }) => sortResources(set, sortOptions),
}

export async function transformWith(plugin: Resource, set: ResourceSet, loader: Loader): Promise<void> {
  const transform = builtin(plugin, transformers)
  await transform(set, plugin.object, loader)
}

type Generate = (config: any, loader: Loader, helm: HelmSettings) => Promise<Resource[]>

const named = ({ metadata, ...args }: any): any => ({ name: metadata?.name, namespace: metadata?.namespace, ...args })

const generators: Readonly<Record<string, Generate>> = {
  ConfigMapGenerator: async (config, loader) => [await makeConfigMap(named(config), undefined, loader)],
  SecretGenerator: async (config, loader) => [await makeSecret(named(config), undefined, loader)],
  HelmChartInflationGenerator: async ({ apiVersion: _, kind: __, metadata: ___, ...config }, loader, helm) =>
    (await configureChart(config, helm, loader)).generate(),
}

export function generateWith(plugin: Resource, loader: Loader, helm: HelmSettings): Promise<Resource[]> {
  return builtin(plugin, generators)(plugin.object, loader, helm)
}

function builtin<T>(plugin: Resource, known: Readonly<Record<string, T>>): T {
  const { apiVersion, kind } = plugin.object
  const found = apiVersion === 'builtin' && Object.hasOwn(known, kind) ? known[kind] : undefined
  if (found === undefined)
    throw new KustomizeError(`unable to load external plugin ${formatId(plugin.id)}: plugins that are programs or containers are not run`)
  return found
}
