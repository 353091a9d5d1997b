/** ServiceAccount: every pod runs as one that exists, and has its token, the cluster's CA and its namespace mounted. */
import { randomInt } from 'node:crypto'
import type { Container, Pod, ServiceAccount, Volume } from '#api/gen/core/v1.ts'
import { serviceAccounts } from '#api/gen/resources.ts'
import { sleep } from '#base/clock.ts'
import { mirrorPodAnnotation, referencesOf } from '../authz/pod-references.ts'
import { cachedReader } from '../cached-reader.ts'
import type { AdmissionPlugin } from '../types.ts'
import { refuse } from './refuse.ts'
import { type AdmissionContext, isFor } from './types.ts'

const defaultName = 'default'
/** The default account is made by a controller soon after its namespace: it is worth waiting for. */
const defaultAttempts = 10
const retryMs = 100
export const tokenMountPath = '/var/run/secrets/kubernetes.io/serviceaccount'
const volumePrefix = 'kube-api-access-'
const tokenSeconds = 3607
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

export function serviceAccount(context: AdmissionContext): AdmissionPlugin {
  const reader = cachedReader(context, serviceAccounts)

  async function accountOf(namespace: string, name: string): Promise<ServiceAccount | undefined> {
    for (let attempt = 1; ; attempt++) {
      const found = await reader.get(namespace, name)
      if (found || name !== defaultName || attempt >= defaultAttempts) return found
      await sleep(context.clock, retryMs)
    }
  }

  return {
    name: 'ServiceAccount',
    handles: (attributes) => isFor(attributes, '', 'pods', ['CREATE']),
    async admit(attributes) {
      const pod = attributes.object as Pod
      if (pod.metadata.annotations?.[mirrorPodAnnotation] !== undefined || !pod.spec) return
      const name = pod.spec.serviceAccountName || defaultName
      const account = await accountOf(attributes.namespace, name)
      if (!account) throw refuse(attributes, `error looking up service account ${attributes.namespace}/${name}: serviceaccount "${name}" not found`)
      pod.spec.serviceAccountName = name
      pod.spec.serviceAccount = name
      if (pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(pod)
      if (!pod.spec.imagePullSecrets?.length && account.imagePullSecrets?.length)
        pod.spec.imagePullSecrets = account.imagePullSecrets.map((each) => ({ ...each }))
    },
    async validate(attributes) {
      const pod = attributes.object as Pod
      if (pod.metadata.annotations?.[mirrorPodAnnotation] !== undefined) return refuseReferences(attributes, pod)
      const name = pod.spec?.serviceAccountName ?? ''
      if (!(await accountOf(attributes.namespace, name)))
        throw refuse(attributes, `error looking up service account ${attributes.namespace}/${name}: serviceaccount "${name}" not found`)
    },
  }
}

/** A mirror pod comes from a file on the node: it must not reach into the API. */
function refuseReferences(attributes: Parameters<NonNullable<AdmissionPlugin['validate']>>[0], pod: Pod): void {
  const { secrets, configMaps, claims } = referencesOf(pod)
  if (pod.spec?.serviceAccountName) throw refuse(attributes, 'a mirror pod may not reference service accounts')
  if (secrets.size > 0) throw refuse(attributes, 'a mirror pod may not reference secrets')
  if (configMaps.size > 0) throw refuse(attributes, 'a mirror pod may not reference configmaps')
  if (claims.size > 0) throw refuse(attributes, 'a mirror pod may not reference persistentvolumeclaims')
  if (pod.spec?.volumes?.some((each) => each.projected?.sources?.some((source) => source.serviceAccountToken)))
    throw refuse(attributes, 'a mirror pod may not use ServiceAccountToken volume projections')
}

function mountToken({ spec }: Pod): void {
  const volumes = [...(spec!.volumes ?? [])]
  const taken = new Set(volumes.map((each) => each.name))
  let name = ''
  do name = `${volumePrefix}${randomSuffix()}`
  while (taken.has(name))
  let used = false
  const mount = (container: Container): void => {
    if (container.volumeMounts?.some((each) => each.mountPath === tokenMountPath)) return
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: tokenMountPath }]
    used = true
  }
  spec!.initContainers?.forEach(mount)
  spec!.containers.forEach(mount)
  if (used) spec!.volumes = [...volumes, tokenVolume(name)]
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: tokenSeconds } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
    },
  }
}

function randomSuffix(): string {
  let suffix = ''
  for (let count = 0; count < 5; count++) suffix += alphabet[randomInt(alphabet.length)]
  return suffix
}
