/** Validation of certificate signing requests. */
import { duplicate, type FieldError, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isDns1123Subdomain } from '#apimachinery/names.ts'
import type { CertificateSigningRequest } from '#api/gen/certificates/v1.ts'
import { semanticEqual } from '../../semantic-equal.ts'

const at = path('spec')
const minSeconds = 600

export function validateSigningRequest({ spec }: CertificateSigningRequest): FieldError[] {
  const errors: FieldError[] = []
  const usages = spec.usages ?? []
  if (usages.length === 0) errors.push(required(at.child('usages')))
  if (!isPemRequest(spec.request ?? '')) errors.push(invalidValue(at.child('request'), spec.request ?? '', 'PEM block type must be CERTIFICATE REQUEST'))
  const seen = new Set<string>()
  for (const [position, usage] of usages.entries()) {
    if (seen.has(usage)) errors.push(duplicate(at.child('usages').index(position), usage))
    seen.add(usage)
  }
  errors.push(...validateSignerName(spec.signerName ?? ''))
  const seconds = spec.expirationSeconds
  if (seconds !== undefined && seconds < minSeconds)
    errors.push(invalidValue(at.child('expirationSeconds'), seconds, `may not specify a duration less than ${minSeconds} seconds (10 minutes)`))
  return errors
}

function isPemRequest(base64: string): boolean {
  return /-----BEGIN (NEW )?CERTIFICATE REQUEST-----/.test(Buffer.from(base64, 'base64').toString('latin1'))
}

function validateSignerName(name: string): FieldError[] {
  const here = at.child('signerName')
  if (name === '') return [required(here)]
  const [domain = '', ...rest] = name.split('/')
  if (rest.length !== 1) return [invalidValue(here, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")]
  const errors = isDns1123Subdomain(domain).map((text) => invalidValue(here, domain, `validating label ${JSON.stringify(domain)}: ${text}`))
  if (!domain.includes('.')) errors.push(invalidValue(here, domain, 'should be a domain with at least two segments separated by dots'))
  return errors
}

/** Approvals and denials, once given, stay; and nobody is both. */
export function validateSigningRequestUpdate({ status }: CertificateSigningRequest, { status: old }: CertificateSigningRequest): FieldError[] {
  const here = path('status', 'conditions')
  const errors: FieldError[] = []
  const types = new Set<string>()
  for (const [position, { type, status: value }] of (status.conditions ?? []).entries()) {
    if (!type) errors.push(required(here.index(position).child('type')))
    if (!value) errors.push(required(here.index(position).child('status')))
    else if (['Approved', 'Denied', 'Failed'].includes(type) && value !== 'True')
      errors.push({
        reason: 'FieldValueNotSupported',
        field: here.index(position).child('status').toString(),
        message: `Unsupported value: ${JSON.stringify(value)}: supported values: "True"`,
      })
    if (types.has(type)) errors.push(duplicate(here.index(position).child('type'), type))
    types.add(type)
  }
  if (types.has('Approved') && types.has('Denied')) errors.push(invalidValue(here, 'Denied', 'Approved and Denied conditions are mutually exclusive'))
  for (const type of ['Approved', 'Denied', 'Failed']) {
    if (old.conditions?.some((each) => each.type === type) && !types.has(type))
      errors.push({
        reason: 'FieldValueForbidden',
        field: here.toString(),
        message: `Forbidden: updates may not remove a condition of type ${JSON.stringify(type)}`,
      })
  }
  if (old.certificate && !semanticEqual(status.certificate, old.certificate))
    errors.push({ reason: 'FieldValueForbidden', field: 'status.certificate', message: 'Forbidden: updates may not modify certificate content' })
  return errors
}
