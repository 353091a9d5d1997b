/** Policies with their bindings. */
import type { MatchResources } from '#api/gen/admissionregistration/v1.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { cachedReader, type ReadAccess } from '../../cached-reader.ts'
import { sameItems } from '../webhook/source.ts'
import type { AdmissionAttributes } from '../../types.ts'
import type { Matched, Matcher } from '../rules.ts'

export interface Bound<P, B> {
  readonly policy: P
  readonly bindings: readonly B[]
}

type Binding = KubeObject & { spec: { policyName?: string; matchResources?: MatchResources } }

export function policySource<P extends KubeObject, B extends Binding>(
  access: ReadAccess,
  policies: ResourceRef<P>,
  bindings: ResourceRef<B>,
): () => Promise<Bound<P, B>[]> {
  const [policyReader, bindingReader] = [cachedReader(access, policies), cachedReader(access, bindings)]
  let from: readonly [readonly P[], readonly B[]] = [[], []]
  let bound: Bound<P, B>[] = []
  return async () => {
    const found = await policyReader.list()
    if (found.length === 0) return []
    const bindings = await bindingReader.list()
    if (!sameItems(found, from[0]) || !sameItems(bindings, from[1])) {
      from = [found, bindings]
      const byPolicy = Map.groupBy(bindings, ({ spec }) => spec.policyName ?? '')
      bound = [...found]
        .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
        .map((policy) => ({ policy, bindings: byPolicy.get(policy.metadata.name) ?? [] }))
    }
    return bound
  }
}

const everything = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*', '*/*'], scope: '*' }] as const

export function matchResources(matcher: Matcher, match: MatchResources | undefined, attributes: AdmissionAttributes): Promise<Matched | undefined> {
  const { resourceRules, excludeResourceRules, matchPolicy, namespaceSelector, objectSelector } = match ?? {}
  // What names no resources is for all of them.
  const rules = !resourceRules?.length ? (everything as unknown as NonNullable<typeof resourceRules>) : resourceRules
  return matcher.match({ rules, excluded: excludeResourceRules, matchPolicy, namespaceSelector, objectSelector }, attributes)
}
