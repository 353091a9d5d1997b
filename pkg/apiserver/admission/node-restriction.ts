/** NodeRestriction: a kubelet writes only its own node, the pods bound there, and what belongs to them. */
import { type Node, type PersistentVolumeClaim, PersistentVolumeClaimSchema, type Pod } from '#api/gen/core/v1.ts'
import { nodes, pods } from '#api/gen/resources.ts'
import type { CertificateSigningRequest } from '#api/gen/certificates/v1.ts'
import type { TokenRequest } from '#api/gen/authentication/v1.ts'
import { notFound } from '#apimachinery/status-error.ts'
import { isNodeUser, nodeNameOf } from '../authn/users.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import { unifiedDiff } from '#api/unified-diff.ts'
import { mirrorPodAnnotation } from '../authz/pod-references.ts'
import { type CachedReader, cachedReader } from '../cached-reader.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../types.ts'
import { apiReferenceOf } from './api-references.ts'
import { checkNodeLabels } from './node-labels.ts'
import { commonNamesOf } from './certificates.ts'
import { nodeTokenAudience } from './node-token-audience.ts'
import { refuse } from './refuse.ts'
import type { AdmissionContext } from './types.ts'

interface Readers {
  readonly pods: CachedReader<Pod>
  readonly nodes: CachedReader<Node>
  readonly audience: ReturnType<typeof nodeTokenAudience>
}

type Check = (attributes: AdmissionAttributes, nodeName: string, readers: Readers) => Promise<void> | void

export function nodeRestriction(context: AdmissionContext): AdmissionPlugin {
  const readers = { pods: cachedReader(context, pods), nodes: cachedReader(context, nodes), audience: nodeTokenAudience(context) }
  return {
    name: 'NodeRestriction',
    handles: ({ user, operation }) => operation !== 'CONNECT' && isNodeUser(user),
    async admit(attributes) {
      const nodeName = nodeNameOf(attributes.user)
      if (!nodeName) throw refuse(attributes, `could not determine node from user "${attributes.user.name}"`)
      const { resource, subresource } = attributes
      const check = checks[subresource === '' ? resource : `${resource}/${subresource}`]
      if (check) return check(attributes, nodeName, readers)
      const ofCore = (attributes.resourceGroup ?? attributes.group) === ''
      if (ofCore && resource === 'pods')
        throw refuse(attributes, `unexpected pod subresource ${JSON.stringify(subresource)}, only 'status' and 'eviction' are allowed`)
      if (ofCore && resource === 'persistentvolumeclaims') throw refuse(attributes, 'may only update PVC status')
    },
  }
}

const nodeSigners = ['kubernetes.io/kubelet-serving', 'kubernetes.io/kube-apiserver-client-kubelet']

/** A kubelet asks for certificates of its own name alone. */
function certificateRequest(attributes: AdmissionAttributes, nodeName: string): void {
  if (attributes.operation !== 'CREATE') return
  const { signerName, request } = (attributes.object as CertificateSigningRequest).spec
  if (!nodeSigners.includes(signerName)) return
  if (commonNamesOf(request ?? '').at(-1) !== `system:node:${nodeName}`) throw refuse(attributes, `can only create a node CSR with CN=system:node:${nodeName}`)
}

const checks: Readonly<Record<string, Check>> = {
  certificatesigningrequests: certificateRequest,
  pods: podWrite,
  'pods/status': podStatus,
  'pods/eviction': podEviction,
  'serviceaccounts/token': tokenRequest,
  nodes: nodeWrite,
  'nodes/status': nodeWrite,
  leases: ownObject('lease', 'kube-node-lease'),
  csinodes: ownObject('CSINode'),
  'persistentvolumeclaims/status': claimStatus,
  resourceslices: (attributes, nodeName) => {
    const slice = (attributes.object ?? attributes.oldObject) as { spec?: { nodeName?: string } } | undefined
    if (slice && slice.spec?.nodeName !== nodeName)
      throw refuse(
        attributes,
        attributes.operation === 'CREATE'
          ? 'can only create ResourceSlice with the same NodeName as the requesting node'
          : 'can only delete ResourceSlice with the same NodeName as the requesting node',
      )
  },
}

