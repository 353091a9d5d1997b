/** Builds a kustomization: reads the folder and those that it names, makes and changes objects in upstream's order (kustomize `krusty`, `target`). */
import { isObject, setKey } from '#apimachinery/json-value.ts'
import { defaultConfig, emptyConfig, loadConfig, mergeConfig, type TransformerConfig } from './config/index.ts'
import { during, KustomizeError, wrapped } from './errors.ts'
import { type ConfiguredChart, configureChart, type HelmSettings } from './generators/helm-charts.ts'
import { makeConfigMap, makeSecret } from './generators/index.ts'
import { type Loader, loaderAt } from './loader.ts'
import { origins } from './origins.ts'
import { generateWith, transformWith } from './plugins.ts'
import { readKustomization } from './read-kustomization.ts'
import { resourcesOf } from './read-resources.ts'
import { goJson } from '#apimachinery/codec/go-json.ts'
import { annotationsOf, type Resource } from './resource.ts'
import { ResourceSet } from './resource-set.ts'
import { addPrefix, addSuffix } from './transformers/affixes.ts'
import { addHashes } from './transformers/hash.ts'
import { setImage } from './transformers/images.ts'
import { addLabels, addPairs } from './transformers/labels.ts'
import { fixNameReferences } from './transformers/name-references.ts'
import { setNamespace } from './transformers/namespace.ts'
import { applyJson6902Entry, applyPatch, applyStrategicMergeEntry } from './transformers/patches.ts'
import { readReplacements, replace } from './transformers/replacements.ts'
import { setReplicas } from './transformers/replicas.ts'
import { sortResources } from './transformers/sort-order.ts'
import { bindVariables, resolveVariables } from './transformers/variables.ts'
import type { Kustomization, Variable } from './types.ts'

/** The version whose behaviour this is, as kubectl 1.36 embeds it. */
export const KUSTOMIZE_VERSION = 'v5.8.1'

/** Folders may stand so deep in one another. */
const maxDepth = 50

export interface BuildOptions {
  /** "legacy" sorts kinds that others need to the front, as `kubectl kustomize` does; "none" keeps the order of reading, as `-k` does. */
  readonly order?: 'legacy' | 'none'
  /** False lets files come from outside of the folder. */
  readonly rootOnly?: boolean
  readonly addManagedByLabel?: boolean
  /** How charts are rendered; without it they are refused. */
  readonly helm?: HelmSettings
  /** Takes whole lines of warnings. */
  readonly warn?: (line: string) => void
}

/** The objects of the kustomization in `path`, a folder or the address of a git repository, ready to be applied. Throws KustomizeError. */
export async function buildKustomization(path: string, options: BuildOptions = {}): Promise<any[]> {
  const loader = await loaderAt(path, { rootOnly: options.rootOnly ?? true })
  try {
    return await buildFrom(loader, options)
  } finally {
    loader.close()
  }
}

async function buildFrom(loader: Loader, options: BuildOptions): Promise<any[]> {
  const warn = options.warn ?? (() => {})
  const target = await Target.read(loader, { warn, helm: options.helm ?? { enabled: false, command: '' } }, 0)
  const { kustomization } = target
  const built = await target.accumulate(new Accumulated())
  const { set } = built
  addHashes(set)
  fixNameReferences(set, built.config.nameReference)
  resolveVariables(set, built.variables, built.config.varReference, warn)
  set.list = set.list.filter((each) => !isLocal(each))
  if (kustomization.sortOptions !== undefined) sortResources(set, kustomization.sortOptions)
  else if ((options.order ?? 'none') === 'legacy') sortResources(set, { order: 'legacy' })
  const metadata = kustomization.buildMetadata ?? []
  if (options.addManagedByLabel || metadata.includes('managedByLabel')) {
    addPairs(set, { 'app.kubernetes.io/managed-by': 'kustomize-v5.8.1' }, [{ path: 'metadata/labels', create: true }])
  }
  if (metadata.includes('originAnnotations')) origins.write(set, target.root)
  return set.list.map((each) => withTextAnnotations(each.object))
}

