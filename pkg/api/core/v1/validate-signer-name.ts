/** Validation of the names of signers: a domain of at least two labels, and a path (ValidateSignerName of pkg/apis/core/validation). */
import { type FieldError, type FieldPath, invalidValue, required, tooLong } from '#apimachinery/field-error.ts'
import { isDns1123Label, isDns1123Subdomain } from '#apimachinery/names.ts'
import { complaints } from '../../checks.ts'

const domainMaxLength = 253
const nameMaxLength = domainMaxLength + 1 + (253 + 63 + 1)

export function validateSignerName(name: string, at: FieldPath): FieldError[] {
  if (name === '') return [required(at)]
  const [domain = '', tail, ...more] = name.split('/')
  if (tail === undefined || more.length > 0) return [invalidValue(at, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")]
  return [
    ...(Buffer.byteLength(domain) > domainMaxLength ? [tooLong(at, domainMaxLength)] : []),
    ...firstWrongLabel(domain, isDns1123Label, at),
    ...(domain.includes('.') ? [] : [invalidValue(at, domain, 'should be a domain with at least two segments separated by dots')]),
    ...firstWrongLabel(tail, isDns1123Subdomain, at),
    ...(Buffer.byteLength(name) > nameMaxLength ? [tooLong(at, nameMaxLength)] : []),
  ]
}

/** The others would only say the same again. */
function firstWrongLabel(text: string, check: (label: string) => string[], at: FieldPath): FieldError[] {
  const wrong = text.split('.').find((label) => check(label).length > 0)
  return wrong === undefined
    ? []
    : complaints(
        at,
        text,
        check(wrong).map((message) => `validating label ${JSON.stringify(wrong)}: ${message}`),
      )
}
