/** The kinds that a policy names, with the types that their OpenAPI schemas give them. */
import type { RuleWithOperations, ValidatingAdmissionPolicy } from '#api/gen/admissionregistration/v1.ts'
import type { APIResourceList } from '#apimachinery/gen/meta-v1.ts'
import { parseApiVersion } from '#apimachinery/object.ts'
import { type CelType, declTypeOf } from '#cel/decl-type.ts'
import { groupVersionPath } from '#client/paths.ts'
import { failureOf } from '#client/response-error.ts'
import type { Client, RawRequest } from '#client/types.ts'
import { schemaOf } from './openapi.ts'

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}
export interface CheckedKind {
  readonly of: GroupVersionKind
  readonly type: CelType
}

/** Upstream checks no more than so many. */
const maxKinds = 10

/** Wildcards and subresources are not checked; kinds that the server does not have neither. Throws StatusError. */
export async function typesOfPolicy(client: Client, { spec }: ValidatingAdmissionPolicy): Promise<CheckedKind[]> {
  const kinds = new Map<string, GroupVersionKind>()
  for (const rule of spec.matchConstraints?.resourceRules ?? []) {
    for (const { group, version, resources } of namedBy(rule)) {
      const listed = await resourcesOf(client, group, version)
      for (const resource of resources) {
        const kind = listed.get(resource)
        if (kind !== undefined && kinds.size < maxKinds) kinds.set(`${group}/${version}/${kind}`, { group, version, kind })
      }
    }
  }
  const sorted = [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, of]) => of)
  const checked: CheckedKind[] = []
  for (const of of sorted) {
    const type = await typeOf(client, of)
    if (type) checked.push({ of, type })
  }
  return checked
}

/** null: the policy takes parameters, and nothing is known of their kind. */
export async function paramKindOf(client: Client, { spec: { paramKind } }: ValidatingAdmissionPolicy): Promise<CelType | null | undefined> {
  if (!paramKind) return undefined
  const { group, version } = parseApiVersion(paramKind.apiVersion ?? '')
  return (await typeOf(client, { group, version, kind: paramKind.kind ?? '' })) ?? null
}

function namedBy({ apiGroups = [], apiVersions = [], resources = [] }: RuleWithOperations): { group: string; version: string; resources: readonly string[] }[] {
  if ([...apiGroups, ...apiVersions].some((each) => each.includes('*'))) return []
  const named = resources.filter((each) => !/[*/]/.test(each)).sort()
  if (named.length === 0) return []
  return [...apiGroups].sort().flatMap((group) => [...apiVersions].sort().map((version) => ({ group, version, resources: named })))
}

async function resourcesOf(client: Client, group: string, version: string): Promise<ReadonlyMap<string, string>> {
  const list = (await getJson(client, groupVersionPath({ group, version }))) as APIResourceList | undefined
  return new Map((list?.resources ?? []).map(({ name, kind }) => [name, kind]))
}

async function typeOf(client: Client, of: GroupVersionKind): Promise<CelType | undefined> {
  if (!of.version) return undefined
  const path = groupVersionPath({ group: of.group, version: of.version })
  const document = await getJson(client, `/openapi/v3${path}`)
  const schema = document ? schemaOf(document, of) : undefined
  return schema && declTypeOf(schema, true, of.kind)
}

/** Undefined: the server has none. */
async function getJson(client: Client, path: string): Promise<unknown> {
  const request: RawRequest = { method: 'GET', path, headers: { accept: 'application/json' } }
  const response = await client.request(request)
  if (response.status === 404) return undefined
  if (response.status >= 400) throw await failureOf(request, response)
  return JSON.parse(await response.text())
}
