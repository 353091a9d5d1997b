/** What every verb is given: the kind's view, the request's facts and options, and the server's parts. */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { managerMaxLength, validateFieldManager } from '#api/meta/validate-object-meta.ts'
import { type GroupResource, invalid } from '#apimachinery/status-error.ts'
import { type FieldError, notSupported, path, toCauses } from '#apimachinery/field-error.ts'
import type { ResourceDefinition, StrategyContext } from '#api/types.ts'
import { isTrue } from '../request-info.ts'
import type { AdmissionPlugin, ApiRequest, UserInfo } from '../types.ts'
import type { CacheHub } from '../watchcache/cache-hub.ts'
import type { ObjectStore } from './object-store.ts'
import type { View } from './view.ts'

/** What must happen around the writes of one kind beyond its definition: allocations that outlive the object. */
export interface KindHooks {
  /** Before validation; may change the object. */
  beforeCreate?(object: any, context: { dryRun: boolean }): Promise<Hold> | Hold
  beforeUpdate?(object: any, old: any, context: { dryRun: boolean }): Promise<Hold> | Hold
  afterDelete?(object: any): Promise<void> | void
}

/** What a write holds until its outcome is known. */
export type Hold = { readonly undo: () => Promise<void> | void; readonly commit: () => Promise<void> | void } | undefined

/** Follows who set which field (managedFields). */
export interface FieldTracker {
  /** After a create or update: `object` gets the managedFields it should have. */
  track(definition: ResourceDefinition, object: KubeObject, old: KubeObject | undefined, how: TrackContext): void
  /** Server-side apply: the new object; throws Conflict with upstream's causes. */
  apply(definition: ResourceDefinition, patch: KubeObject, old: KubeObject | undefined, how: TrackContext & { force: boolean }): KubeObject
}
export interface TrackContext {
  readonly manager: string
  readonly subresource: string
  readonly nowMs: number
  /** What is served now: managers may have written in other versions of the kind. */
  readonly kinds: ServedKinds
}

export interface ServedKinds {
  byKind(group: string, version: string, kind: string): ResourceDefinition | undefined
}

export interface RegistryParts {
  readonly objects: ObjectStore
  readonly hub: CacheHub
  readonly clock: Clock
  readonly log: Logger
  readonly admission: () => readonly AdmissionPlugin[]
  readonly hooks: ReadonlyMap<string, KindHooks>
  readonly fields: FieldTracker
  readonly kinds: ServedKinds
  readonly minWatchSeconds: number
  readonly featureGates: ReadonlySet<string>
  /** As the caches have it. */
  readonly namespaceLabels: (name: string) => Readonly<Record<string, string>> | undefined
}

export interface Operation {
  readonly parts: RegistryParts
  readonly view: View
  readonly definition: ResourceDefinition
  readonly request: ApiRequest
  readonly user: UserInfo
  readonly namespace: string
  readonly name: string
  readonly subresource: string
  warn(text: string): void
}

export function resourceOf({ definition }: Pick<Operation, 'definition'>): GroupResource {
  return { group: definition.group, resource: definition.plural }
}

export function strategyContext(operation: Operation, subresource = operation.subresource): StrategyContext {
  const { parts, user, namespace } = operation
  return {
    now: parts.clock.now(),
    user: user.name,
    identity: user,
    namespace,
    subresource,
    featureGates: parts.featureGates,
    namespaceLabels: () => parts.namespaceLabels(namespace),
    warn: (text) => operation.warn(text),
  }
}

export interface WriteOptions {
  readonly dryRun: boolean
  readonly fieldManager: string
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict'
  readonly force: boolean
}

/** Options of create, update and patch, from the query. */
export function writeOptions({ request }: Pick<Operation, 'request'>, kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions'): WriteOptions {
  const { query } = request
  const errors: FieldError[] = []
  const dryRun = query.getAll('dryRun')
  errors.push(...validateFieldManager(query.get('fieldManager') ?? '', path('fieldManager')))
  checkDryRun(dryRun, errors)
  const fieldValidation = query.get('fieldValidation') || 'Warn'
  if (!['Ignore', 'Warn', 'Strict'].includes(fieldValidation))
    errors.push(notSupported(path('fieldValidation'), fieldValidation, ['', 'Ignore', 'Strict', 'Warn']))
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', toCauses(errors))
  return {
    dryRun: dryRun.length > 0,
    fieldManager: query.get('fieldManager') || managerOfAgent(request.headers['user-agent']),
    fieldValidation: fieldValidation as WriteOptions['fieldValidation'],
    force: isTrue(query.get('force') ?? 'false'),
  }
}

export function checkDryRun(values: readonly string[], errors: FieldError[]): void {
  for (const value of values) if (value !== 'All') errors.push(notSupported(path('dryRun'), values, ['All']))
}

/** "kubectl/v1.33 (linux/amd64)" → "kubectl". */
function managerOfAgent(agent = 'unknown'): string {
  return agent.split('/')[0]!.slice(0, managerMaxLength)
}
