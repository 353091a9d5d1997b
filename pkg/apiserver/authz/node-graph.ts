/**
 * Whether an object is related to a node by the pods bound there. Asked of the informer's pods of that node; when those
 * say no, of the server, because a kubelet often sees its pod before our cache does.
 */
import type { Pod } from '#api/gen/core/v1.ts'
import { persistentVolumeClaims, persistentVolumes, pods, volumeAttachments } from '#api/gen/resources.ts'
import { cachedReader, type ReadAccess } from '../cached-reader.ts'
import { mirrorPodAnnotation, type PodReferences, referencesOf } from './pod-references.ts'

export type GraphKind = 'secret' | 'configmap' | 'persistentvolumeclaim' | 'persistentvolume' | 'resourceclaim' | 'serviceaccount' | 'pod' | 'volumeattachment'

export type NodeGraph = (nodeName: string, kind: GraphKind, namespace: string, name: string) => Promise<boolean>

const indexName = 'authorization-node'

export function nodeGraph(access: ReadAccess): NodeGraph {
  const { informers, client } = access
  const podInformer = informers.informer(pods)
  podInformer.addIndex(indexName, (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : []))
  const claims = cachedReader(access, persistentVolumeClaims)
  const volumes = cachedReader(access, persistentVolumes)
  const attachments = cachedReader(access, volumeAttachments)
  const references = new WeakMap<Pod, PodReferences>()

  function refersTo(pod: Pod, kind: GraphKind, name: string): boolean {
    if (kind === 'pod') return pod.metadata.name === name
    // What a mirror pod names was never checked against the API, so it opens nothing.
    if (pod.metadata.annotations?.[mirrorPodAnnotation]) return false
    const found = references.get(pod) ?? referencesOf(pod)
    references.set(pod, found)
    if (kind === 'secret') return found.secrets.has(name)
    if (kind === 'configmap') return found.configMaps.has(name)
    if (kind === 'persistentvolumeclaim') return found.claims.has(name)
    if (kind === 'resourceclaim') return found.resourceClaims.has(name)
    return kind === 'serviceaccount' && found.serviceAccount === name
  }

  async function byPods(podsOfNode: readonly Pod[], kind: GraphKind, namespace: string, name: string): Promise<boolean> {
    if (kind === 'persistentvolume') {
      const claim = (await volumes.get(undefined, name))?.spec?.claimRef
      if (!claim?.namespace || !claim.name) return false
      const bound = await claims.get(claim.namespace, claim.name)
      return bound?.spec?.volumeName === name && byPods(podsOfNode, 'persistentvolumeclaim', claim.namespace, claim.name)
    }
    if (podsOfNode.some((pod) => pod.metadata.namespace === namespace && refersTo(pod, kind, name))) return true
    return kind === 'secret' && (await bySecretsOfVolumes(podsOfNode, namespace, name))
  }

  /** Secrets that the volumes of the pods' claims need to be mounted. */
  async function bySecretsOfVolumes(podsOfNode: readonly Pod[], namespace: string, name: string): Promise<boolean> {
    for (const pod of podsOfNode)
      for (const volume of pod.spec?.volumes ?? []) {
        const claimName = volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral ? `${pod.metadata.name}-${volume.name}` : undefined)
        const claim = claimName ? await claims.get(pod.metadata.namespace, claimName) : undefined
        const source = claim?.spec?.volumeName ? (await volumes.get(undefined, claim.spec.volumeName))?.spec : undefined
        if (!source) continue
        const { nodePublishSecretRef, nodeStageSecretRef, nodeExpandSecretRef } = source.csi ?? {}
        const refs = [
          nodePublishSecretRef,
          nodeStageSecretRef,
          nodeExpandSecretRef,
          source.iscsi?.secretRef,
          source.rbd?.secretRef,
          source.cephfs?.secretRef,
          source.flexVolume?.secretRef,
        ]
        if (refs.some((ref) => ref?.name === name && (ref.namespace ?? pod.metadata.namespace) === namespace)) return true
      }
    return false
  }

  return async (nodeName, kind, namespace, name) => {
    if (kind === 'volumeattachment') return (await attachments.get(undefined, name))?.spec?.nodeName === nodeName
    if (await byPods(podInformer.byIndex(indexName, nodeName), kind, namespace, name)) return true
    const { items } = await client.list(pods, { namespace: namespace || undefined, fieldSelector: `spec.nodeName=${nodeName}` })
    return byPods(items, kind, namespace, name)
  }
}
