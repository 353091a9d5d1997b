/**
 * The built-in issuer: an Ingress that names an issuer in cert-manager's way gets its TLS Secrets signed by a CA of the cluster,
 * kept in kube-system/k8ts-ingress-ca for those who want to trust it, or by an ACME server when one is configured (`acme/config.ts`).
 * Where cert-manager itself is installed, it is left to it.
 */
import { X509Certificate } from 'node:crypto'
import type { Secret } from '#api/gen/core/v1.ts'
import type { Ingress } from '#api/gen/networking/v1.ts'
import { configMaps, ingresses, secrets } from '#api/gen/resources.ts'
import { isAlreadyExists, isNotFound } from '#apimachinery/status-error.ts'
import type { ControllerContext } from '#runtime/types.ts'
import type { AcmeIssuer } from './acme-issuer.ts'
import { acmeConfigMap, acmeConfigOf, isForAcme } from './acme/config.ts'
import type { AcmeConfig } from './acme/types.ts'
import type { CertificateAuthority, PemPair } from './types.ts'

const ingressAnnotation = 'k8ts.io/ingress'
/** The ACME server that issued it. */
const serverAnnotation = 'k8ts.io/acme-server'
export const issuedLabel = 'k8ts.io/issued-certificate'
const caSecret = { namespace: 'kube-system', name: 'k8ts-ingress-ca' }
const caName = 'k8ts ingress CA'

export function issuerOf({ metadata }: Ingress): string | undefined {
  return metadata.annotations?.['cert-manager.io/cluster-issuer'] ?? metadata.annotations?.['cert-manager.io/issuer']
}

export interface Issuing {
  readonly authority: CertificateAuthority
  readonly acme: AcmeIssuer
  readonly context: ControllerContext
  /** Addresses of the nodes that serve Ingresses. */
  readonly addresses: readonly string[]
}

/** Answers in how many milliseconds to look again, for the renewal or after a failure. */
export async function issueCertificates(ingress: Ingress, issuing: Issuing): Promise<number | undefined> {
  const { cache, events } = issuing.context
  const issuer = issuerOf(ingress)
  const wanted = (ingress.spec.tls ?? []).filter(({ hosts, secretName }) => secretName && hosts?.length)
  if (issuer === undefined || wanted.length === 0) return undefined
  let acme: AcmeConfig | undefined
  try {
    acme = acmeConfigOf(cache(configMaps, acmeConfigScope).get(acmeConfigMap.namespace, acmeConfigMap.name))
  } catch (error) {
    // Not by the CA instead: a certificate that browsers refuse is not what was asked for.
    events.event(ingress, 'Warning', 'IssueFailed', (error as Error).message)
    return undefined
  }
  const waits: number[] = []
  for (const { hosts = [], secretName = '' } of wanted) {
    const wait = await keepCertificate(ingress, { issuer, hosts, name: secretName, server: isForAcme(acme, issuer) ? acme : undefined }, issuing)
    if (wait !== undefined) waits.push(wait)
  }
  return waits.length > 0 ? Math.min(...waits) : undefined
}

export const acmeConfigScope = { namespace: acmeConfigMap.namespace, fieldSelector: `metadata.name=${acmeConfigMap.name}` }

interface Wish {
  readonly issuer: string
  readonly hosts: readonly string[]
  /** The Secret. */
  readonly name: string
  /** Nothing: the CA of the cluster issues it. */
  readonly server: AcmeConfig | undefined
}

