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
    nodeComplaint(request) ??
    (request.otherNames > 0
      ? 'Email and URI subjectAltNames are not allowed'
      : request.dnsNames.length + request.addresses.length === 0
        ? 'DNS or IP subjectAltName is required'
        : usagesComplaint(usages, 'server auth', ['digital signature', 'server auth'])),
  'kubernetes.io/kube-apiserver-client': (_request, usages) => usagesComplaint(usages, 'client auth', ['client auth']),
  'kubernetes.io/legacy-unknown': () => undefined,
}

export function kubeletClientComplaint(request: ParsedRequest, usages: readonly string[]): string | undefined {
  const names = request.dnsNames.length + request.addresses.length + request.otherNames
  return (
    nodeComplaint(request) ?? (names > 0 ? 'subjectAltNames are not allowed' : usagesComplaint(usages, 'client auth', ['digital signature', 'client auth']))
  )
}

function nodeComplaint({ organizations, commonName }: ParsedRequest): string | undefined {
  if (organizations.length !== 1 || organizations[0] !== nodesGroup) return `subject organization is not ${nodesGroup}`
  return commonName.startsWith(nodePrefix) ? undefined : `subject common name does not begin with ${nodePrefix}`
}

function usagesComplaint(usages: readonly string[], purpose: string, needed: readonly string[]): string | undefined {
  const allowed = ['digital signature', 'key encipherment', purpose]
  const fits = needed.every((each) => usages.includes(each)) && usages.every((each) => allowed.includes(each))
  return fits ? undefined : `usages did not match [${needed.join(' ')}] with or without key encipherment`
}
