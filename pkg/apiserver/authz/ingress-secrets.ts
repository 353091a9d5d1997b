/**
 * Who may `get` the subresource `secrets` of Ingresses may read the Secrets that Ingresses name, in their own namespaces, and
 * no others, and of `configmaps` the ConfigMaps: what an ingress proxy on every node needs, where upstream's ingress controllers are given all Secrets. Ours, in the
 * manner of the Node authorizer; that there are no such subresources keeps the rights from meaning anything else.
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
/** Of headers. */
const annotatedConfigMaps = ['custom-headers', 'auth-proxy-set-headers'].map((each) => `nginx.ingress.kubernetes.io/${each}`)

/** Registers its informer: call before the factory starts. */
export function ingressSecretsAuthorizer({ informers, client }: ReadAccess, rbac: Authorizer): Authorizer {
  const informer = informers.informer(ingresses)
  informer.addIndex(indexName, namedBy)

  async function isNamed(resource: string, namespace: string, name: string): Promise<boolean> {
    const key = `${resource} ${namespace}/${name}`
    if (informer.byIndex(indexName, key).length > 0) return true
    // The proxy may have seen the Ingress before our cache has.
    const { items } = await client.list(ingresses, { namespace })
    return items.some((each) => namedBy(each).includes(key))
  }

  return {
    name: 'IngressSecrets',
    async authorize(attributes) {
      if (!isOneOfTheirs(attributes)) return noOpinion
      const { resource, namespace, name } = attributes
      const right = { ...attributes, verb: 'get', group: 'networking.k8s.io', version: 'v1', resource: 'ingresses', subresource: resource, name: '' }
      if ((await rbac.authorize(right)).decision !== 'allow') return noOpinion
      const kind = resource === 'secrets' ? 'Secret' : 'ConfigMap'
      if (await isNamed(resource, namespace, name)) return { decision: 'allow', reason: `an Ingress names this ${kind}` }
      return { decision: 'no-opinion', reason: `no Ingress names this ${kind}` }
    },
  }
}

function isOneOfTheirs({ isResourceRequest, group, resource, subresource, verb, namespace, name }: AuthorizerAttributes): boolean {
  return (
    isResourceRequest &&
    group === '' &&
    (resource === 'secrets' || resource === 'configmaps') &&
    subresource === '' &&
    namespace !== '' &&
    name !== '' &&
    reading.includes(verb)
  )
}

/** "RESOURCE namespace/name" of Secrets for TLS, and of what annotations name; another namespace's are not followed. */
function namedBy({ metadata, spec }: Ingress): string[] {
  const inAnnotations = (annotations: readonly string[]) =>
    annotations.map((each) => metadata.annotations?.[each]?.trim().replace(`${metadata.namespace}/`, ''))
  const keys = (resource: string, names: readonly (string | undefined)[]) =>
    names.filter((name) => name && !name.includes('/')).map((name) => `${resource} ${metadata.namespace}/${name}`)
  return [
    ...keys('secrets', [...(spec?.tls ?? []).map(({ secretName }) => secretName), ...inAnnotations(annotated)]),
    ...keys('configmaps', inAnnotations(annotatedConfigMaps)),
  ]
}
