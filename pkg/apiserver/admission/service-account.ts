/** ServiceAccount: every pod runs as one that exists, and has its token, the cluster's CA and its namespace mounted. */
import { randomInt } from 'node:crypto'
import type { Container, Pod, ServiceAccount, Volume } from '#api/gen/core/v1.ts'
import { serviceAccounts } from '#api/gen/resources.ts'
import { sleep } from '#base/clock.ts'
import { mirrorPodAnnotation, referencesOf } from '../authz/pod-references.ts'
import { cachedReader } from '../cached-reader.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../types.ts'
import { enforcesMountableSecrets, unmountableInEphemeralContainers, unmountableSecret } from './mountable-secrets.ts'
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

  async function mustHave(attributes: AdmissionAttributes, name: string): Promise<ServiceAccount> {
    const account = await accountOf(attributes.namespace, name)
    if (account) return account
    throw refuse(attributes, `error looking up service account ${attributes.namespace}/${name}: serviceaccount "${name}" not found`)
  }

  return {
    name: 'ServiceAccount',
    handles: (attributes) => isFor(attributes, '', 'pods', ['CREATE']) || isFor(attributes, '', 'pods', ['UPDATE'], 'ephemeralcontainers'),
    async admit(attributes) {
      const pod = attributes.object as Pod
      if (attributes.operation === 'UPDATE' || !pod.spec) return
      if (pod.metadata.annotations?.[mirrorPodAnnotation] !== undefined) return refuseReferences(attributes, pod)
      const name = pod.spec.serviceAccountName || defaultName
      const account = await mustHave(attributes, name)
      pod.spec.serviceAccountName = name
      pod.spec.serviceAccount = name
      if (pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(pod)
      if (!pod.spec.imagePullSecrets?.length && account.imagePullSecrets?.length)
        pod.spec.imagePullSecrets = account.imagePullSecrets.map((each) => ({ ...each }))
      refuseSecrets(attributes, account, pod)
    },
    async validate(attributes) {
      const pod = attributes.object as Pod
      const ofMirror = pod.metadata.annotations?.[mirrorPodAnnotation] !== undefined
      if (ofMirror && attributes.operation === 'CREATE') return refuseReferences(attributes, pod)
      const name = pod.spec?.serviceAccountName ?? ''
      if (name === '') throw refuse(attributes, `no service account specified for pod ${attributes.namespace}/${pod.metadata.name ?? ''}`)
      refuseSecrets(attributes, await mustHave(attributes, name), pod)
    },
  }
}

function refuseSecrets(attributes: AdmissionAttributes, account: ServiceAccount, pod: Pod): void {
  if (!enforcesMountableSecrets(account)) return
  const why = attributes.operation === 'UPDATE' ? unmountableInEphemeralContainers(account, pod) : unmountableSecret(account, pod)
  if (why) throw refuse(attributes, why)
}

/** A mirror pod comes from a file on the node: it must not reach into the API. */
function refuseReferences(attributes: AdmissionAttributes, pod: Pod): void {
  const { secrets } = referencesOf(pod)
  if (pod.spec?.serviceAccountName) throw refuse(attributes, 'a mirror pod may not reference service accounts')
  if (secrets.size > 0) throw refuse(attributes, 'a mirror pod may not reference secrets')
  if (pod.spec?.volumes?.some((each) => each.projected?.sources?.some((source) => source.serviceAccountToken)))
    throw refuse(attributes, 'a mirror pod may not use ServiceAccountToken volume projections')
}

function mountToken({ spec }: Pod): void {
  const volumes = [...(spec!.volumes ?? [])]
  // A volume of such a name is taken for the token's, whatever is in it.
  const present = volumes.find((each) => each.name.startsWith(volumePrefix))?.name
  const name = present ?? `${volumePrefix}${randomSuffix()}`
  let used = false
  const mount = (container: Container): void => {
    if (container.volumeMounts?.some((each) => each.mountPath === tokenMountPath)) return
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: tokenMountPath }]
    used = true
  }
  spec!.initContainers?.forEach(mount)
  spec!.containers.forEach(mount)
  if (used && present === undefined) spec!.volumes = [...volumes, tokenVolume(name)]
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
