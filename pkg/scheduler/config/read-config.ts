/** A configuration file as profiles: which plugins, at which points, with what weights and arguments. */
import { parseDocument } from 'yaml'
import type { FieldError } from '#apimachinery/field-error.ts'
import type { Plugin, Profile, WeightedPlugin } from '../framework/types.ts'
import { defaultPlugins } from '../plugins/index.ts'
import type { ExtenderConfig } from '../extender/types.ts'
import { argumentFields, fields, unknownFields } from './fields.ts'
import { readPluginArgs } from './plugin-args.ts'
import { readExtenders } from './read-extenders.ts'
import type { PluginSet, ProfileConfiguration, SchedulerConfiguration } from './types.ts'
import { validateConfiguration } from './validate.ts'
import { typeMistake, withoutNulls } from './value-types.ts'
import { validateFit } from './validate-args.ts'

export interface ReadConfiguration {
  readonly profiles: readonly Profile[]
  readonly extenders: readonly ExtenderConfig[]
  readonly podInitialBackoffSeconds: number
  readonly podMaxBackoffSeconds: number
}

type Sets = Readonly<Record<string, PluginSet>>

/** Which of a plugin's parts belong to an extension point, and Go's name of it; the rest of upstream's points come with these. */
const parts: Readonly<Record<string, { readonly members: readonly (keyof Plugin)[]; readonly type: string }>> = {
  preEnqueue: { members: ['preEnqueue'], type: 'PreEnqueuePlugin' },
  filter: { members: ['preFilter', 'filter', 'suppose'], type: 'FilterPlugin' },
  postFilter: { members: ['postFilter', 'nothingToPostFilter'], type: 'PostFilterPlugin' },
  score: { members: ['score'], type: 'ScorePlugin' },
  reserve: { members: ['reserve', 'unreserve'], type: 'ReservePlugin' },
  preBind: { members: ['preBind', 'willPreBind'], type: 'PreBindPlugin' },
}
const partEntries = Object.entries(parts)
/** Plugins that are the loop itself, and where. */
const builtIn: Readonly<Record<string, string>> = { PrioritySort: 'queueSort', DefaultBinder: 'bind', DefaultPreemption: 'postFilter' }

/** Throws what kube-scheduler says of a file that it cannot start with. */
export function readSchedulerConfiguration(text: string): ReadConfiguration {
  const config = decode(text)
  const errors = validateConfiguration(config)
  if (errors.length > 0) throw new Error(aggregate(errors))
  const { extenders, ignoredResources } = readExtenders(config.extenders)
  return {
    profiles: (config.profiles ?? [{}]).map((each) => readProfile(each, config.percentageOfNodesToScore ?? 0, ignoredResources)),
    extenders,
    podInitialBackoffSeconds: config.podInitialBackoffSeconds ?? 1,
    podMaxBackoffSeconds: config.podMaxBackoffSeconds ?? 10,
  }
}

/** Strict: what is not known, or is there twice, is a mistake. */
function decode(text: string): SchedulerConfiguration {
  const document = parseDocument(text, { uniqueKeys: true })
  const broken = document.errors[0]
  if (broken) throw new Error(`strict decoding error: yaml: ${broken.message.split('\n')[0]}`)
  const config = withoutNulls(document.toJS() ?? {}) as SchedulerConfiguration
  if (config.apiVersion !== 'kubescheduler.config.k8s.io/v1' || config.kind !== 'KubeSchedulerConfiguration') {
    throw new Error(
      `no kind "${config.kind ?? ''}" is registered for version "${config.apiVersion ?? ''}" in scheme "k8s.io/kubernetes/pkg/scheduler/apis/config/scheme/scheme.go"`,
    )
  }
  refuseWrongTypes(parseDocument(text, { intAsBigInt: true }).toJS())
  const unknown = unknownFields(config, fields).map((name) => `unknown field "${name}"`)
  for (const [index, { pluginConfig = [] }] of (config.profiles ?? []).entries()) {
    for (const [place, { name, args }] of pluginConfig.entries()) {
      const table = argumentFields[name]
      const strange = table ? unknownFields(args, table) : []
      const where = `decoding .profiles[${index}].pluginConfig[${place}]: strict decoding error: decoding args for plugin ${name}: strict decoding error: `
      if (strange.length > 0) unknown.push(`${where}${strange.map((each) => `unknown field "${each}"`).join(', ')}`)
    }
  }
  if (unknown.length > 0) throw new Error(`strict decoding error: ${unknown.join(', ')}`)
  return config
}

