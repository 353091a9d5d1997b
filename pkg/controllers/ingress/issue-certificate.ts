/**
 * The built-in issuer: an Ingress that names an issuer in cert-manager's way gets its TLS Secrets signed by a CA of the cluster,
 * kept in kube-system/k8ts-ingress-ca for those who want to trust it. Where cert-manager itself is installed, it is left to it.
 */
import { X509Certificate } from 'node:crypto'
import type { Secret } from '#api/gen/core/v1.ts'
import type { Ingress } from '#api/gen/networking/v1.ts'
import { ingresses, secrets } from '#api/gen/resources.ts'
import { isAlreadyExists, isNotFound } from '#apimachinery/status-error.ts'
import type { ControllerContext } from '#runtime/types.ts'
import type { CertificateAuthority, PemPair } from './types.ts'

const ingressAnnotation = 'k8ts.io/ingress'
export const issuedLabel = 'k8ts.io/issued-certificate'
const caSecret = { namespace: 'kube-system', name: 'k8ts-ingress-ca' }
const caName = 'k8ts ingress CA'

export function issuerOf({ metadata }: Ingress): string | undefined {
  return metadata.annotations?.['cert-manager.io/cluster-issuer'] ?? metadata.annotations?.['cert-manager.io/issuer']
}

/** Answers in how many milliseconds to look again, for the renewal. */
export async function issueCertificates(ingress: Ingress, authority: CertificateAuthority, context: ControllerContext): Promise<number | undefined> {
  const issuer = issuerOf(ingress)
  const wanted = (ingress.spec.tls ?? []).filter(({ hosts, secretName }) => secretName && hosts?.length)
  if (issuer === undefined || wanted.length === 0) return undefined
  const waits: number[] = []
  for (const { hosts = [], secretName = '' } of wanted) {
    const wait = await keepCertificate(ingress, issuer, hosts, secretName, authority, context)
    if (wait !== undefined) waits.push(wait)
  }
  return waits.length > 0 ? Math.min(...waits) : undefined
}

async function keepCertificate(
  ingress: Ingress,
  issuer: string,
  hosts: readonly string[],
  name: string,
  authority: CertificateAuthority,
  context: ControllerContext,
) {
  const { client, clock, events } = context
  const namespace = ingress.metadata.namespace ?? ''
  const current = await getOrNothing(context, { namespace, name })
  // What somebody else put there is somebody else's to renew.
  if (current && current.metadata.labels?.[issuedLabel] === undefined) return undefined
  // Two Ingresses that name one Secret for different hosts must not take turns in replacing it: it stays with the first.
  if (current && belongsToAnother(current, ingress, context)) return undefined
  const renewAt = current ? renewalOf(current, hosts) : 0
  if (renewAt > clock.now()) return renewAt - clock.now()
  if (await hasCertManager(context)) return undefined
  const ca = await certificateAuthority(authority, context)
  const leaf = await authority.issue(hosts, ca)
  const secret = {
    metadata: {
      namespace,
      name,
      labels: { [issuedLabel]: 'true' },
      annotations: {
        [ingressAnnotation]: ingress.metadata.name,
        'cert-manager.io/issuer-name': issuer,
        'cert-manager.io/issuer-kind': 'ClusterIssuer',
        'cert-manager.io/alt-names': hosts.join(','),
      },
    },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64(leaf.certificate), 'tls.key': base64(leaf.key), 'ca.crt': base64(ca.certificate) },
  }
  if (current) await client.update(secrets, { ...secret, metadata: { ...current.metadata, ...secret.metadata } })
  else await client.create(secrets, secret)
  events.event(ingress, 'Normal', current ? 'UpdateCertificate' : 'CreateCertificate', `Successfully ${current ? 'updated' : 'created'} Certificate "${name}"`)
  return Math.max(0, renewalTime(leaf.certificate) - clock.now())
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
