/** Policies with their bindings. */
import type { MatchResources } from '#api/gen/admissionregistration/v1.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { cachedReader, type ReadAccess } from '../../cached-reader.ts'
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
  return async () => {
    const found = await policyReader.list()
    if (found.length === 0) return []
    const byPolicy = Map.groupBy(await bindingReader.list(), ({ spec }) => spec.policyName ?? '')
    return [...found]
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
      .map((policy) => ({ policy, bindings: byPolicy.get(policy.metadata.name) ?? [] }))
  }
}

const everything = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*', '*/*'], scope: '*' }] as const

export function matchResources(
  matcher: Matcher,
  match: MatchResources | undefined,
  attributes: AdmissionAttributes,
  isBinding: boolean,
): Promise<Matched | undefined> {
  const { resourceRules, excludeResourceRules, matchPolicy, namespaceSelector, objectSelector } = match ?? {}
  // A binding that names no resources narrows nothing.
  const rules = isBinding && !resourceRules?.length ? (everything as unknown as NonNullable<typeof resourceRules>) : resourceRules
  return matcher.match({ rules, excluded: excludeResourceRules, matchPolicy, namespaceSelector, objectSelector }, attributes)
}
