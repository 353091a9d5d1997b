/** A PKCS#10 request, as far as signers look into it. */

export async function library() {
  await import('#base/reflect-metadata.ts')
  return import('@peculiar/x509')
}

export interface ParsedRequest {
  readonly commonName: string
  readonly organizations: readonly string[]
  readonly subject: readonly Record<string, string[]>[]
  readonly dnsNames: readonly string[]
  readonly addresses: readonly string[]
  readonly emails: number
  readonly otherNames: number
  readonly publicKey: CryptoKey
}

/** `request`: base64 of the PEM, as the API has it. Throws when it is none, or not signed by its own key. */
export async function parseRequest(request: string): Promise<ParsedRequest> {
  const x509 = await library()
  const pem = Buffer.from(request, 'base64').toString('utf8')
  if (!pem.includes('BEGIN CERTIFICATE REQUEST')) throw new Error('PEM block type must be CERTIFICATE REQUEST')
  const parsed = new x509.Pkcs10CertificateRequest(pem)
  if (!(await parsed.verify())) throw new Error('the signature of the request does not match its key')
  const subject = parsed.subjectName.toJSON() as Record<string, string[]>[]
  const values = (key: string): string[] => subject.flatMap((part) => part[key] ?? [])
  const names = parsed.extensions.find((each) => each instanceof x509.SubjectAlternativeNameExtension)?.names.items ?? []
  const ofType = (type: string): string[] => names.filter((each) => each.type === type).map(({ value }) => value)
  const [dnsNames, addresses] = [ofType('dns'), ofType('ip')]
  const emails = ofType('email').length
  return {
    commonName: values('CN')[0] ?? '',
    organizations: values('O'),
    subject,
    dnsNames,
    addresses,
    emails,
    otherNames: names.length - dnsNames.length - addresses.length - emails,
    publicKey: await parsed.publicKey.export(),
  }
}