async function keepCertificate(ingress: Ingress, { issuer, hosts, name, server }: Wish, { authority, acme, context, addresses }: Issuing) {
  const { client, clock, events } = context
  const namespace = ingress.metadata.namespace ?? ''
  const current = await getOrNothing(context, { namespace, name })
  // What somebody else put there is somebody else's to renew.
  if (current && current.metadata.labels?.[issuedLabel] === undefined) return undefined
  // Two Ingresses that name one Secret for different hosts must not take turns in replacing it: it stays with the first.
  if (current && belongsToAnother(current, ingress, context)) return undefined
  const isFromThere = current?.metadata.annotations?.[serverAnnotation] === server?.server
  const renewAt = current && isFromThere ? renewalOf(current, hosts) : 0
  if (renewAt > clock.now()) return renewAt - clock.now()
  if (await hasCertManager(context)) return undefined
  const obtained = server
    ? acme.obtain({ ingress, secretName: name, hosts, config: server, addresses }, context)
    : { pair: await issuedByCa(authority, hosts, context) }
  if (!obtained) return undefined
  if ('waitMs' in obtained) return obtained.waitMs
  const { pair } = obtained
  const secret = {
    metadata: {
      namespace,
      name,
      labels: { [issuedLabel]: 'true' },
      annotations: {
        [ingressAnnotation]: ingress.metadata.name,
        ...(server ? { [serverAnnotation]: server.server } : {}),
        'cert-manager.io/issuer-name': issuer,
        'cert-manager.io/issuer-kind': 'ClusterIssuer',
        'cert-manager.io/alt-names': hosts.join(','),
      },
    },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64(pair.certificate), 'tls.key': base64(pair.key), ...(pair.ca ? { 'ca.crt': base64(pair.ca) } : {}) },
  }
  if (current) await client.update(secrets, { ...secret, metadata: { ...current.metadata, ...secret.metadata } })
  else await client.create(secrets, secret)
  events.event(ingress, 'Normal', current ? 'UpdateCertificate' : 'CreateCertificate', `Successfully ${current ? 'updated' : 'created'} Certificate "${name}"`)
  return Math.max(0, renewalTime(pair.certificate) - clock.now())
}

async function issuedByCa(authority: CertificateAuthority, hosts: readonly string[], context: ControllerContext): Promise<PemPair & { ca: string }> {
  const ca = await certificateAuthority(authority, context)
  return { ...(await authority.issue(hosts, ca)), ca: ca.certificate }
}

function belongsToAnother({ metadata }: Secret, ingress: Ingress, { cache }: ControllerContext): boolean {
  const owner = metadata.annotations?.[ingressAnnotation]
  if (owner === undefined || owner === ingress.metadata.name) return false
  const other = cache(ingresses).get(metadata.namespace, owner)
  return other !== undefined && issuerOf(other) !== undefined && (other.spec.tls ?? []).some((each) => each.secretName === metadata.name)
}

/** When the certificate is to be renewed; 0 when it does not fit what is wanted. */
function renewalOf({ data = {} }: Secret, hosts: readonly string[]): number {
  try {
    const certificate = Buffer.from(data['tls.crt'] ?? '', 'base64').toString()
    const names = new Set((new X509Certificate(certificate).subjectAltName ?? '').split(', '))
    return data['tls.key'] && hosts.every((each) => names.has(`DNS:${each}`)) ? renewalTime(certificate) : 0
  } catch {
    return 0
  }
}

/** As cert-manager has it: when a third of the lifetime is left. */
function renewalTime(certificate: string): number {
  const { validFromDate, validToDate } = new X509Certificate(certificate)
  return validToDate.getTime() - (validToDate.getTime() - validFromDate.getTime()) / 3
}

async function certificateAuthority(authority: CertificateAuthority, context: ControllerContext): Promise<PemPair> {
  const found = await getOrNothing(context, caSecret)
  if (found) return pairOf(found)
  const made = await authority.createCa(caName)
  try {
    await context.client.create(secrets, {
      metadata: caSecret,
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': base64(made.certificate), 'tls.key': base64(made.key) },
    })
    return made
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    return pairOf(await context.client.get(secrets, caSecret))
  }
}

/** Its API is served: then its own controller reads the annotation. */
async function hasCertManager({ client }: ControllerContext): Promise<boolean> {
  return (await client.request({ method: 'GET', path: '/apis/cert-manager.io' })).status === 200
}

async function getOrNothing({ client }: ControllerContext, key: { namespace: string; name: string }): Promise<Secret | undefined> {
  try {
    return await client.get(secrets, key)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

function pairOf({ data = {} }: Secret): PemPair {
  return { certificate: Buffer.from(data['tls.crt'] ?? '', 'base64').toString(), key: Buffer.from(data['tls.key'] ?? '', 'base64').toString() }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