const group = 'kubescheduler.config.k8s.io'
const notAnObject = 'Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'

/** Whole numbers in `config` are bigints. */
function refuseWrongTypes(config: any): void {
  const mistake = typeMistake(config, fields)
  if (mistake !== undefined) throw new Error(mistake)
  for (const [index, profile] of (config.profiles ?? []).entries()) {
    for (const [place, each] of (profile?.pluginConfig ?? []).entries()) {
      const wrong = mistakeInArguments(each?.name, each?.args)
      if (wrong !== undefined) throw new Error(`decoding .profiles[${index}].pluginConfig[${place}]: ${wrong}`)
    }
  }
}

function mistakeInArguments(name: string, args: any): string | undefined {
  const table = argumentFields[name]
  if (!table || args === undefined || args === null) return undefined
  const decoding = `decoding args for plugin ${name}: `
  if (typeof args !== 'object' || Array.isArray(args)) {
    const kind = Array.isArray(args) ? 'array' : typeof args === 'boolean' ? 'bool' : typeof args === 'string' ? 'string' : 'number'
    return `${decoding}couldn't get version/kind; json parse error: json: cannot unmarshal ${kind} into ${notAnObject}`
  }
  const { apiVersion = `${group}/v1`, kind = `${name}Args` } = args
  if (apiVersion !== `${group}/v1` || !argumentFields[String(kind).replace(/Args$/, '')])
    return `${decoding}no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`
  const mistake = typeMistake(args, argumentFields[String(kind).replace(/Args$/, '')]!)
  if (mistake !== undefined) return `${decoding}${mistake}`
  return kind === `${name}Args` ? undefined : `args for plugin ${name} were not of type ${name}Args.${group}, got ${kind}.${group}`
}