/** Of a claim a kubelet writes how large it is and how far its growth has come; nothing else may differ. */
function claimStatus(attributes: AdmissionAttributes, nodeName: string): void {
  if (attributes.operation !== 'UPDATE') throw refuse(attributes, `unexpected operation "${attributes.operation}"`)
  const [old, next] = [attributes.oldObject, attributes.object].map((claim) => {
    const { metadata, status, ...rest } = structuredClone(claim) as PersistentVolumeClaim
    const { resourceVersion: _, managedFields: __, ...named } = metadata
    const { capacity: ___, conditions: ____, allocatedResourceStatuses: _____, allocatedResources: ______, ...said } = status
    return { ...rest, metadata: named, status: said }
  })
  if (semanticEqual(old, next)) return
  const why = `node "${nodeName}" is not allowed to update fields other than status.quantity and status.conditions`
  throw refuse(attributes, `${why}: ${unifiedDiff(PersistentVolumeClaimSchema, old, next)}`)
}

async function podWrite(attributes: AdmissionAttributes, nodeName: string, { pods: podReader, nodes: nodeReader }: Readers): Promise<void> {
  if (attributes.operation === 'DELETE') {
    const pod = await podReader.get(attributes.namespace, attributes.name)
    if (!pod) throw notFound({ group: '', resource: 'pod' }, attributes.name)
    if (pod.spec?.nodeName !== nodeName) throw refuse(attributes, `node "${nodeName}" can only delete pods with spec.nodeName set to itself`)
    return
  }
  if (attributes.operation !== 'CREATE')
    throw refuse(attributes, `unexpected operation "${attributes.operation}", node "${nodeName}" can only create and delete mirror pods`)
  const pod = attributes.object as Pod
  if (pod.metadata.annotations?.[mirrorPodAnnotation] === undefined)
    throw refuse(attributes, `pod does not have "${mirrorPodAnnotation}" annotation, node "${nodeName}" can only create mirror pods`)
  if (pod.spec?.nodeName !== nodeName) throw refuse(attributes, `node "${nodeName}" can only create pods with spec.nodeName set to itself`)
  const owners = pod.metadata.ownerReferences ?? []
  if (owners.length > 1) throw refuse(attributes, `node "${nodeName}" can only create pods with a single owner reference set to itself`)
  if (owners.length === 0) throw refuse(attributes, `node "${nodeName}" can only create pods with an owner reference set to itself`)
  for (const owner of owners) {
    if (owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== nodeName)
      throw refuse(attributes, `node "${nodeName}" can only create pods with an owner reference set to itself`)
    if (!owner.controller) throw refuse(attributes, `node "${nodeName}" can only create pods with a controller owner reference set to itself`)
    if (owner.blockOwnerDeletion) throw refuse(attributes, `node "${nodeName}" must not set blockOwnerDeletion on an owner reference`)
    const node = await nodeReader.get(undefined, nodeName)
    if (!node) throw notFound({ group: '', resource: 'node' }, nodeName)
    if (owner.uid !== node.metadata.uid) throw refuse(attributes, `node ${nodeName} UID mismatch: expected ${owner.uid} got ${node.metadata.uid}`)
  }
  const what = apiReferenceOf(pod)
  if (what) throw refuse(attributes, `node "${nodeName}" can not create pods that reference ${what}`)
}

function podStatus(attributes: AdmissionAttributes, nodeName: string): void {
  if (attributes.operation !== 'UPDATE') throw refuse(attributes, `unexpected operation "${attributes.operation}"`)
  const [pod, old] = [attributes.object as Pod, attributes.oldObject as Pod]
  if (old.spec?.nodeName !== nodeName) throw refuse(attributes, `node "${nodeName}" can only update pod status for pods with spec.nodeName set to itself`)
  const sorted = (labels: Record<string, string> = {}): string => JSON.stringify(Object.entries(labels).sort())
  if (sorted(pod.metadata.labels) !== sorted(old.metadata.labels)) throw refuse(attributes, `node "${nodeName}" cannot update labels through pod status`)
  const claimsOf = ({ status }: Pod) => (status?.resourceClaimStatuses ?? []).map(({ name, resourceClaimName }) => [name, resourceClaimName])
  if (!semanticEqual(claimsOf(pod), claimsOf(old))) throw refuse(attributes, `node "${nodeName}" cannot update resource claim statues`)
  if (!semanticEqual(pod.status?.extendedResourceClaimStatus, old.status?.extendedResourceClaimStatus))
    throw refuse(attributes, `node "${nodeName}" cannot update extended resource claim status`)
}

