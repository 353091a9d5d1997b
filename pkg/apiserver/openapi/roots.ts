/** The paths above the resources: which groups, versions and resources there are, the server's version, and who signs its tokens. */
import { APIGroupListSchema, APIGroupSchema, APIResourceListSchema, APIVersionsSchema } from '#apimachinery/gen/meta-v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { encodings, groupTag, groupWord, type Operation, type PathItem, pathItem, rootOf } from './operations.ts'
import type { Json } from './types.ts'

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1)

function root(path: string, operation: Pick<Operation, 'tag' | 'id' | 'description' | 'answer'> & Partial<Operation>): PathItem {
  return pathItem(`${path}/`, [{ method: 'get', parameters: [], consumes: encodings, produces: encodings, codes: [200], ...operation }])
}

export function versionsPath(): PathItem {
  return root('/api', { tag: 'core', id: 'getCoreAPIVersions', description: 'get available API versions', answer: APIVersionsSchema })
}

export function groupsPath(): PathItem {
  return root('/apis', { tag: 'apis', id: 'getAPIVersions', description: 'get available API versions', answer: APIGroupListSchema })
}

/** Upstream describes the paths of groups and versions but where they hold nothing but custom resources. */
export function groupsWithPaths(definitions: readonly ResourceDefinition[]): string[] {
  return [...new Set(definitions.filter(({ group, custom }) => group !== '' && !custom).map(({ group }) => group))]
}

export function groupPath(group: string): PathItem {
  return root(`/apis/${group}`, {
    tag: groupTag(group),
    id: `get${groupWord(group)}APIGroup`,
    description: 'get information of a group',
    answer: APIGroupSchema,
  })
}

export function resourcesPath(of: { readonly group: string; readonly version: string }): PathItem {
  return root(rootOf(of), {
    tag: `${groupTag(of.group)}_${of.version}`,
    id: `get${groupWord(of.group)}${capital(of.version)}APIResources`,
    description: 'get available resources',
    answer: APIResourceListSchema,
  })
}

const json = ['application/json']

/** By the names of their documents. */
export const otherPaths: Readonly<Record<string, PathItem>> = {
  '.well-known/openid-configuration': root('/.well-known/openid-configuration', {
    tag: 'WellKnown',
    id: 'getServiceAccountIssuerOpenIDConfiguration',
    description: 'what verifies the tokens of service accounts',
    answer: undefined,
    consumes: [],
    produces: json,
  }),
  'openid/v1/jwks': root('/openid/v1/jwks', {
    tag: 'openid',
    id: 'getServiceAccountIssuerOpenIDKeyset',
    description: 'the public keys that verify the tokens of service accounts',
    answer: undefined,
    consumes: [],
    produces: ['application/jwk-set+json'],
  }),
  version: root('/version', {
    tag: 'version',
    id: 'getCodeVersion',
    description: 'the version of this server',
    answer: 'io.k8s.apimachinery.pkg.version.Info',
    consumes: json,
    produces: json,
  }),
}

const always = ['major', 'minor', 'gitVersion', 'gitCommit', 'gitTreeState', 'buildDate', 'goVersion', 'compiler', 'platform']
const sometimes = ['emulationMajor', 'emulationMinor', 'minCompatibilityMajor', 'minCompatibilityMinor']

/** Models of what is no type of the API. */
export function otherModels(dialect: 'v2' | 'v3'): Json {
  const given = dialect === 'v2' ? { type: 'string' } : { type: 'string', default: '' }
  const properties = Object.fromEntries(
    [...always.map((name) => [name, given] as const), ...sometimes.map((name) => [name, { type: 'string' }] as const)].sort(([a], [b]) => (a < b ? -1 : 1)),
  )
  return { 'io.k8s.apimachinery.pkg.version.Info': { description: 'What the server was built of.', type: 'object', required: always, properties } }
}
