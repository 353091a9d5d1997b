/**
 * Certificates: approves kubelets' requests for client certificates, signs what is approved, and clears away old requests.
 * In: CertificateSigningRequests. Out: their approval, certificate and deletion. Upstream: pkg/controller/certificates.
 */
import type { SubjectAccessReview } from '#api/gen/authorization/v1.ts'
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '#api/gen/certificates/v1.ts'
import { certificateSigningRequests, nodes, subjectAccessReviews } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { rfc3339 } from '#base/clock.ts'
import { type Controller, type ControllerContext, input, output, type ReconcileResult } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'
import { parseRequest } from './request.ts'
import { signRequest } from './sign.ts'
import { kubeletClient, kubeletClientComplaint, kubeletServing, signers } from './signers.ts'

const hourMs = 3_600_000
/** How long a request stays: pending ones for a day, those with an answer for an hour. */
const pendingMs = 24 * hourMs
const answeredMs = hourMs

const has = ({ status }: CertificateSigningRequest, type: string): boolean => status?.conditions?.some((each) => each.type === type) === true
const isDone = (request: CertificateSigningRequest): boolean => Boolean(request.status?.certificate) || has(request, 'Denied') || has(request, 'Failed')

export function certificateApprovingController(): Controller {
  return {
    name: 'certificatesigningrequest-approving-controller',
    account: 'certificate-controller',
    inputs: [
      input(certificateSigningRequests, {
        keys: (request, change) =>
          change === 'delete' || isDone(request) || has(request, 'Approved') || request.spec.signerName !== kubeletClient ? [] : [request.metadata.name],
      }),
    ],
    outputs: [output(certificateSigningRequests, 'approval')],
    async reconcile(name, context) {
      const { cache, client, clock } = context
      const request = cache(certificateSigningRequests).byKey(name)
      if (!request || isDone(request) || has(request, 'Approved')) return
      const parsed = await parseRequest(request.spec.request)
      if (kubeletClientComplaint(parsed, request.spec.usages ?? [])) return
      const own = request.spec.username === parsed.commonName
      const kinds = [
        ...(own ? [{ subresource: 'selfnodeclient', message: 'Auto approving self kubelet client certificate after SubjectAccessReview.' }] : []),
        { subresource: 'nodeclient', message: 'Auto approving kubelet client certificate after SubjectAccessReview.' },
      ]
      for (const { subresource, message } of kinds) {
        if (!(await mayAsk(request, subresource, context))) continue
        const condition = conditionOf('Approved', 'AutoApproved', message, clock.now())
        await client.update(certificateSigningRequests, withCondition(request, condition), { subresource: 'approval' })
        return
      }
    },
  }
}

/**
 * Kubelets' serving certificates: approved when a node asks in its own name for its own addresses. Upstream leaves that to a person
 * or another's controller; without it `kubectl logs` does not reach a machine that has joined.
 */
export function kubeletServingApprovingController(): Controller {
  return {
    name: 'kubelet-serving-approving-controller',
    account: 'kubelet-serving-approver',
    inputs: [
      input(certificateSigningRequests, {
        keys: (request, change) =>
          change === 'delete' || isDone(request) || has(request, 'Approved') || request.spec.signerName !== kubeletServing ? [] : [request.metadata.name],
      }),
      input(nodes),
    ],
    outputs: [output(certificateSigningRequests, "approval of kubelets' serving certificates")],
    async reconcile(name, { cache, client, clock }): Promise<ReconcileResult | undefined> {
      const request = cache(certificateSigningRequests).byKey(name)
      if (!request || isDone(request) || has(request, 'Approved')) return undefined
      const parsed = await parseRequest(request.spec.request)
      const { username, groups } = request.spec
      if (signers[kubeletServing]!(parsed, request.spec.usages ?? []) || username !== parsed.commonName || !groups?.includes('system:nodes')) return undefined
      const nodeName = parsed.commonName.slice('system:node:'.length)
      const addresses = cache(nodes).byKey(nodeName)?.status?.addresses
      // The Node may not be known here yet.
      if (!addresses) return clock.now() < Date.parse(request.metadata.creationTimestamp ?? '') + 60_000 ? { requeueAfterMs: 500 } : undefined
      const own = new Set([nodeName, ...addresses.map(({ address }) => address)])
      if (![...parsed.dnsNames, ...parsed.addresses].every((each) => own.has(each))) return undefined
      const condition = conditionOf('Approved', 'AutoApproved', "Auto approving kubelet serving certificate for the node's own addresses.", clock.now())
      await client.update(certificateSigningRequests, withCondition(request, condition), { subresource: 'approval' })
      return undefined
    },
  }
}