async function podEviction(attributes: AdmissionAttributes, nodeName: string, { pods: podReader }: Readers): Promise<void> {
  const name = attributes.name || attributes.object?.metadata.name || ''
  if (name === '') throw refuse(attributes, 'could not determine pod from request data')
  const pod = await podReader.get(attributes.namespace, name)
  if (!pod) throw notFound({ group: '', resource: 'pod' }, name)
  if (pod.spec?.nodeName !== nodeName) throw refuse(attributes, `node ${nodeName} can only evict pods with spec.nodeName set to itself`)
}

async function tokenRequest(attributes: AdmissionAttributes, nodeName: string, { pods: podReader, audience }: Readers): Promise<void> {
  const { boundObjectRef: ref, audiences = [] } = (attributes.object as Partial<TokenRequest> | undefined)?.spec ?? {}
  if (ref?.apiVersion !== 'v1' || ref.kind !== 'Pod' || !ref.name) throw refuse(attributes, 'node requested token not bound to a pod')
  if (!ref.uid) throw refuse(attributes, 'node requested token with a pod binding without a uid')
  const pod = await podReader.get(attributes.namespace, ref.name)
  if (!pod) throw notFound({ group: '', resource: 'pod' }, ref.name)
  if (pod.metadata.uid !== ref.uid)
    throw refuse(
      attributes,
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  if (pod.spec?.nodeName !== nodeName) throw refuse(attributes, 'node requested token bound to a pod scheduled on a different node')
  // The cache keeps of a pod no more than what it refers to.
  const whole = await podReader.getLive(attributes.namespace, ref.name)
  if (!whole) throw notFound({ group: '', resource: 'pod' }, ref.name)
  const why = await audience(attributes, audiences ?? [], whole)
  if (why) throw refuse(attributes, why)
}

function nodeWrite(attributes: AdmissionAttributes, nodeName: string): void {
  const node = attributes.object as Node | undefined
  const old = attributes.oldObject as Node | undefined
  const name = attributes.name || node?.metadata.name
  if (attributes.operation === 'DELETE') {
    if (name !== nodeName) throw refuse(attributes, `node "${nodeName}" is not allowed to delete node "${name}"`)
    return
  }
  if (name !== nodeName) throw refuse(attributes, `node "${nodeName}" is not allowed to modify node "${name}"`)
  if (attributes.operation === 'UPDATE') {
    if (JSON.stringify(node?.spec?.taints ?? []) !== JSON.stringify(old?.spec?.taints ?? []))
      throw refuse(attributes, `node "${nodeName}" is not allowed to modify taints`)
    if (JSON.stringify(node?.metadata.ownerReferences ?? []) !== JSON.stringify(old?.metadata.ownerReferences ?? []))
      throw refuse(attributes, `node "${nodeName}" is not allowed to modify ownerReferences`)
  }
  const bad = checkNodeLabels(node?.metadata.labels ?? {}, old?.metadata.labels ?? {}, attributes.operation === 'CREATE')
  if (bad.length === 0) return
  const what = attributes.operation === 'CREATE' ? `node "${nodeName}" is not allowed to set the following labels` : 'is not allowed to modify labels'
  throw refuse(attributes, `${what}: ${bad.join(', ')}`)
}

function ownObject(what: string, namespace?: string): Check {
  return (attributes, nodeName) => {
    if (namespace !== undefined && attributes.namespace !== namespace) throw refuse(attributes, `can only access leases in the "${namespace}" system namespace`)
    const name = attributes.name || attributes.object?.metadata.name
    if (name !== nodeName) throw refuse(attributes, `can only access ${what === 'lease' ? 'node lease' : what} with the same name as the requesting node`)
  }
}
