/** Certificates for the ingress controller, by the cluster's own cryptography. */
import { generateKeys, issueCa, issueLeaf } from '#cluster/pki/issue.ts'
import { newSigningRequest } from '#client/certificates/signing-request.ts'
import type { CertificateAuthority } from '#controllers/ingress/types.ts'

/** A common name may have 64 characters; who checks names looks at the others anyway. */
const commonNameLimit = 64

export const certificateAuthority: CertificateAuthority = {
  async createCa(commonName) {
    const keys = await generateKeys()
    return { certificate: await issueCa(commonName, keys, Date.now()), key: keys.privateKey }
  },
  async issue(dnsNames, ca) {
    const keys = await generateKeys()
    const commonName = commonNameOf(dnsNames)
    return { certificate: await issueLeaf({ commonName, usages: ['server'], dnsNames }, ca, keys.publicKey, Date.now()), key: keys.privateKey }
  },
  async signingRequest(dnsNames) {
    const { request, key } = await newSigningRequest({ commonName: commonNameOf(dnsNames), organizations: [], dnsNames })
    return { request: Buffer.from(request.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'), key }
  },
}

function commonNameOf(dnsNames: readonly string[]): string {
  return dnsNames.find((each) => each.length <= commonNameLimit) ?? 'ingress'
}