async function mayAsk({ spec }: CertificateSigningRequest, subresource: string, { client }: ControllerContext): Promise<boolean> {
  const { username, uid, groups, extra } = spec
  const review = await client.create(subjectAccessReviews, {
    spec: {
      ...(username ? { user: username } : {}),
      ...(uid ? { uid } : {}),
      ...(groups ? { groups } : {}),
      ...(extra ? { extra } : {}),
      resourceAttributes: { group: 'certificates.k8s.io', resource: 'certificatesigningrequests', verb: 'create', subresource, version: '*' },
    },
  })
  return (review as SubjectAccessReview).status?.allowed === true
}

export function certificateSigningController({ clusterSigning }: ControllerSettings): Controller | undefined {
  if (!clusterSigning) return undefined
  const { bySigner } = clusterSigning
  const signs = (name: string): boolean => name in signers && (!bySigner || Object.hasOwn(bySigner, name))
  const ready = (request: CertificateSigningRequest): boolean => has(request, 'Approved') && !isDone(request) && signs(request.spec.signerName)
  return {
    name: 'certificatesigningrequest-signing-controller',
    account: 'certificate-controller',
    inputs: [input(certificateSigningRequests, { keys: (request, change) => (change !== 'delete' && ready(request) ? [request.metadata.name] : []) })],
    outputs: [output(certificateSigningRequests, 'status')],
    async reconcile(name, { cache, client, clock }) {
      const request = cache(certificateSigningRequests).byKey(name)
      if (!request || !ready(request)) return
      const { spec } = request
      const usages = spec.usages ?? []
      const parsed = await parseRequest(spec.request)
      const complaint = signers[spec.signerName]!(parsed, usages)
      if (complaint !== undefined) {
        const condition = conditionOf('Failed', 'SignerValidationFailure', complaint, clock.now())
        await client.update(certificateSigningRequests, withCondition(request, condition), { subresource: 'status' })
        return
      }
      const authority = { ...clusterSigning, ...bySigner?.[spec.signerName] }
      const pem = await signRequest(parsed, { usages, expirationSeconds: spec.expirationSeconds }, authority, clock.now())
      const status = { ...request.status, certificate: Buffer.from(pem).toString('base64') }
      await client.update(certificateSigningRequests, { ...request, status }, { subresource: 'status' })
    },
  }
}

export function certificateCleaningController(): Controller {
  return {
    name: 'certificatesigningrequest-cleaner-controller',
    account: 'certificate-controller',
    workers: 1,
    inputs: [input(certificateSigningRequests, { keys: ({ metadata }, change) => (change === 'delete' ? [] : [metadata.name]) })],
    outputs: [output(certificateSigningRequests, 'deletion')],
    async reconcile(name, { cache, client, clock }): Promise<ReconcileResult | undefined> {
      const request = cache(certificateSigningRequests).byKey(name)
      if (!request) return undefined
      const leftMs = expiresAt(request) - clock.now()
      if (leftMs > 0) return { requeueAfterMs: leftMs }
      try {
        await client.delete(certificateSigningRequests, { name }, { preconditions: { uid: request.metadata.uid } })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
      return undefined
    },
  }
}

function expiresAt(request: CertificateSigningRequest): number {
  const { metadata, status } = request
  const answers = (status?.conditions ?? []).map(({ lastUpdateTime }) => Date.parse(lastUpdateTime ?? metadata.creationTimestamp!))
  return answers.length > 0 ? Math.max(...answers) + answeredMs : Date.parse(metadata.creationTimestamp!) + pendingMs
}

function conditionOf(type: string, reason: string, message: string, nowMs: number): CertificateSigningRequestCondition {
  const at = rfc3339(nowMs)
  return { type, status: 'True', reason, message, lastUpdateTime: at, lastTransitionTime: at } as CertificateSigningRequestCondition
}

function withCondition(request: CertificateSigningRequest, condition: CertificateSigningRequestCondition): CertificateSigningRequest {
  return { ...request, status: { ...request.status, conditions: [...(request.status?.conditions ?? []), condition] } }
}
