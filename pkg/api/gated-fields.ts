/**
 * Fields of features that Kubernetes 1.36 has off by default: a write loses them without a word, unless the object as it was
 * already had one of the same feature (upstream: dropDisabledFields of the strategies, pkg/features/kube_features.go).
 *
 * Which field belongs to which gate is in the schemas; here is which gates are off.
 */
import type { FieldSchema, StructSchema, TypeSchema } from '#apimachinery/schema/types.ts'

/** Of the gates that guard fields of kinds served by default, those that are off. */
export const gatesOffByDefault: ReadonlySet<string> = new Set([
  'ClusterTrustBundleProjection',
  'ContainerStopSignals',
  'CoordinatedLeaderElection',
  'DRAListTypeAttributes',
  'DRANodeAllocatableResources',
  'GenericWorkload',
  'ImageVolumeWithDigest',
  'MaxUnavailableStatefulSet',
  // The flag that opens it is named PodCertificateRequest.
  'PodCertificateProjection',
  // Of a kind, not of fields (`optional.ts`).
  'StorageVersionMigrator',
  'VolumeLimitScaling',
])

/** Fields that upstream's types do not mark, though its strategies guard them. */
const unmarked: Readonly<Record<string, string>> = { 'io.k8s.api.core.v1.Lifecycle.stopSignal': 'ContainerStopSignals' }

/** What is behind these works when they are switched on; the others have nothing behind them here. */
export const gatesToSwitch: ReadonlySet<string> = new Set(['ContainerStopSignals', 'MaxUnavailableStatefulSet', 'StorageVersionMigrator'])

/** The gated fields of a struct and the ways down to those of others: absent where there are none. */
interface Guarded {
  readonly own: readonly { readonly name: string; readonly gate: string }[]
  readonly below: readonly { readonly name: string; readonly form: 'struct' | 'list' | 'map'; readonly guarded: Guarded; readonly pointer: boolean }[]
}

const known = new WeakMap<StructSchema, { readonly guarded: Guarded | undefined }>()

/** Drops from `object` what no gate in `on` allows and `old` does not use. */
export function dropGatedFields(schema: StructSchema, object: object, old?: object, on: ReadonlySet<string> = new Set()): void {
  const guarded = guardedOf(schema)
  if (!guarded) return
  const found = gatesUsed(guarded, object)
  if (found.size === 0) return
  const inUse = old ? gatesUsed(guarded, old) : new Set<string>()
  const dropped = new Set([...found].filter((gate) => !on.has(gate) && !inUse.has(gate)))
  if (dropped.size > 0) drop(guarded, object, dropped)
}

type Fields = Record<string, unknown>

function guardedOf(schema: StructSchema): Guarded | undefined {
  const entry = known.get(schema) ?? { guarded: compile(schema, new Set()) }
  known.set(schema, entry)
  return entry.guarded
}

/** Schemas of schemas refer to themselves: what is under way is not entered again. */
function compile(schema: StructSchema, under: ReadonlySet<StructSchema>): Guarded | undefined {
  if (under.has(schema)) return undefined
  const inner = new Set([...under, schema])
  const fields = [...schema.byName.values()]
  const own = fields.flatMap(({ name, featureGate }) => {
    const gate = featureGate ?? unmarked[`${schema.name}.${name}`]
    return gate && gatesOffByDefault.has(gate) ? [{ name, gate }] : []
  })
  const below = fields.flatMap((field) => descend(field, inner))
  return own.length + below.length > 0 ? { own, below } : undefined
}

function descend({ name, type, pointer = false }: FieldSchema, under: ReadonlySet<StructSchema>): Guarded['below'] {
  const [form, target] = structOf(type)
  const guarded = target && compile(target, under)
  return guarded ? [{ name, form, guarded, pointer }] : []
}

function structOf(type: TypeSchema): ['struct' | 'list' | 'map', StructSchema | undefined] {
  if (type.kind === 'struct') return ['struct', type]
  if (type.kind !== 'list' && type.kind !== 'map') return ['struct', undefined]
  const element = type.kind === 'list' ? type.element : type.value
  return [type.kind, element.kind === 'struct' ? element : undefined]
}

function gatesUsed(guarded: Guarded, object: object, used = new Set<string>()): Set<string> {
  for (const { name, gate } of guarded.own) if ((object as Fields)[name] !== undefined) used.add(gate)
  for (const each of guarded.below) for (const value of valuesOf(each.form, (object as Fields)[each.name])) gatesUsed(each.guarded, value, used)
  return used
}

function drop(guarded: Guarded, object: object, gates: ReadonlySet<string>): void {
  const fields = object as Fields
  for (const { name, gate } of guarded.own) if (gates.has(gate)) delete fields[name]
  for (const { name, form, guarded: inner, pointer } of guarded.below) {
    const values = valuesOf(form, fields[name])
    const wasEmpty = values.every((value) => Object.keys(value).length === 0)
    for (const value of values) drop(inner, value, gates)
    // A hook that only said how to stop is no hook at all.
    if (form === 'struct' && pointer && !wasEmpty && values.every((value) => Object.keys(value).length === 0)) delete fields[name]
  }
}

function valuesOf(form: 'struct' | 'list' | 'map', value: unknown): object[] {
  if (value === undefined || value === null) return []
  const all = form === 'struct' ? [value] : form === 'list' ? (value as unknown[]) : Object.values(value)
  return all.filter((each): each is object => typeof each === 'object' && each !== null)
}
