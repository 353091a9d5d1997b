import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Case, errorsUnderTest } from '#api/kind-under-test.ts'

/** Of CN=a, made by openssl for this test; the certificate is signed with its own key. */
const pem = `-----BEGIN CERTIFICATE REQUEST-----
MIHFMG4CAQAwDDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA
BBjSjSr0+Ir2FaAWm/eXoWK84e15kMC2xCt/Lg7xCZm7Bh4mwnxNSgDP2MFYM+S9
rfvj9oseWMgZC8g/Nh3QRNugADAKBggqhkjOPQQDAgNHADBEAiALU1MVo+WmKmKv
7dFgcRKJb2rQvPJSj+rrMtMZEpFWBAIgHcR8vfLlxs/UKzIJ6q3PkPfjSp5uX+L6
3OL8GgPcH3Y=
-----END CERTIFICATE REQUEST-----
`
const issued = `-----BEGIN CERTIFICATE-----
MIIBFTCBuwIUMxQ9ooFZc6ACnT6wLXLeFLW6EVUwCgYIKoZIzj0EAwIwDDEKMAgG
A1UEAwwBYTAgFw0yNjExMjgyMDI4MzNaGA8yMTI2MTEwNDIwMjgzM1owDDEKMAgG
A1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBjSjSr0+Ir2FaAWm/eX
oWK84e15kMC2xCt/Lg7xCZm7Bh4mwnxNSgDP2MFYM+S9rfvj9oseWMgZC8g/Nh3Q
RNswCgYIKoZIzj0EAwIDSQAwRgIhAMsWNHyaYA+agupOlTDcPbibGORDyZVrOqRZ
GASjhRIUAiEA+kzVFQkrQdoitDGNvMjq9iBCNDqxYlxXn4sCkeK+pcw=
-----END CERTIFICATE-----
`
const base64 = (text: string) => Buffer.from(text).toString('base64')
const kind = 'certificates.k8s.io/certificatesigningrequests'
const request = (more: object = {}, status: object = {}) => ({
  spec: { request: base64(pem), signerName: 'a.io/b', usages: ['client auth'], ...more },
  status,
})
const condition = (type: string, status = 'True', more: object = {}) => ({
  type,
  status,
  lastUpdateTime: '2026-01-01T00:00:00Z',
  lastTransitionTime: '2026-01-01T00:00:00Z',
  ...more,
})
const conditions = (...given: object[]) => request({}, { conditions: given })
/** The last bit of the signature turned. */
function other(text: string): string {
  const bytes = Buffer.from(text.replace(/-----[^-]*-----/g, ''), 'base64')
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
  return `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`
}
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"

const cases: [string, Case, string[]][] = [
  ['one', { object: request() }, []],
  [
    'no request',
    { object: request({ request: base64('hello') }) },
    [`spec.request: Invalid value: "${base64('hello')}": PEM block type must be CERTIFICATE REQUEST`],
  ],
  ['no usage', { object: request({ usages: [] }) }, ['spec.usages: Required value']],
  ['a usage twice', { object: request({ usages: ['any', 'any'] }) }, ['spec.usages[1]: Duplicate value: "any"']],
  ['no signer', { object: request({ signerName: '' }) }, ['spec.signerName: Required value']],
  [
    'the signer of old',
    { object: request({ signerName: 'kubernetes.io/legacy-unknown' }) },
    ['spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version'],
  ],
  [
    'a signer without a path',
    { object: request({ signerName: 'a.io' }) },
    ['spec.signerName: Invalid value: "a.io": must be a fully qualified domain and path of the form \'example.com/signer-name\''],
  ],
  [
    'a signer of no domain',
    { object: request({ signerName: 'A/b' }) },
    [
      `spec.signerName: Invalid value: "A": validating label "A": ${label}`,
      'spec.signerName: Invalid value: "A": should be a domain with at least two segments separated by dots',
    ],
  ],
  [
    'a short time',
    { object: request({ expirationSeconds: 599 }) },
    ['spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)'],
  ],
  ['approved', { object: conditions(condition('Approved')), old: request(), door: 'approval' }, []],
  [
    'approved, not quite',
    { object: conditions(condition('Approved', 'False')), old: request(), door: 'approval' },
    ['status.conditions[0].status: Unsupported value: "False": supported values: "True"'],
  ],
  [
    'both',
    { object: conditions(condition('Approved'), condition('Denied')), old: request(), door: 'approval' },
    ['status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive'],
  ],
  [
    'no longer approved',
    { object: request(), old: conditions(condition('Approved')), door: 'approval' },
    ['status.conditions: Forbidden: updates may not remove a condition of type "Approved"'],
  ],
  [
    'an approval through the status door',
    { object: conditions(condition('Approved')), old: request(), door: 'status' },
    ['status.conditions: Forbidden: updates may not add a condition of type "Approved"'],
  ],
  [
    'an approval that the status door leaves out',
    { object: request(), old: conditions(condition('Approved')), door: 'status' },
    ['status.conditions: Forbidden: updates may not remove a condition of type "Approved"'],
  ],
  [
    'other words for an approval, which the status door puts back',
    { object: conditions(condition('Approved', 'True', { message: 'x' }), condition('Failed')), old: conditions(condition('Approved')), door: 'status' },
    [],
  ],
  ['an approval through its own door', { object: conditions(condition('Approved')), old: request(), door: 'approval' }, []],
  [
    'a certificate through the door of approvals, which is not let in',
    { object: request({}, { certificate: base64(issued) }), old: request(), door: 'approval' },
    [],
  ],
  ['a certificate', { object: request({}, { certificate: base64(issued) }), old: request(), door: 'status' }, []],
  [
    'what is no certificate',
    { object: request({}, { certificate: base64('hello') }), old: request(), door: 'status' },
    ['status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block'],
  ],
  [
    'a key among certificates',
    { object: request({}, { certificate: base64(pem) }), old: request(), door: 'status' },
    ['status.certificate: Invalid value: "<certificate data>": only CERTIFICATE PEM blocks are allowed, found "CERTIFICATE REQUEST"'],
  ],
  [
    'another certificate',
    { object: request({}, { certificate: base64(issued) }), old: request({}, { certificate: base64(`${issued}\n`) }), door: 'status' },
    ['status.certificate: Forbidden: updates may not modify existing certificate content'],
  ],
  [
    'a condition without status',
    { object: conditions({ type: 'Failed', status: '' }), old: request(), door: 'status' },
    ['status.conditions[0].status: Required value'],
  ],
]

test('certificate signing requests are refused in the words of upstream', () => {
  for (const [name, given, expected] of cases) assert.deepEqual(errorsUnderTest(kind, given), expected, name)
})

test('a request must be signed with its own key', () => {
  const [first] = errorsUnderTest(kind, { object: request({ request: base64(other(pem)) }) })
  assert.match(first ?? '', /^spec\.request: Invalid value: .*: (x509|asn1): /)
})

test('usages are of one list', () => {
  assert.match(
    errorsUnderTest(kind, { object: request({ usages: ['fun'] }) })[0]!,
    /^spec\.usages\[0\]: Unsupported value: "fun": supported values: "any", "cert sign", .*"timestamping"$/,
  )
})
