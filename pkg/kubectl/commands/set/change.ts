/** What the commands of set share: objects that the line names are changed, patched one by one, and told. */
import { cloneJson } from '#apimachinery/json-value.ts'
import type { TypeSchema } from '#apimachinery/schema/types.ts'
import { CommandError, throwGathered } from '../../errors.ts'
import type { FlagSpec } from '../../flags/types.ts'
import { outputFlags } from '../../printers/index.ts'
import { dryRunFlag, fieldManagerFlag, fileFlags, type Item, localFlag, selectorFlag } from '../../resources/types.ts'
import { recordCause, recordFlag } from '../../resources/change-cause.ts'
import { localNeedsFiles } from '../../resources/args.ts'
import { visit } from '../../resources/visit.ts'
import { changeObject, dryRunOf, outcomePrinter } from '../../resources/write.ts'
import type { Invocation } from '../../types.ts'

export const setFlags: readonly FlagSpec[] = [
  ...outputFlags,
  ...fileFlags('identifying the resource to change'),
  selectorFlag,
  dryRunFlag,
  localFlag,
  fieldManagerFlag('kubectl-set'),
  { name: 'all', type: 'bool', default: 'false', usage: 'Select all resources, in the namespace of the specified resource types' },
]

/** Those that can record what they were asked. */
export const recordingSetFlags: readonly FlagSpec[] = [...setFlags, recordFlag]

export const containersFlag: FlagSpec = {
  name: 'containers',
  short: 'c',
  type: 'string',
  default: '*',
  usage: 'Names of containers to change; may use wildcards',
}

export interface SetChange {
  /** "image updated". */
  readonly past: string
  /** Told before what the server refused; without it, that ends the command. */
  readonly refused?: string
  readonly resources: readonly string[]
  /** Upstream tells what was not changed too. */
  readonly tellsUnchanged?: boolean
  /** Its failure is told with the name of the object, unless it is a CommandError. */
  change(copy: any, item: Item): void | Promise<void>
}

/** The objects that a line names; those of --local come from files alone. */
export async function setItems(invocation: Invocation, resources: readonly string[]): Promise<Item[]> {
  const { flags } = invocation
  const local = flags.bool('local')
  if (local && flags.string('dry-run') === 'server')
    throw new CommandError('error: cannot specify --local and --dry-run=server - did you mean --dry-run=client?')
  if (local && resources.length > 0) throw new CommandError(`error: error: ${localNeedsFiles}`)
  // All that are missing are told, and then nothing is changed.
  const errors: unknown[] = []
  const items = await visit(invocation, { args: resources, local, onError: (error) => errors.push(error) })
  throwGathered(errors)
  return items
}

export function refuseAllWithSelector({ flags }: Invocation): void {
  if (flags.bool('all') && flags.string('selector') !== '') throw new CommandError('error: cannot set --all and --selector at the same time')
}

export async function applyChange(
  invocation: Invocation,
  items: readonly Item[],
  { past, refused, tellsUnchanged = false, change }: Omit<SetChange, 'resources'>,
): Promise<void> {
  const dryRun = dryRunOf(invocation)
  const local = invocation.flags.bool('local')
  const print = await outcomePrinter(invocation, { typed: true })
  const errors: Error[] = []
  for (const item of items) {
    const copy = cloneJson(item.object)
    try {
      await change(copy, item)
      recordCause(invocation, copy)
    } catch (error) {
      const { message } = error as Error
      errors.push(new Error(error instanceof CommandError ? message : `error: ${told(item, local)} ${message}\n`))
      continue
    }
    let changed: any
    try {
      changed = await changeObject(invocation, item, (target) => replaceMembers(target, copy), { dryRun, local })
    } catch (error) {
      if (refused === undefined) throw error
      errors.push(new CommandError(`error: ${refused} ${(error as Error).message}`))
      continue
    }
    if (changed || tellsUnchanged) print(local ? await filled(changed ?? item.object) : (changed ?? item.object), past)
  }
  throwGathered(errors)
}

