/** Describing roles, bindings, and certificate requests. */
import { humanDuration } from '#api/ages.ts'
import { policyRows } from '../../resources/policy-rows.ts'
import { readCertificateRequest } from './certificate-request.ts'
import { flatPairs, rfc1123 } from './text.ts'
import type { Describer } from './types.ts'

export const describeRole: Describer = (out, { object }) => {
  const { metadata, rules } = object
  out.line(0, 'Name:', metadata.name).map('Labels', metadata.labels).annotations(metadata.annotations)
  out.line(0, 'PolicyRule:').line(1, 'Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs')
  out.line(1, '---------', '-----------------', '--------------', '-----')
  for (const { resource, urls, names, verbs } of policyRows(rules ?? [])) out.line(1, resource, urls, names, verbs)
}

export const describeBinding: Describer = (out, { object }) => {
  const { metadata, roleRef, subjects = [] } = object
  out.line(0, 'Name:', metadata.name).map('Labels', metadata.labels).annotations(metadata.annotations)
  out.line(0, 'Role:').line(1, 'Kind:', roleRef.kind).line(1, 'Name:', roleRef.name)
  out.line(0, 'Subjects:').line(1, 'Kind', 'Name', 'Namespace').line(1, '----', '----', '---------')
  for (const { kind, name, namespace = '' } of subjects) out.line(1, kind, name, namespace)
}

export const describeCertificateRequest: Describer = (out, { object }) => {
  const { metadata, spec, status = {} } = object
  const { subject, names } = readCertificateRequest(Buffer.from(spec.request, 'base64').toString('utf8'))
  out.line(0, 'Name:', metadata.name).line(0, 'Labels:', flatPairs(metadata.labels)).line(0, 'Annotations:', flatPairs(metadata.annotations))
  out.line(0, 'CreationTimestamp:', rfc1123(metadata.creationTimestamp)).line(0, 'Requesting User:', spec.username ?? '')
  if (spec.signerName) out.line(0, 'Signer:', spec.signerName)
  if (spec.expirationSeconds !== undefined) out.line(0, 'Requested Duration:', humanDuration(spec.expirationSeconds * 1000))
  out.line(0, 'Status:', requestStatus(status))
  out.line(0, 'Subject:')
  out.line(0, '', 'Common Name:', subject.CN?.[0] ?? '').line(0, '', 'Serial Number:', subject.serialNumber?.[0] ?? '')
  const list = (title: string, values: readonly string[] | undefined): void => {
    for (const [index, value] of (values ?? []).entries()) out.line(0, '', index === 0 ? `${title}:` : '', value)
  }
  list('Organization', subject.O)
  list('Organizational Unit', subject.OU)
  list('Country', subject.C)
  list('Locality', subject.L)
  list('Province', subject.ST)
  list('StreetAddress', subject.street)
  list('PostalCode', subject.postalCode)
  if (Object.values(names).every((values) => values.length === 0)) return
  out.line(0, 'Subject Alternative Names:')
  list('DNS Names', names.dns)
  list('Email Addresses', names.email)
  list('URIs', names.uri)
  list('IP Addresses', names.ip)
}

function requestStatus({ conditions = [], certificate = '' }: any): string {
  const has = (type: string): boolean => conditions.some((each: any) => each.type === type)
  const words = [
    has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending',
    ...(has('Failed') ? ['Failed'] : []),
    ...(certificate.length > 0 ? ['Issued'] : []),
  ]
  return words.join(',')
}
