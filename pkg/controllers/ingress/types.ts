/** How the ingress controller comes by certificates; the cluster's start brings the cryptography. */
export interface PemPair {
  readonly certificate: string
  readonly key: string
  /** The CA's certificate, where it is to be told. */
  readonly ca?: string
}

export interface CertificateAuthority {
  /** A new self-signed CA. */
  createCa(commonName: string): Promise<PemPair>
  /** A server certificate for these names, signed by the CA. */
  issue(dnsNames: readonly string[], ca: PemPair): Promise<PemPair>
  /** A new key, and a PKCS#10 request (DER) for these names by it. */
  signingRequest(dnsNames: readonly string[]): Promise<{ readonly request: Buffer; readonly key: string }>
}
