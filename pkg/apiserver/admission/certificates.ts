/**
 * CertificateApproval, CertificateSigning, ClusterTrustBundleAttest and CertificateSubjectRestriction: signers decide who may use them.
 */
import { isDeepStrictEqual } from 'node:util'
import type { CertificateSigningRequest } from '#api/gen/certificates/v1.ts'
import type { ClusterTrustBundle } from '#api/gen/certificates/v1beta1.ts'
import { mastersGroup } from '../authn/users.ts'
import type { AdmissionAttributes, AdmissionPlugin, Authorizer } from '../types.ts'
import { refuse } from './refuse.ts'
import { type AdmissionContext, isFor } from './types.ts'

const group = 'certificates.k8s.io'
const requests = 'certificatesigningrequests'

/** The verb on the signer itself, or on all of its domain. */
async function mayUse(authorizer: Authorizer, { user }: AdmissionAttributes, verb: string, signer: string): Promise<boolean> {
  for (const name of [signer, `${signer.split('/')[0]}/*`]) {
    const { decision } = await authorizer.authorize({
      user,
      verb,
      isResourceRequest: true,
      path: '',
      group,
      version: '*',
      resource: 'signers',
      subresource: '',
      namespace: '',
      name,
    })
    if (decision === 'allow') return true
  }
  return false
}

export function certificateApproval({ authorizer }: AdmissionContext): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    handles: (attributes) => isFor(attributes, group, requests, ['UPDATE'], 'approval'),
    async validate(attributes) {
      const signer = (attributes.oldObject as CertificateSigningRequest).spec.signerName
      if (!(await mayUse(authorizer, attributes, 'approve', signer)))
        throw refuse(attributes, `user not permitted to approve requests with signerName "${signer}"`)
    },
  }
}

export function certificateSigning({ authorizer }: AdmissionContext): AdmissionPlugin {
  return {
    name: 'CertificateSigning',
    handles: (attributes) => isFor(attributes, group, requests, ['UPDATE'], 'status'),
    async validate(attributes) {
      const [next, old] = [attributes.object as CertificateSigningRequest, attributes.oldObject as CertificateSigningRequest]
      const sameConditions = JSON.stringify(next.status?.conditions ?? []) === JSON.stringify(old.status?.conditions ?? [])
      if ((next.status?.certificate ?? '') === (old.status?.certificate ?? '') && sameConditions) return
      const signer = old.spec.signerName
      if (!(await mayUse(authorizer, attributes, 'sign', signer))) throw refuse(attributes, `user not permitted to sign requests with signerName "${signer}"`)
    },
  }
}

/** A bundle that says it is a signer's is written by those alone who may attest for the signer; collectors may still change what is theirs. */
export function clusterTrustBundleAttest({ authorizer }: AdmissionContext): AdmissionPlugin {
  return {
    name: 'ClusterTrustBundleAttest',
    handles: (attributes) => isFor(attributes, group, 'clustertrustbundles', ['CREATE', 'UPDATE']),
    async validate(attributes) {
      const [next, old] = [attributes.object as ClusterTrustBundle, attributes.oldObject as ClusterTrustBundle | undefined]
      const signer = next.spec.signerName
      if (!signer || (old && isDeepStrictEqual(withoutCollectors(next), withoutCollectors(old)))) return
      if (!(await mayUse(authorizer, attributes, 'attest', signer))) throw refuse(attributes, `user not permitted to attest for signerName "${signer}"`)
    },
  }
}

/** Without what garbage collection changes. */
function withoutCollectors({ metadata: { ownerReferences, finalizers, managedFields, ...metadata }, ...rest }: ClusterTrustBundle): object {
  return { ...rest, metadata }
}

export function certificateSubjectRestriction(): AdmissionPlugin {
  return {
    name: 'CertificateSubjectRestriction',
    handles: (attributes) => isFor(attributes, group, requests, ['CREATE']),
    validate(attributes) {
      const { signerName, request } = (attributes.object as CertificateSigningRequest).spec
      if (signerName !== 'kubernetes.io/kube-apiserver-client' || !request) return
      if (organizations(Buffer.from(request, 'base64').toString()).includes(mastersGroup))
        throw refuse(attributes, `use of ${signerName} signer with ${mastersGroup} group is not allowed`)
    },
  }
}

/** DER of attribute type 2.5.4.10, organizationName. */
const organizationOid = Buffer.from([0x06, 0x03, 0x55, 0x04, 0x0a])

/** Of attribute type 2.5.4.3, commonName. */
const commonNameOid = Buffer.from([0x06, 0x03, 0x55, 0x04, 0x03])

/** The common names of a request, which is base64 of PEM. */
export function commonNamesOf(request: string): string[] {
  return namesOf(Buffer.from(request, 'base64').toString(), commonNameOid)
}

/** Every organizationName anywhere in the request: more than its subject, which errs to the safe side. */
function organizations(pem: string): string[] {
  return namesOf(pem, organizationOid)
}

function namesOf(pem: string, oid: Buffer): string[] {
  const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64')
  const found: string[] = []
  for (let at = der.indexOf(oid); at >= 0; at = der.indexOf(oid, at + 1)) {
    const value = at + oid.length
    const length = der[value + 1] ?? 0
    // Longer than 127 bytes cannot be the one name that matters.
    if (length < 0x80) found.push(der.subarray(value + 2, value + 2 + length).toString())
  }
  return found
}
