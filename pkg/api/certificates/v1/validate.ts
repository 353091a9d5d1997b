/** Validation of certificate signing requests (pkg/apis/certificates/validation). What was stored before a rule came may stay. */
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '#api/gen/certificates/v1.ts'
import { validateSignerName } from '../../core/v1/validate-signer-name.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { complaintAboutCertificate } from './issued-certificate.ts'
import { complaintAboutRequest } from './request-signature.ts'

const at = path('spec')
const certificateAt = path('status', 'certificate')
const conditionsAt = path('status', 'conditions')
const minSeconds = 600
const legacySigner = 'kubernetes.io/legacy-unknown'
const usages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
]

export function validateSigningRequest(request: CertificateSigningRequest, old?: CertificateSigningRequest): FieldError[] {
  const { spec, status } = request
  const wrong = complaintAboutRequest(spec.request ?? '')
  const seconds = spec.expirationSeconds
  const isLegacy = spec.signerName === legacySigner && old?.spec.signerName !== legacySigner
  const signerAt = at.child('signerName')
  return [
    ...(wrong ? [invalidValue(at.child('request'), spec.request || null, wrong)] : []),
    ...validateUsages(spec.usages ?? [], old?.spec.usages ?? [], at.child('usages')),
    ...(isLegacy
      ? [invalidValue(signerAt, spec.signerName, 'the legacy signerName is not allowed via this API version')]
      : validateSignerName(spec.signerName ?? '', signerAt)),
    ...(seconds !== undefined && seconds < minSeconds
      ? [invalidValue(at.child('expirationSeconds'), seconds, `may not specify a duration less than ${minSeconds} seconds (10 minutes)`)]
      : []),
    ...validateConditions(status.conditions ?? [], old?.status.conditions ?? []),
    ...validateCertificate(status.certificate, old?.status.certificate),
  ]
}

function validateUsages(given: readonly string[], before: readonly string[], at: FieldPath): FieldError[] {
  const hasUnknown = before.some((usage) => !usages.includes(usage))
  const hasTwice = new Set(before).size < before.length
  return [
    ...(given.length === 0 ? [required(at)] : []),
    ...given.flatMap((usage, position) => (hasUnknown || usages.includes(usage) ? [] : [notSupported(at.index(position), usage, usages)])),
    ...given.flatMap((usage, position) => (!hasTwice && given.indexOf(usage) < position ? [duplicate(at.index(position), usage)] : [])),
  ]
}

function validateCertificate(certificate: string | undefined, before: string | undefined): FieldError[] {
  if ((certificate ?? '') === (before ?? '') && before !== undefined) return []
  if (complaintAboutCertificate(before)) return []
  const wrong = complaintAboutCertificate(certificate)
  return wrong ? [invalidValue(certificateAt, '<certificate data>', wrong)] : []
}

type Conditions = readonly CertificateSigningRequestCondition[]

const onlyTrue = ['Approved', 'Denied', 'Failed']

function validateConditions(conditions: Conditions, before: Conditions): FieldError[] {
  const typesBefore = before.map(({ type }) => type)
  const mayBeBoth = typesBefore.includes('Approved') && typesBefore.includes('Denied')
  const mayRepeat = new Set(typesBefore).size < typesBefore.length
  const opposite: Readonly<Record<string, string>> = { Approved: 'Denied', Denied: 'Approved' }
  return conditions.flatMap(({ type, status }, position) => {
    const here = conditionsAt.index(position)
    const earlier = conditions.slice(0, position).map((each) => each.type)
    const allowed = onlyTrue.includes(type) ? ['True'] : ['False', 'True', 'Unknown']
    return [
      ...(type || typesBefore.includes('') ? [] : [required(here.child('type'))]),
      ...(status ? (allowed.includes(status) ? [] : [notSupported(here.child('status'), status, allowed)]) : [required(here.child('status'))]),
      ...(!mayBeBoth && earlier.includes(opposite[type] ?? type) && opposite[type] !== undefined
        ? [invalidValue(conditionsAt, type, 'Approved and Denied conditions are mutually exclusive')]
        : []),
      ...(!mayRepeat && earlier.includes(type) ? [duplicate(here.child('type'), type)] : []),
    ]
  })
}

/** What a door may set: the status door the certificate, the approval door approvals and denials, the object's own door neither. */
export interface SettableStatus {
  readonly certificate?: boolean
  readonly approval?: boolean
}

export function validateSigningRequestUpdate(settable: SettableStatus) {
  return (request: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] => [
    ...validateSigningRequest(request, old),
    ...onlyTrue.flatMap((type) =>
      conditionsOf(request, type).length < conditionsOf(old, type).length
        ? [forbiddenField(conditionsAt, `updates may not remove a condition of type ${JSON.stringify(type)}`)]
        : [],
    ),
    ...(settable.approval ? [] : ['Approved', 'Denied'].flatMap((type) => unchangedApproval(request, old, type))),
    ...validateCertificateUpdate(request.status.certificate ?? '', old.status.certificate ?? '', settable.certificate === true),
  ]
}

function conditionsOf({ status }: CertificateSigningRequest, type: string): Conditions {
  return (status.conditions ?? []).filter((each) => each.type === type)
}

function unchangedApproval(request: CertificateSigningRequest, old: CertificateSigningRequest, type: string): FieldError[] {
  const [now, before] = [conditionsOf(request, type), conditionsOf(old, type)]
  if (now.length > before.length) return [forbiddenField(conditionsAt, `updates may not add a condition of type ${JSON.stringify(type)}`)]
  if (now.length < before.length || semanticEqual(now, before)) return []
  return [forbiddenField(conditionsAt, `updates may not modify a condition of type ${JSON.stringify(type)}`)]
}

function validateCertificateUpdate(now: string, before: string, isSettable: boolean): FieldError[] {
  if (now === before) return []
  if (!isSettable) return [forbiddenField(certificateAt, 'updates may not set certificate content')]
  return before === '' ? [] : [forbiddenField(certificateAt, 'updates may not modify existing certificate content')]
}
