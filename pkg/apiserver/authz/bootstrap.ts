/**
 * Creates the default policy, and adds to it what a newer version has more (docs: "Auto-reconciliation"). What an
 * administrator added stays, and so does what upstream once gave; a role annotated rbac.authorization.kubernetes.io/autoupdate=false is left alone.
 */
import type { PolicyRule } from '#api/gen/rbac/v1.ts'
import { namespaces } from '#api/gen/resources.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { isAlreadyExists, isConflict, isNotFound } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import type { Seed } from '../bootstrap/seed.ts'
import { covers } from './cover.ts'
import { defaultPolicy, retiredPolicy } from './policy/objects.ts'
import { retiredRules } from './policy/retired-rules.ts'

const autoUpdate = 'rbac.authorization.kubernetes.io/autoupdate'
const attempts = 5

/** For a store that has nothing yet. */
export const bootstrapPolicySeeds = (featureGates: ReadonlySet<string>): readonly Seed[] =>
  defaultPolicy.map(({ of, objects }) => ({ of: of as ResourceRef, objects: () => objects(featureGates) }))

/** Resolves when all of it is in place, and nothing of what is granted no more. Cheap when it is: four lists. */
export async function reconcileBootstrapPolicy(client: Client, featureGates: ReadonlySet<string> = new Set()): Promise<void> {
  for (const { of, objects } of defaultPolicy) {
    const { items } = await client.list<any>(of as ResourceRef)
    const present = new Map(items.map((each) => [keyed(each), each]))
    await Promise.all(objects(featureGates).map((wanted) => reconcile(client, of as ResourceRef, wanted, present.get(keyed(wanted)))))
    const retired = retiredPolicy.filter((each) => each.of === of).flatMap(({ names }) => names.filter((name) => present.has(`/${name}`)))
    await Promise.all(retired.map((name) => client.delete(of as ResourceRef, { name }).catch(unlessGone)))
  }
}

function unlessGone(error: unknown): void {
  if (!isNotFound(error)) throw error
}

const keyed = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`

async function reconcile(client: Client, of: ResourceRef, wanted: any, found: any): Promise<void> {
  let present = found
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      if (!present) return void (await createWithNamespace(client, of, wanted))
      const next = merged(present, wanted)
      if (next) await client.update(of, next)
      return
    } catch (error) {
      if (!isConflict(error) && !isAlreadyExists(error)) throw error
      present = await client.get<any>(of, { namespace: wanted.metadata.namespace, name: wanted.metadata.name })
    }
  }
}

async function createWithNamespace(client: Client, of: ResourceRef, wanted: any): Promise<void> {
  try {
    await client.create(of, wanted)
  } catch (error) {
    if (!isNotFound(error) || !wanted.metadata.namespace) throw error
    await client.create(namespaces, { metadata: { name: wanted.metadata.namespace } }).catch((cause) => {
      if (!isAlreadyExists(cause)) throw cause
    })
    await client.create(of, wanted)
  }
}

/** `present` with what it lacks of `wanted`, or undefined when it lacks nothing. */
function merged(present: any, wanted: any): any {
  if (present.metadata.annotations?.[autoUpdate] === 'false') return undefined
  const changes: any = {}
  if (wanted.aggregationRule) {
    if (!present.aggregationRule) changes.aggregationRule = wanted.aggregationRule
  } else if (wanted.rules) {
    const kept = withoutRetired(present)
    const missing = wanted.rules.filter((rule: any) => !covers(kept, [rule]))
    if (missing.length > 0 || kept.length < (present.rules ?? []).length) changes.rules = [...kept, ...missing]
  }
  if (wanted.subjects) {
    const known = new Set((present.subjects ?? []).map(subjectText))
    const missing = wanted.subjects.filter((subject: any) => !known.has(subjectText(subject)))
    if (missing.length > 0) changes.subjects = [...(present.subjects ?? []), ...missing]
  }
  const labels = lacking(present.metadata.labels, wanted.metadata.labels)
  const annotations = lacking(present.metadata.annotations, wanted.metadata.annotations)
  if (labels || annotations) changes.metadata = { ...present.metadata, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) }
  return Object.keys(changes).length > 0 ? { ...present, ...changes } : undefined
}

/** What an administrator made of such a rule, or wrote beside it, stays. */
function withoutRetired({ metadata, rules }: any): any[] {
  const retired = (Object.hasOwn(retiredRules, metadata.name) ? retiredRules[metadata.name]! : []).map(ruleText)
  return (rules ?? []).filter((rule: PolicyRule) => !retired.includes(ruleText(rule)))
}

const ruleText = ({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string =>
  JSON.stringify([verbs, apiGroups, resources, resourceNames, nonResourceURLs])

const subjectText = ({ kind, name, namespace = '' }: any): string => `${kind}|${namespace}|${name}`

function lacking(present: Record<string, string> = {}, wanted: Record<string, string> = {}): Record<string, string> | undefined {
  return Object.keys(wanted).some((key) => !(key in present)) ? { ...wanted, ...present } : undefined
}
