/** How the ingress controller comes by certificates; the cluster's start brings the cryptography. */
export interface PemPair {
  readonly certificate: string
  readonly key: string
}

export interface CertificateAuthority {
  /** A new self-signed CA. */
  createCa(commonName: string): Promise<PemPair>
  /** A server certificate for these names, signed by the CA. */
  issue(dnsNames: readonly string[], ca: PemPair): Promise<PemPair>
}