/** Whatever a variable or replacement put into them, annotations are texts. */
function withTextAnnotations(object: any): any {
  const { annotations } = object.metadata
  if (isObject(annotations)) for (const [key, value] of Object.entries(annotations)) setKey(annotations, key, String(value))
  return object
}

function isLocal(resource: Resource): boolean {
  const local = annotationsOf(resource.object)['config.kubernetes.io/local-config']
  return local !== undefined && local !== 'false'
}

/** What has been gathered so far: objects, the fields that count, variables. */
class Accumulated {
  readonly set = new ResourceSet()
  config: TransformerConfig = emptyConfig
  readonly variables: Variable[] = []

  merge(other: Accumulated): void {
    this.set.appendAll(other.set.list)
    this.config = mergeConfig(this.config, other.config)
    this.addVariables(other.variables)
  }

  addVariables(variables: readonly Variable[]): void {
    for (const each of variables) {
      if (this.variables.some(({ name }) => name === each.name)) throw new KustomizeError(`var '${each.name}' already encountered`)
      this.variables.push(each)
    }
  }
}

/** What every kustomization of a build goes by. */
interface Settings {
  readonly warn: (line: string) => void
  readonly helm: HelmSettings
  /** Of the nearest kustomization above that sets one: where charts go that name none. */
  readonly chartNamespace?: string
}

class Target {
  readonly kustomization: Kustomization
  readonly #loader: Loader
  readonly #fileName: string
  readonly #settings: Settings
  readonly #depth: number

  private constructor(loader: Loader, kustomization: Kustomization, fileName: string, settings: Settings, depth: number) {
    this.#loader = loader
    this.kustomization = kustomization
    this.#fileName = fileName
    this.#settings = settings
    this.#depth = depth
  }

  get root(): string {
    return this.#loader.root
  }

  static async read(loader: Loader, settings: Settings, depth: number): Promise<Target> {
    if (depth > maxDepth) throw new KustomizeError(`kustomizations stand more than ${maxDepth} deep in one another at '${loader.root}'`)
    const { kustomization, fileName } = await readKustomization(loader, settings.warn)
    if (kustomization.openapi?.path !== undefined) throw new KustomizeError(`openapi.path is not supported by this kubectl: '${kustomization.openapi.path}'`)
    return new Target(loader, kustomization, fileName, settings, depth)
  }

