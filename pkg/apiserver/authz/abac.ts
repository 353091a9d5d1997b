/** ABAC: policies of a file, a line of JSON each (docs: "Using ABAC Authorization"). Upstream: pkg/auth/authorizer/abac. */
import type { Authorizer, AuthorizerAttributes, UserInfo } from '../types.ts'

export interface AbacPolicy {
  readonly user?: string
  readonly group?: string
  readonly readonly?: boolean
  readonly apiGroup?: string
  readonly resource?: string
  readonly namespace?: string
  readonly nonResourcePath?: string
}

const apiVersion = 'abac.authorization.kubernetes.io/v1beta1'

/** Throws an Error with the line. Upstream's form of before there were versions is refused. */
export function parsePolicies(text: string, path = 'FILE'): AbacPolicy[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '' || line.trim().startsWith('#')) return []
    const fail = (why: string): never => {
      throw new Error(`error reading policy file ${path}, line ${index + 1}: ${line}: ${why}`)
    }
    let policy: { apiVersion?: string; kind?: string; spec?: AbacPolicy } = {}
    try {
      policy = JSON.parse(line)
    } catch (error) {
      fail((error as Error).message)
    }
    if (policy.apiVersion !== apiVersion || policy.kind !== 'Policy')
      fail(`no kind ${JSON.stringify(policy.kind ?? '')} is registered for version ${JSON.stringify(policy.apiVersion ?? '')}`)
    return [policy.spec ?? {}]
  })
}

export function abacAuthorizer(policies: readonly AbacPolicy[]): Authorizer & { readonly policies: readonly AbacPolicy[] } {
  return {
    name: 'ABAC',
    policies,
    authorize: (attributes) =>
      policies.some((policy) => matches(policy, attributes)) ? { decision: 'allow', reason: '' } : { decision: 'no-opinion', reason: 'No policy matched.' },
  }
}

function matches(policy: AbacPolicy, attributes: AuthorizerAttributes): boolean {
  const reads = ['get', 'list', 'watch'].includes(attributes.verb)
  if (!isAbout(policy, attributes.user) || (policy.readonly && !reads)) return false
  return attributes.isResourceRequest ? matchesResource(policy, attributes) : matchesPath(policy.nonResourcePath ?? '', attributes.path)
}

/** Both must fit where both are named, and one must be. */
export function isAbout({ user = '', group = '' }: AbacPolicy, { name, groups }: UserInfo): boolean {
  if (user !== '' && user !== '*' && user !== name) return false
  if (group !== '' && group !== '*' && !groups.includes(group)) return false
  return user !== '' || group !== ''
}

function matchesResource({ namespace = '', resource = '', apiGroup = '' }: AbacPolicy, attributes: AuthorizerAttributes): boolean {
  const fits = (wanted: string, is: string): boolean => wanted === '*' || wanted === is
  return fits(namespace, attributes.namespace) && fits(resource, attributes.resource) && fits(apiGroup, attributes.group)
}

function matchesPath(wanted: string, path: string): boolean {
  return wanted === '*' || wanted === path || (wanted.endsWith('*') && path.startsWith(wanted.replace(/\*+$/, '')))
}
