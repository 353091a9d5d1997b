/** NodeRestriction: a kubelet writes only its own node, the pods bound there, and what belongs to them. */
import type { Node, Pod } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { notFound } from '#apimachinery/status-error.ts'
import { isNodeUser, nodeNameOf } from '../authn/users.ts'
import { mirrorPodAnnotation, referencesOf } from '../authz/pod-references.ts'
import { type CachedReader, cachedReader } from '../cached-reader.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../types.ts'
import { checkNodeLabels } from './node-labels.ts'
import { refuse } from './refuse.ts'
import type { AdmissionContext } from './types.ts'

type Check = (attributes: AdmissionAttributes, nodeName: string, podReader: CachedReader<Pod>) => Promise<void> | void

export function nodeRestriction(context: AdmissionContext): AdmissionPlugin {
  const podReader = cachedReader(context, pods)
  return {
    name: 'NodeRestriction',
    handles: ({ user, operation }) => operation !== 'CONNECT' && isNodeUser(user),
    async validate(attributes) {
      const nodeName = nodeNameOf(attributes.user)
      if (!nodeName) throw refuse(attributes, `could not determine node from user "${attributes.user.name}"`)
      const { resource, subresource } = attributes
      await checks[subresource === '' ? resource : `${resource}/${subresource}`]?.(attributes, nodeName, podReader)
    },
  }
}

const checks: Readonly<Record<string, Check>> = {
  pods: podWrite,
  'pods/status': podStatus,
  'pods/eviction': podEviction,
  'serviceaccounts/token': tokenRequest,
  nodes: nodeWrite,
  'nodes/status': nodeWrite,
  leases: ownObject('lease', 'kube-node-lease'),
  csinodes: ownObject('CSINode'),
  'persistentvolumeclaims/status': (attributes) => {
    if (attributes.operation !== 'UPDATE') throw refuse(attributes, `unexpected operation "${attributes.operation}"`)
  },
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

async function podWrite(attributes: AdmissionAttributes, nodeName: string, podReader: CachedReader<Pod>): Promise<void> {
  if (attributes.operation === 'DELETE') {
    const pod = await podReader.get(attributes.namespace, attributes.name)
    if (!pod) throw notFound({ group: '', resource: 'pods' }, attributes.name)
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
  for (const owner of owners) {
    if (owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== nodeName)
      throw refuse(attributes, `node "${nodeName}" can only create pods with an owner reference set to itself`)
    if (owner.blockOwnerDeletion) throw refuse(attributes, `node "${nodeName}" must not set blockOwnerDeletion on an owner reference`)
  }
  const { secrets, configMaps, claims } = referencesOf(pod)
  const refers = [
    ['service accounts', pod.spec?.serviceAccountName ? 1 : 0],
    ['secrets', secrets.size],
    ['configmaps', configMaps.size],
    ['persistentvolumeclaims', claims.size],
  ] as const
  for (const [what, count] of refers) if (count > 0) throw refuse(attributes, `node "${nodeName}" can not create pods that reference ${what}`)
}

function podStatus(attributes: AdmissionAttributes, nodeName: string): void {
  if (attributes.operation !== 'UPDATE') throw refuse(attributes, `unexpected operation "${attributes.operation}"`)
  const [pod, old] = [attributes.object as Pod, attributes.oldObject as Pod]
  if (old.spec?.nodeName !== nodeName) throw refuse(attributes, `node "${nodeName}" can only update pod status for pods with spec.nodeName set to itself`)
  const sorted = (labels: Record<string, string> = {}): string => JSON.stringify(Object.entries(labels).sort())
  if (sorted(pod.metadata.labels) !== sorted(old.metadata.labels)) throw refuse(attributes, `node "${nodeName}" cannot update labels through pod status`)
}

async function podEviction(attributes: AdmissionAttributes, nodeName: string, podReader: CachedReader<Pod>): Promise<void> {
  const name = attributes.name || attributes.object?.metadata.name || ''
  if (name === '') throw refuse(attributes, 'could not determine pod from request data')
  const pod = await podReader.get(attributes.namespace, name)
  if (!pod) throw notFound({ group: '', resource: 'pods' }, name)
  if (pod.spec?.nodeName !== nodeName) throw refuse(attributes, `node ${nodeName} can only evict pods with spec.nodeName set to itself`)
}

async function tokenRequest(attributes: AdmissionAttributes, nodeName: string, podReader: CachedReader<Pod>): Promise<void> {
  const ref = (attributes.object as { spec?: { boundObjectRef?: { kind?: string; apiVersion?: string; name?: string; uid?: string } } } | undefined)?.spec
    ?.boundObjectRef
  if (ref?.apiVersion !== 'v1' || ref.kind !== 'Pod' || !ref.name) throw refuse(attributes, 'node requested token not bound to a pod')
  if (!ref.uid) throw refuse(attributes, 'node requested token with a pod binding without a uid')
  const pod = await podReader.get(attributes.namespace, ref.name)
  if (!pod) throw refuse(attributes, `pod "${ref.name}" not found`)
  if (pod.metadata.uid !== ref.uid)
    throw refuse(
      attributes,
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  if (pod.spec?.nodeName !== nodeName) throw refuse(attributes, 'node requested token bound to a pod scheduled on a different node')
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
  if (attributes.operation === 'UPDATE' && attributes.subresource === '') {
    if (JSON.stringify(node?.spec?.taints ?? []) !== JSON.stringify(old?.spec?.taints ?? []))
      throw refuse(attributes, `node "${nodeName}" is not allowed to modify taints`)
    if (JSON.stringify(node?.metadata.ownerReferences ?? []) !== JSON.stringify(old?.metadata.ownerReferences ?? []))
      throw refuse(attributes, `node "${nodeName}" is not allowed to modify ownerReferences`)
  }
  const bad = checkNodeLabels(node?.metadata.labels ?? {}, old?.metadata.labels ?? {}, attributes.operation === 'CREATE')
  if (bad.length > 0) throw refuse(attributes, `is not allowed to ${attributes.operation === 'CREATE' ? 'set' : 'modify'} labels: ${bad.join(', ')}`)
}

function ownObject(what: string, namespace?: string): Check {
  return (attributes, nodeName) => {
    if (namespace !== undefined && attributes.namespace !== namespace) throw refuse(attributes, `can only access leases in the "${namespace}" system namespace`)
    const name = attributes.name || attributes.object?.metadata.name
    if (name !== nodeName) throw refuse(attributes, `can only access ${what === 'lease' ? 'node lease' : what} with the same name as the requesting node`)
  }
}