  /** A component goes on with what its parent has gathered; any other folder begins anew. */
  async accumulate(into: Accumulated): Promise<Accumulated> {
    const { resources = [], components = [], configurations = [], crds = [], vars = [] } = this.kustomization
    await during('accumulating resources', async () => {
      for (const path of resources) await this.#addResource(into, path)
    })
    const config = configurations.length + crds.length === 0 ? defaultConfig : await loadConfig(this.#loader, configurations, crds)
    into.config = mergeConfig(into.config, config)
    await this.#generate(into.set)
    let all = into
    await during('accumulating components', async () => {
      for (const path of components) all = await this.#addComponent(all, path)
    })
    await this.#transform(all)
    await this.#validate(all.set)
    bindVariables(all.set, vars)
    all.addVariables(vars)
    return all
  }

  async #addResource(into: Accumulated, path: string): Promise<void> {
    let notFile: KustomizeError
    try {
      const found = await during(`accumulating resources from '${path}'`, async () => resourcesOf(await this.#loader.text(path)))
      origins.mark(found, this.#loader, path)
      await during(`merging resources from '${path}'`, async () => into.set.appendAll(found))
      return
    } catch (error) {
      notFile = error as KustomizeError
    }
    let loader: Loader
    try {
      loader = await this.#loader.enter(path)
    } catch (error) {
      if (notFile.message.includes('MalformedYAMLError')) throw notFile
      throw wrapped(error, `accumulation err='${notFile.message}'`)
    }
    await during(`accumulation err='${notFile.message}'`, async () => {
      const target = await this.#enter(loader, false)
      const inner = await during(`recursed accumulation of path '${loader.root}'`, () => target.accumulate(new Accumulated()))
      await during(`recursed merging from path '${loader.root}'`, async () => into.merge(inner))
    })
  }

  async #addComponent(into: Accumulated, path: string): Promise<Accumulated> {
    const loader = await this.#loader.enter(path)
    const target = await this.#enter(loader, true)
    return during(`recursed accumulation of path '${loader.root}'`, () => target.accumulate(into))
  }

  async #enter(loader: Loader, isComponent: boolean): Promise<Target> {
    const target = await during(`couldn't make target for path '${loader.root}'`, () => Target.read(loader, this.#settingsBelow(), this.#depth + 1))
    const { kind } = target.kustomization
    if (isComponent && kind !== 'Component') throw new KustomizeError(`expected kind 'Component' for path '${loader.root}' but got '${kind}'`)
    if (!isComponent && kind === 'Component') throw new KustomizeError(`expected kind != 'Component' for path '${loader.root}'`)
    return target
  }

  #settingsBelow(): Settings {
    const { namespace } = this.kustomization
    return namespace ? { ...this.#settings, chartNamespace: namespace } : this.#settings
  }

  async #generate(set: ResourceSet): Promise<void> {
    const charts = await this.#charts()
    const { configMapGenerator = [], secretGenerator = [], generators = [], generatorOptions } = this.kustomization
    const made: Resource[] = []
    for (const args of secretGenerator) made.push(await makeSecret(args, generatorOptions, this.#loader))
    for (const args of configMapGenerator) made.push(await makeConfigMap(args, generatorOptions, this.#loader))
    for (const chart of charts) made.push(...(await chart.generate()))
    for (const plugin of await this.#plugins(generators)) made.push(...(await generateWith(plugin, this.#loader, this.#settings.helm)))
    for (const each of made) {
      origins.markGenerated(each, this.#loader, this.#fileName)
      await during('merging from generator', async () => set.absorb(each))
    }
  }

  async #charts(): Promise<ConfiguredChart[]> {
    const { helmCharts = [], helmGlobals = {} } = this.kustomization
    const { chartNamespace: namespace } = this.#settingsBelow()
    const configured: ConfiguredChart[] = []
    for (const chart of helmCharts) {
      const config = chart.namespace || !namespace ? chart : { ...chart, namespace }
      configured.push(await configureChart({ ...helmGlobals, ...config }, this.#settings.helm, this.#loader))
    }
    return configured
  }

  async #transform({ set, config }: Accumulated): Promise<void> {
    const { kustomization: from } = this
    for (const entry of from.patchesStrategicMerge ?? []) await applyStrategicMergeEntry(set, entry, this.#loader)
    for (const entry of from.patches ?? []) await applyPatch(set, entry, this.#loader)
    if (from.namespace) setNamespace(set, { namespace: from.namespace, fieldSpecs: config.namespace })
    addPrefix(set, from.namePrefix ?? '', config.namePrefix)
    addSuffix(set, from.nameSuffix ?? '', config.nameSuffix)
    addLabels(set, from, config)
    addPairs(set, from.commonAnnotations ?? {}, config.commonAnnotations)
    for (const entry of from.patchesJson6902 ?? []) await applyJson6902Entry(set, entry, this.#loader)
    for (const entry of from.replicas ?? []) setReplicas(set, entry, config.replicas)
    for (const entry of from.images ?? []) setImage(set, entry, config.images)
    for (const entry of await readReplacements(from.replacements ?? [], this.#loader)) replace(set, entry)
    for (const plugin of await this.#plugins(from.transformers ?? [])) await transformWith(plugin, set, this.#loader)
  }

  async #validate(set: ResourceSet): Promise<void> {
    for (const plugin of await this.#plugins(this.kustomization.validators ?? [])) {
      const before = goJson(set.list.map(({ object }) => object))
      await transformWith(plugin, set, this.#loader)
      if (goJson(set.list.map(({ object }) => object)) !== before) throw new KustomizeError("validator shouldn't modify the resource map")
    }
  }

  /** Each entry the configuration itself, a file of such, or a folder that builds some. */
  async #plugins(entries: readonly string[]): Promise<Resource[]> {
    const found = new Accumulated()
    for (const entry of entries) {
      if (entry.includes('\n')) found.set.appendAll(resourcesOf(entry))
      else await this.#addResource(found, entry)
    }
    return found.set.list
  }
}
