/** A kustomization file, read strictly: unknown fields are refused, deprecated ones are told of and moved to their place. */
import { parseYaml } from '#apimachinery/codec/yaml-text.ts'
import { decodeKustomization } from './decode.ts'
import { KustomizeError } from './errors.ts'
import type { Loader } from './loader.ts'
import type { Kustomization } from './types.ts'

const fileNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

const deprecated: readonly (readonly [string, string])[] = [
  ['bases', 'resources'],
  ['commonLabels', 'labels'],
  ['imageTags', 'images'],
  ['patchesJson6902', 'patches'],
  ['patchesStrategicMerge', 'patches'],
  ['vars', 'replacements'],
]

export interface ReadKustomization {
  readonly kustomization: Kustomization
  readonly fileName: string
}

/** Reads the kustomization of the loader's folder. `warn` takes whole lines. Throws KustomizeError. */
export async function readKustomization(loader: Loader, warn: (line: string) => void): Promise<ReadKustomization> {
  const found: { name: string; text: string }[] = []
  for (const name of fileNames) {
    if (loader.exists(name)) found.push({ name, text: await loader.text(name) })
  }
  if (found.length === 0) {
    throw new KustomizeError(`unable to find one of '${fileNames[0]}', '${fileNames[1]}' or '${fileNames[2]}' in directory '${loader.root}'`)
  }
  if (found.length > 1) throw new KustomizeError(`Found multiple kustomization files under: ${loader.root}\n`)
  const { name, text } = found[0]!
  return { kustomization: parseKustomization(text, loader.root, warn), fileName: name }
}

export function parseKustomization(text: string, root: string, warn: (line: string) => void): Kustomization {
  const raw = parse(text)
  for (const [old, now] of deprecated) {
    if (raw[old] === undefined || raw[old] === null) continue
    const experimental = old === 'vars' ? '[EXPERIMENTAL] ' : ''
    warn(`# Warning: '${old}' is deprecated. Please use '${now}' instead. ${experimental}Run 'kustomize edit fix' to update your Kustomization automatically.`)
  }
  const moved = moveDeprecated(raw)
  if (Object.keys(moved).every((field) => field === 'apiVersion' || field === 'kind')) throw new KustomizeError('kustomization.yaml is empty')
  const isComponent = moved.kind === 'Component'
  const version = isComponent ? 'kustomize.config.k8s.io/v1alpha1' : 'kustomize.config.k8s.io/v1beta1'
  const wrong = [
    ...(moved.kind !== undefined && moved.kind !== 'Kustomization' && !isComponent ? ['kind should be Kustomization or Component'] : []),
    ...(moved.apiVersion !== undefined && moved.apiVersion !== version ? [`apiVersion for ${moved.kind ?? 'Kustomization'} should be ${version}`] : []),
  ]
  if (wrong.length > 0) throw new KustomizeError(`Failed to read kustomization file under ${root}:\n${wrong.join('\n')}`)
  return { ...moved, kind: (moved.kind as string | undefined) ?? 'Kustomization', apiVersion: version } as Kustomization
}

function parse(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = parseYaml(text).value
  } catch (error) {
    throw new KustomizeError(`invalid Kustomization: ${(error as Error).message}`)
  }
  if (value === null || value === undefined) return {}
  return decodeKustomization(value)
}

function moveDeprecated({ bases, imageTags, helmChartInflationGenerator, ...rest }: Record<string, unknown>): Record<string, unknown> {
  let globals: Record<string, unknown> | undefined
  const joined = (now: string, old: unknown): void => {
    if (Array.isArray(old) && old.length > 0) rest[now] = [...((rest[now] as unknown[] | undefined) ?? []), ...old]
  }
  joined('resources', bases)
  joined('images', imageTags)
  joined('helmCharts', Array.isArray(helmChartInflationGenerator) ? helmChartInflationGenerator.map(chartOf) : [])
  for (const { chartHome, helmHome } of Array.isArray(helmChartInflationGenerator) && rest.helmGlobals === undefined ? helmChartInflationGenerator : []) {
    // Of several the last counts.
    if (chartHome || helmHome) globals = { ...globals, ...(chartHome ? { chartHome } : {}), ...(helmHome ? { configHome: helmHome } : {}) }
  }
  return globals ? { ...rest, helmGlobals: globals } : rest
}

/** A chart in the words of the older field. */
function chartOf({ chartName, chartVersion, chartRepoUrl, values, valuesLocal, valuesMerge, releaseName }: Record<string, unknown>): Record<string, unknown> {
  const named = { name: chartName, version: chartVersion, repo: chartRepoUrl, valuesFile: values, valuesInline: valuesLocal, valuesMerge, releaseName }
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
}