/** As Go prints several errors. */
function aggregate(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))]
  return texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`
}

function readProfile(config: ProfileConfiguration, percentage: number, ignoredResources: readonly string[]): Profile {
  try {
    return buildProfile(config, percentage, ignoredResources)
  } catch (error) {
    const name = config.schedulerName ?? 'default-scheduler'
    throw new Error(`initializing profiles: creating profile for scheduler name ${name}: ${(error as Error).message}`, { cause: error })
  }
}

function buildProfile(config: ProfileConfiguration, percentage: number, ignoredResources: readonly string[]): Profile {
  const wrong = validateFit(config.pluginConfig?.find(({ name }) => name === 'NodeResourcesFit')?.args ?? {})
  if (wrong.length > 0) throw new Error(`initializing plugin "NodeResourcesFit": ${aggregate(wrong)}`)
  const { plugins, preemption } = readPluginArgs(config, ignoredResources)
  const sets = config.plugins ?? {}
  if ([...(sets.score?.enabled ?? []), ...(sets.multiPoint?.enabled ?? [])].some(({ weight = 0 }) => weight < 0))
    throw new Error('score plugins: total score of Score plugins could overflow')
  const all = defaultPlugins(plugins)
  const schedulerName = config.schedulerName ?? 'default-scheduler'
  check(sets, new Map(all.map(({ plugin }) => [plugin.name, plugin])), schedulerName)
  const kept = all.flatMap((each) => {
    const chosen = choose(each, sets)
    return chosen ? [chosen] : []
  })
  return {
    schedulerName,
    plugins: inOrder(kept, sets),
    percentageOfNodesToScore: config.percentageOfNodesToScore ?? percentage,
    preemption: isOn('DefaultPreemption', sets.postFilter, isOn('DefaultPreemption', sets.multiPoint, true)) ? preemption : undefined,
  }
}

function check(sets: Sets, known: ReadonlyMap<string, Plugin>, schedulerName: string): void {
  for (const [point, { enabled = [] }] of Object.entries(sets)) {
    const seen = new Set<string>()
    for (const { name } of enabled) {
      const plugin = known.get(name)
      if (!plugin && !builtIn[name]) throw new Error(`${goName(point === 'multiPoint' ? 'preFilter' : point)} "${name}" does not exist`)
      if (seen.has(name)) throw new Error(`plugin "${name}" already registered as "${goName(point === 'multiPoint' ? firstPointOf(name, plugin) : point)}"`)
      seen.add(name)
      const { members } = parts[point] ?? {}
      const extendsIt = point === 'multiPoint' || builtIn[name] === point || !members || members.some((member) => plugin?.[member] !== undefined)
      if (!extendsIt || (!plugin && point !== 'multiPoint' && builtIn[name] !== point))
        throw new Error(`plugin "${name}" does not extend ${goName(point)} plugin`)
    }
  }
  const multi = (name: string) => isOn(name, sets.multiPoint, true)
  if (!isOn('PrioritySort', sets.queueSort, multi('PrioritySort'))) {
    throw new Error(`only one queue sort plugin required for profile with scheduler name "${schedulerName}", but got 0`)
  }
  if (!isOn('DefaultBinder', sets.bind, multi('DefaultBinder'))) {
    throw new Error(`at least one bind plugin is needed for profile with scheduler name "${schedulerName}"`)
  }
}

/** Those prepare nothing upstream, as ours may. */
const withoutPreFilter = new Set(['NodeName', 'NodeUnschedulable', 'TaintToleration'])

/** Upstream goes through a plugin's points in this order. */
function firstPointOf(name: string, plugin: Plugin | undefined): string {
  if (plugin?.preFilter && !withoutPreFilter.has(name)) return 'preFilter'
  const order = ['filter', 'postFilter', 'score', 'reserve', 'preBind', 'preEnqueue']
  return builtIn[name] ?? order.find((point) => parts[point]!.members.some((member) => plugin?.[member] !== undefined))!
}

function goName(point: string): string {
  return parts[point]?.type ?? `${point[0]!.toUpperCase()}${point.slice(1)}Plugin`
}

/** A plugin with the parts that stay; undefined: none does. */
function choose({ plugin, weight }: WeightedPlugin, sets: Sets): WeightedPlugin | undefined {
  const { name } = plugin
  const multi = isOn(name, sets.multiPoint, true)
  const without = new Set<keyof Plugin>()
  for (const [point, { members }] of partEntries) {
    if (!isOn(name, sets[point], multi)) for (const member of members) without.add(member)
  }
  const left = Object.fromEntries(Object.entries(plugin).filter(([key]) => !without.has(key as keyof Plugin))) as unknown as Plugin
  if (!partEntries.some(([, { members }]) => members.some((member) => left[member] !== undefined))) return undefined
  // One that is enabled anew without a weight has that of one.
  const asked = find(name, sets.score) ?? find(name, sets.multiPoint)
  return { plugin: left, weight: left.score ? (asked ? asked.weight || 1 : weight) : 0 }
}

/** Where all are disabled, those enabled are called in the order of the file. */
function inOrder(plugins: WeightedPlugin[], { multiPoint, filter }: Sets): WeightedPlugin[] {
  let ordered = plugins
  for (const set of [multiPoint, filter]) {
    if (!set?.disabled?.some(({ name }) => name === '*')) continue
    const placeOf = ({ plugin }: WeightedPlugin): number => {
      const place = (set.enabled ?? []).findIndex(({ name }) => name === plugin.name)
      return place < 0 ? Number.MAX_SAFE_INTEGER : place
    }
    ordered = ordered.toSorted((a, b) => placeOf(a) - placeOf(b))
  }
  return ordered
}

/** What is enabled by name wins over what is disabled, by name or "*". */
function isOn(name: string, set: PluginSet | undefined, otherwise: boolean): boolean {
  if (find(name, set)) return true
  return (set?.disabled ?? []).some((each) => each.name === name || each.name === '*') ? false : otherwise
}

function find(name: string, set: PluginSet | undefined) {
  return set?.enabled?.find((each) => each.name === name)
}
