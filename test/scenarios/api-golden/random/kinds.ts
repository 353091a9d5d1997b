/** The kinds that are written to at random: where they are, what they are made of, and good objects of them (`testdata/objects.json`). */
import { readFileSync } from 'node:fs'
import { definitions, type ResourceDefinition } from '#api/index.ts'
import type { FieldSchema, StructSchema, TypeSchema } from '#apimachinery/schema/types.ts'
import { customKinds } from './custom.ts'
import { isObject, type Json, type JsonObject } from './json.ts'

export interface RandomKind {
  readonly kind: string
  readonly apiVersion: string
  readonly plural: string
  readonly namespaced: boolean
  readonly namespace: string
  /** Undefined of custom resources. */
  readonly schema?: StructSchema
  readonly subresources: readonly string[]
  readonly objects: readonly JsonObject[]
  /** The same objects in another version. */
  readonly otherVersions: readonly string[]
  /** Paths that stay as they are, as others would feel it. */
  readonly untouched: readonly string[]
  /** How often, beside others. */
  readonly weight: number
}

/** Of what acts on other objects, or is acted on by the server itself, only what does not. */
const untouched: Readonly<Record<string, readonly string[]>> = {
  MutatingWebhookConfiguration: ['webhooks.*.rules', 'webhooks.*.failurePolicy', 'webhooks.*.clientConfig'],
  ValidatingWebhookConfiguration: ['webhooks.*.rules', 'webhooks.*.failurePolicy', 'webhooks.*.clientConfig'],
  MutatingAdmissionPolicy: ['spec.matchConstraints', 'spec.failurePolicy', 'spec.paramKind', 'spec.mutations'],
  ValidatingAdmissionPolicy: ['spec'],
  MutatingAdmissionPolicyBinding: ['spec.policyName'],
  ValidatingAdmissionPolicyBinding: ['spec.policyName'],
  PriorityClass: ['globalDefault'],
  StorageClass: ['metadata.annotations'],
  VolumeAttributesClass: ['metadata.annotations'],
  IngressClass: ['metadata.annotations'],
  ServiceCIDR: ['spec.cidrs'],
  Service: ['spec.clusterIP', 'spec.clusterIPs', 'spec.healthCheckNodePort', 'spec.ports.*.nodePort'],
}
const weights: Readonly<Record<string, number>> = {
  Pod: 5,
  Deployment: 3,
  Service: 3,
  Job: 2,
  Node: 2,
  PersistentVolumeClaim: 2,
  HorizontalPodAutoscaler: 2,
  ResourceClaim: 2,
}
const limits = new Set(['LimitRange', 'ResourceQuota'])
/** The server's own work with these would be seen, or not, by chance. */
const left = new Set(['ValidatingAdmissionPolicy'])

interface Known {
  readonly objects: readonly JsonObject[]
  readonly also: readonly JsonObject[]
}
const known: Readonly<Record<string, Known>> = JSON.parse(readFileSync(new URL('testdata/objects.json', import.meta.url), 'utf8'))

const apiVersionOf = ({ group, version }: ResourceDefinition): string => (group === '' ? version : `${group}/${version}`)

const builtIn: readonly RandomKind[] = definitions.flatMap((definition): RandomKind[] => {
  const { kind, plural, namespaced, schema } = definition
  const apiVersion = apiVersionOf(definition)
  const { objects } = known[`${apiVersion} ${kind}`] ?? { objects: [] }
  if (objects.length === 0 || left.has(kind)) return []
  const others = definitions.filter((other) => other !== definition && other.kind === kind && other.plural === plural).map(apiVersionOf)
  return [
    {
      kind,
      apiVersion,
      plural,
      namespaced,
      namespace: limits.has(kind) ? 'random-limits' : 'random',
      schema,
      subresources: [...(definition.status ? ['status'] : []), ...(definition.scale ? ['scale'] : []), ...Object.keys(definition.subresources ?? {})].sort(),
      objects,
      otherVersions: others,
      untouched: untouched[kind] ?? [],
      weight: weights[kind] ?? 1,
    },
  ]
})

export const randomKinds: readonly RandomKind[] = [...builtIn, ...customKinds]

/** Values that good objects have in a field, by type and field. */
const donors = new Map<string, Json[]>()
const fieldKey = (struct: StructSchema, name: string): string => `${struct.name}.${name}`

function gather(value: Json | undefined, type: TypeSchema | undefined): void {
  if (type === undefined || value === undefined || value === null) return
  if (type.kind === 'list') {
    if (Array.isArray(value)) for (const each of value) gather(each, type.element)
  } else if (type.kind === 'map') {
    if (isObject(value)) for (const each of Object.values(value)) gather(each, type.value)
  } else if (type.kind === 'struct' && isObject(value)) {
    for (const [name, each] of Object.entries(value)) {
      const field = type.byName.get(name)
      if (!field) continue
      const key = fieldKey(type, name)
      const list = donors.get(key)
      if (list === undefined) donors.set(key, [each])
      else if (list.length < 40 && JSON.stringify(each).length < 1500) list.push(each)
      gather(each, field.type)
    }
  }
}
for (const { kind, apiVersion, schema } of builtIn) {
  const { objects, also } = known[`${apiVersion} ${kind}`]!
  for (const object of [...objects, ...also]) gather(object, schema)
}

/** What stands in the field elsewhere. */
export function donorsOf(struct: StructSchema, { name }: FieldSchema): readonly Json[] {
  return donors.get(fieldKey(struct, name)) ?? []
}
