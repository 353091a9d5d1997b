/** A configuration file as profiles: which plugins, at which points, with what weights and arguments. */
import { parse } from 'yaml'
import type { Plugin, Profile, WeightedPlugin } from '../framework/types.ts'
import { defaultPlugins } from '../plugins/index.ts'
import type { ExtenderConfig } from '../extender/extender.ts'
import { readExtenders } from './read-extenders.ts'
import { readPluginArgs } from './plugin-args.ts'
import type { PluginSet, ProfileConfiguration, SchedulerConfiguration } from './types.ts'

export interface ReadConfiguration {
  readonly profiles: readonly Profile[]
  readonly extenders: readonly ExtenderConfig[]
  readonly podInitialBackoffSeconds: number
  readonly podMaxBackoffSeconds: number
}

/** Which of a plugin's parts belong to an extension point; the rest of upstream's points come with these. */
const parts: Readonly<Record<string, readonly (keyof Plugin)[]>> = {
  preEnqueue: ['preEnqueue'],
  filter: ['preFilter', 'filter', 'suppose'],
  score: ['score'],
  reserve: ['reserve', 'unreserve'],
  preBind: ['preBind'],
}
/** Plugins that are the loop itself. */
const builtIn = new Set(['PrioritySort', 'DefaultBinder', 'DefaultPreemption'])
const points = new Set(['multiPoint', 'queueSort', 'preFilter', 'postFilter', 'preScore', 'permit', 'bind', 'postBind', ...Object.keys(parts)])

export function readSchedulerConfiguration(text: string): ReadConfiguration {
  const config = (parse(text) ?? {}) as SchedulerConfiguration
  if (config.apiVersion !== 'kubescheduler.config.k8s.io/v1' || config.kind !== 'KubeSchedulerConfiguration') {
    throw new Error(`no kind "${config.kind ?? ''}" is registered for version "${config.apiVersion ?? ''}"`)
  }
  const { extenders, ignoredResources } = readExtenders(config.extenders)
  const profiles = (config.profiles ?? [{}]).map((each) => readProfile(each, config.percentageOfNodesToScore ?? 0, ignoredResources))
  const names = profiles.map(({ schedulerName }) => schedulerName)
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index)
  if (twice >= 0) throw new Error(`profiles[${twice}].schedulerName: Duplicate value: "${names[twice]}"`)
  const podInitialBackoffSeconds = config.podInitialBackoffSeconds ?? 1
  const podMaxBackoffSeconds = config.podMaxBackoffSeconds ?? 10
  if (podInitialBackoffSeconds <= 0) throw new Error(`podInitialBackoffSeconds: Invalid value: ${podInitialBackoffSeconds}: must be greater than 0`)
  if (podMaxBackoffSeconds < podInitialBackoffSeconds) {
    throw new Error(`podMaxBackoffSeconds: Invalid value: ${podMaxBackoffSeconds}: must be greater than or equal to PodInitialBackoffSeconds`)
  }
  return { profiles, extenders, podInitialBackoffSeconds, podMaxBackoffSeconds }
}

function readProfile(config: ProfileConfiguration, percentage: number, ignoredResources: readonly string[]): Profile {
  const { plugins, preemption } = readPluginArgs(config, ignoredResources)
  const sets = config.plugins ?? {}
  const all = defaultPlugins(plugins)
  check(sets, new Set([...all.map(({ plugin }) => plugin.name), ...builtIn]))
  const kept = all.flatMap((each) => {
    const chosen = choose(each, sets)
    return chosen ? [chosen] : []
  })
  const preempts = isOn('DefaultPreemption', sets.multiPoint, true)
    ? isOn('DefaultPreemption', sets.postFilter, true)
    : isOn('DefaultPreemption', sets.postFilter, false)
  return {
    schedulerName: config.schedulerName ?? 'default-scheduler',
    plugins: kept,
    percentageOfNodesToScore: config.percentageOfNodesToScore ?? percentage,
    preemption: preempts ? preemption : undefined,
  }
}

function check(sets: Readonly<Record<string, PluginSet>>, known: ReadonlySet<string>): void {
  for (const [point, { enabled = [], disabled = [] }] of Object.entries(sets)) {
    if (!points.has(point)) throw new Error(`plugins: unknown extension point "${point}"`)
    for (const { name } of enabled) if (!known.has(name)) throw new Error(`plugin "${name}" does not exist`)
    for (const { name } of disabled) if (name !== '*' && !known.has(name)) throw new Error(`plugin "${name}" does not exist`)
    const needed = point === 'queueSort' ? 'PrioritySort' : point === 'bind' ? 'DefaultBinder' : undefined
    if (needed && !isOn(needed, sets[point], true)) throw new Error(`${point}: this scheduler has no other than ${needed}`)
  }
}

/** A plugin with the parts that stay; undefined: none does. */
function choose({ plugin, weight }: WeightedPlugin, sets: Readonly<Record<string, PluginSet>>): WeightedPlugin | undefined {
  const { name } = plugin
  const multi = isOn(name, sets.multiPoint, true)
  const without = new Set<keyof Plugin>()
  for (const [point, members] of Object.entries(parts)) {
    if (!isOn(name, sets[point], multi)) for (const member of members) without.add(member)
  }
  const left = Object.fromEntries(Object.entries(plugin).filter(([key]) => !without.has(key as keyof Plugin))) as unknown as Plugin
  if (!Object.values(parts).some((members) => members.some((member) => left[member] !== undefined))) return undefined
  const asked = find(name, sets.score)?.weight || find(name, sets.multiPoint)?.weight
  return { plugin: left, weight: left.score ? asked || weight : 0 }
}

/** What is enabled by name wins over what is disabled, by name or "*". */
function isOn(name: string, set: PluginSet | undefined, otherwise: boolean): boolean {
  if (find(name, set)) return true
  return (set?.disabled ?? []).some((each) => each.name === name || each.name === '*') ? false : otherwise
}

function find(name: string, set: PluginSet | undefined) {
  return set?.enabled?.find((each) => each.name === name)
}
