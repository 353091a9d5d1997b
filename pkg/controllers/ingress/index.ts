/**
 * Ingress, the part that is done once for the cluster: the class "nginx", status addresses, certificates. In: Ingresses, IngressClasses,
 * Nodes. Out: Ingresses' status, TLS Secrets. The proxy itself is `#network/ingress`. Upstream: ingress-nginx, cert-manager's ingress-shim.
 */
import type { Ingress } from '#api/gen/networking/v1.ts'
import { configMaps, ingressClasses, ingresses, nodes, secrets } from '#api/gen/resources.ts'
import { keyOf, splitKey } from '#apimachinery/object.ts'
import { isAlreadyExists } from '#apimachinery/status-error.ts'
import { type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'
import { AcmeIssuer, type AcmeOptions } from './acme-issuer.ts'
import { acmeConfigScope, issueCertificates, issuedLabel, issuerOf } from './issue-certificate.ts'

/** The same as in `#network/ingress`, which this layer may not import. */
const controllerName = 'k8ts.io/ingress'
const className = 'nginx'
/** No Ingress has such a key. */
const defaultClassKey = '/default-class'
const everyIngress = (context: ControllerContext) => context.cache(ingresses).list().map(keyOf)

export function ingressController({ certificateAuthority }: ControllerSettings, acmeOptions?: AcmeOptions): Controller {
  const acme = certificateAuthority && new AcmeIssuer(certificateAuthority, acmeOptions)
  /** Ingresses that have our addresses; one whose class is another's then loses them. */
  const published = new Set<string>()
  return {
    name: 'ingress-controller',
    account: 'ingress-controller',
    eventSource: 'nginx-ingress-controller',
    inputs: [
      input(ingresses, { keys: (ingress, change) => (change !== 'delete' || published.has(keyOf(ingress)) ? [keyOf(ingress)] : []) }),
      input(ingressClasses, { keys: (_, __, ___, context) => everyIngress(context) }),
      input(nodes, {
        keys: (node, change, previous, context) => (change === 'update' && addressOf(node) === addressOf(previous!) ? [] : everyIngress(context)),
      }),
      // A certificate that is deleted is issued again.
      input(secrets, {
        scope: { labelSelector: issuedLabel },
        keys: (secret, change, _, context) =>
          change !== 'delete'
            ? []
            : context
                .cache(ingresses)
                .list(secret.metadata.namespace)
                .filter((each) => issuerOf(each) !== undefined)
                .map(keyOf),
      }),
      input(configMaps, { scope: acmeConfigScope, keys: (_, __, ___, context) => everyIngress(context) }),
    ],
    outputs: [
      output(ingresses, 'status'),
      output(ingressClasses, 'default class'),
      output(secrets, 'issued certificates'),
      output(ingresses, 'ACME challenges'),
    ],
    start: ({ enqueue }) => enqueue(defaultClassKey),
    async reconcile(key, context) {
      if (key === defaultClassKey) {
        await ensureDefaultClass(context)
        return undefined
      }
      const ingress = context.cache(ingresses).byKey(key)
      const addresses = nodeAddresses(context)
      if (!ingress || ingress.metadata.deletionTimestamp || !isOurs(ingress, context)) {
        // Not if somebody else has told of his own since.
        if (published.has(key) && ingress && !ingress.metadata.deletionTimestamp && publishedOf(ingress) === addresses.join())
          await publishAddresses(ingress, [], context)
        published.delete(key)
        return undefined
      }
      await publishAddresses(ingress, addresses, context)
      published.add(key)
      const waitMs = certificateAuthority && acme ? await issueCertificates(ingress, { authority: certificateAuthority, acme, context, addresses }) : undefined
      return waitMs === undefined ? undefined : { requeueAfterMs: waitMs }
    },
  }
}

async function ensureDefaultClass({ client, cache }: ControllerContext): Promise<void> {
  if (cache(ingressClasses).byKey(className)) return
  const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' }
  try {
    await client.create(ingressClasses, { metadata: { name: className, annotations }, spec: { controller: controllerName } })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
}

/** Of all nodes that are ready. */
function nodeAddresses({ cache }: ControllerContext): string[] {
  return cache(nodes)
    .list()
    .flatMap((node) => addressOf(node) ?? [])
    .sort()
}

const publishedOf = ({ status }: Ingress): string => (status?.loadBalancer?.ingress ?? []).map(({ ip = '' }) => ip).join()

async function publishAddresses(ingress: Ingress, addresses: readonly string[], { client }: ControllerContext): Promise<void> {
  if (publishedOf(ingress) === addresses.join()) return
  const loadBalancer = addresses.length > 0 ? { ingress: addresses.map((ip) => ({ ip })) } : null
  // Only as it was seen: what somebody else says meanwhile is not ours to overwrite.
  const { resourceVersion } = ingress.metadata
  await client.patch(ingresses, splitKey(keyOf(ingress)), { metadata: { resourceVersion }, status: { loadBalancer } }, { type: 'merge', subresource: 'status' })
}

/** The address at which a node's ingress answers, while the node is ready. */
function addressOf({
  status,
}: {
  status?: { conditions?: { type: string; status: string }[]; addresses?: { type: string; address: string }[] }
}): string | undefined {
  const ready = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True')
  return ready ? status?.addresses?.find(({ type }) => type === 'InternalIP')?.address : undefined
}

function isOurs({ metadata, spec }: Ingress, { cache }: ControllerContext): boolean {
  const name = spec.ingressClassName ?? metadata.annotations?.['kubernetes.io/ingress.class']
  return name !== undefined && cache(ingressClasses).byKey(name)?.spec.controller === controllerName
}
