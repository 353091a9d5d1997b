/**
 * Who may `get` the subresource `secrets` of Ingresses may read the Secrets that Ingresses name, in their own namespaces, and
 * no others: what an ingress proxy on every node needs, where upstream's ingress controllers are given all Secrets. Ours, in the
 * manner of the Node authorizer; that there is no such subresource keeps the right from meaning anything else.
 */
import type { Ingress } from '#api/gen/networking/v1.ts'
import { ingresses } from '#api/gen/resources.ts'
import type { ReadAccess } from '../cached-reader.ts'
import type { Authorizer, AuthorizerAttributes, Decision } from '../types.ts'

const reading = ['get', 'list', 'watch']
const noOpinion: Decision = { decision: 'no-opinion', reason: '' }
const indexName = 'authorization-ingress-secrets'
/** Of users, of the CA of clients, of what endpoints are shown. */
const annotated = ['auth-secret', 'auth-tls-secret', 'proxy-ssl-secret'].map((each) => `nginx.ingress.kubernetes.io/${each}`)

/** Registers its informer: call before the factory starts. */
export function ingressSecretsAuthorizer({ informers, client }: ReadAccess, rbac: Authorizer): Authorizer {
  const informer = informers.informer(ingresses)
  informer.addIndex(indexName, secretsOf)

  async function isNamed(namespace: string, name: string): Promise<boolean> {
    const key = `${namespace}/${name}`
    if (informer.byIndex(indexName, key).length > 0) return true
    // The proxy may have seen the Ingress before our cache has.
    const { items } = await client.list(ingresses, { namespace })
    return items.some((each) => secretsOf(each).includes(key))
  }

  return {
    name: 'IngressSecrets',
    async authorize(attributes) {
      if (!isOneSecret(attributes)) return noOpinion
      const { namespace, name } = attributes
      const right = { ...attributes, verb: 'get', group: 'networking.k8s.io', version: 'v1', resource: 'ingresses', subresource: 'secrets', name: '' }
      if ((await rbac.authorize(right)).decision !== 'allow') return noOpinion
      if (await isNamed(namespace, name)) return { decision: 'allow', reason: 'an Ingress names this Secret' }
      return { decision: 'no-opinion', reason: 'no Ingress names this Secret' }
    },
  }
}

function isOneSecret({ isResourceRequest, group, resource, subresource, verb, namespace, name }: AuthorizerAttributes): boolean {
  return isResourceRequest && group === '' && resource === 'secrets' && subresource === '' && namespace !== '' && name !== '' && reading.includes(verb)
}

/** "namespace/name" of those for TLS, and of those that annotations name; another namespace's are not followed. */
function secretsOf({ metadata, spec }: Ingress): string[] {
  const inAnnotations = annotated.map((each) => metadata.annotations?.[each]?.trim().replace(`${metadata.namespace}/`, ''))
  const names = [...(spec?.tls ?? []).map(({ secretName }) => secretName), ...inAnnotations]
  return names.filter((name) => name && !name.includes('/')).map((name) => `${metadata.namespace}/${name}`)
}
