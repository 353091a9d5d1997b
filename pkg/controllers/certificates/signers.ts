/** What each built-in signer demands (docs: "Certificates and Certificate Signing Requests", Kubernetes signers). */
import type { ParsedRequest } from './request.ts'

export const kubeletClient = 'kubernetes.io/kube-apiserver-client-kubelet'
export const kubeletServing = 'kubernetes.io/kubelet-serving'
const nodePrefix = 'system:node:'
const nodesGroup = 'system:nodes'

type Demand = (request: ParsedRequest, usages: readonly string[]) => string | undefined

/** By signer: why it refuses, or nothing. */
export const signers: Readonly<Record<string, Demand>> = {
  [kubeletClient]: kubeletClientComplaint,
  [kubeletServing]: (request, usages) =>
    ofNodes(request) ??
    (request.dnsNames.length + request.addresses.length === 0
      ? 'DNS or IP subjectAltName is required'
      : (otherNames(request) ?? usagesComplaint(usages, 'server auth') ?? ofOneNode(request))),
  'kubernetes.io/kube-apiserver-client': (_request, usages) => {
    const other = usages.find((each) => !['digital signature', 'key encipherment', 'client auth'].includes(each))
    if (other) return `invalid usage for client certificate: ${other}`
    return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth'
  },
  'kubernetes.io/legacy-unknown': () => undefined,
}

export function kubeletClientComplaint(request: ParsedRequest, usages: readonly string[]): string | undefined {
  return (
    ofNodes(request) ??
    (request.dnsNames.length > 0 ? 'DNS subjectAltNames are not allowed' : undefined) ??
    (request.addresses.length > 0 ? 'IP subjectAltNames are not allowed' : undefined) ??
    otherNames(request) ??
    ofOneNode(request) ??
    usagesComplaint(usages, 'client auth')
  )
}

function ofNodes({ organizations }: ParsedRequest): string | undefined {
  return organizations.length === 1 && organizations[0] === nodesGroup ? undefined : `subject organization is not ${nodesGroup}`
}

function ofOneNode({ commonName }: ParsedRequest): string | undefined {
  return commonName.startsWith(nodePrefix) ? undefined : `subject common name does not begin with ${nodePrefix}`
}

function otherNames({ emails, otherNames: others }: ParsedRequest): string | undefined {
  if (emails > 0) return 'Email subjectAltNames are not allowed'
  return others > 0 ? 'URI subjectAltNames are not allowed' : undefined
}

/** Keys of RSA encipher, others do not. */
function usagesComplaint(usages: readonly string[], purpose: string): string | undefined {
  const all = ['digital signature', 'key encipherment', purpose].sort()
  const fits = usages.every((each) => all.includes(each)) && all.every((each) => each === 'key encipherment' || usages.includes(each))
  return fits ? undefined : `usages did not match [${all.join(' ')}]`
}