/** Of a local file the original tells kind and name as its printer of names does, whose line ends where there is a group. */
function told({ resource, name }: Item, local: boolean): string {
  if (!local) return `${resource.plural}/${name}`
  const kind = resource.kind.toLowerCase()
  return resource.group === '' ? `${kind}/${name}` : `${kind}.${resource.group}/${name}\n`
}

/** Members that Go writes though nothing is in them. */
const writtenEmpty: Readonly<Record<string, (object: any) => any>> = {
  DaemonSet: ({ status, ...rest }) => ({
    ...rest,
    status: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0, ...status },
  }),
  StatefulSet: ({ spec, status, ...rest }) => ({ ...rest, spec: { serviceName: '', ...spec }, status: { availableReplicas: 0, replicas: 0, ...status } }),
  ReplicaSet: ({ status, ...rest }) => ({ ...rest, status: { replicas: 0, ...status } }),
  ReplicationController: ({ status, ...rest }) => ({ ...rest, status: { replicas: 0, ...status } }),
  Service: ({ spec, ...rest }) => ({
    ...rest,
    spec: { ...spec, ...(spec.ports ? { ports: spec.ports.map((port: any) => ({ targetPort: 0, ...port })) } : {}) },
  }),
}

/** What never met a server is printed as a Go struct: with its empty structs. */
async function filled(object: any): Promise<any> {
  const { lookupType } = await import('#api/scheme.ts')
  const schema = lookupType(object.apiVersion, object.kind)
  if (!schema) return object
  const whole: any = withEmptyStructs(object, schema)
  return writtenEmpty[object.kind]?.(whole) ?? whole
}

function withEmptyStructs(value: unknown, schema: TypeSchema): unknown {
  if (schema.kind === 'list' && Array.isArray(value)) return value.map((each) => withEmptyStructs(each, schema.element))
  if (schema.kind !== 'struct' || typeof value !== 'object' || value === null) return value
  const out: Record<string, unknown> = { ...value }
  for (const [name, { type, pointer }] of schema.byName) {
    if (out[name] !== undefined) out[name] = withEmptyStructs(out[name], type)
    else if (type.kind === 'struct' && !pointer) out[name] = withEmptyStructs({}, type)
  }
  return out
}

function replaceMembers(target: any, copy: any): void {
  for (const key of Object.keys(target)) delete target[key]
  Object.assign(target, copy)
}

const withTemplate = new Set(['Pod', 'ReplicationController', 'Deployment', 'DaemonSet', 'ReplicaSet', 'StatefulSet', 'Job', 'CronJob'])

/** The pod spec inside a workload; throws for what has none. */
export function podSpecOf(object: any, { resource }: Item): any {
  if (!withTemplate.has(object.kind)) throw new Error(`the object is not a pod or does not have a pod template: *${resource.version}.${object.kind}`)
  if (object.kind === 'Pod') return object.spec
  return object.kind === 'CronJob' ? object.spec.jobTemplate.spec.template.spec : object.spec.template.spec
}

/** Containers first, as upstream has them, and then init containers. */
export function containersOf(spec: any, pattern: string): any[] {
  const expression = new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 's')
  return [...(spec.containers ?? []), ...(spec.initContainers ?? [])].filter(({ name }: any) => expression.test(name))
}

/** Resources before pairs; a resource after a pair is refused. */
export function resourcesAndPairs(args: readonly string[], isPair: (arg: string) => boolean, noun: string): { resources: string[]; pairs: string[] } {
  const resources: string[] = []
  const pairs: string[] = []
  for (const arg of args) {
    if (isPair(arg)) pairs.push(arg)
    else if (pairs.length > 0) throw new CommandError(`error: all resources must be specified before ${noun} changes: ${arg}`)
    else resources.push(arg)
  }
  return { resources, pairs }
}
