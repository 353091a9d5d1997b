/**
 * What the server's own decisions need of every pod: where it runs, what it refers to, its identity. Whole pods, parsed,
 * would be most of the server's memory; who needs one whole asks for it (`getLive`).
 */
import type { Container, Pod, Volume } from '#api/gen/core/v1.ts'
import { mirrorPodAnnotation } from './authz/pod-references.ts'

type References = Pick<Pod['spec'] & object, 'volumes' | 'imagePullSecrets' | 'resourceClaims' | 'containers' | 'initContainers' | 'ephemeralContainers'>

/** Of so many different sets of references at the most it is known that pods share them. */
const maxShared = 4096

/** Answers what to keep of a pod. Pods of one template refer to the same things: these are kept once. */
export function podFacts(): (pod: Pod) => Pod {
  const shared = new Map<string, References>()
  const namespaces = new Map<string, string>()
  return ({ metadata, spec, status }) => {
    const { name, namespace = '', uid, resourceVersion, deletionTimestamp, annotations } = metadata
    const mirror = annotations?.[mirrorPodAnnotation]
    return {
      metadata: {
        name,
        namespace: once(namespaces, namespace, namespace),
        uid,
        resourceVersion,
        ...(deletionTimestamp ? { deletionTimestamp } : {}),
        ...(mirror === undefined ? {} : { annotations: { [mirrorPodAnnotation]: mirror } }),
      },
      spec: { nodeName: spec?.nodeName, serviceAccountName: spec?.serviceAccountName, ...sharedOnce(shared, referencesIn(spec)) },
      ...(status?.resourceClaimStatuses || status?.extendedResourceClaimStatus
        ? { status: { resourceClaimStatuses: status.resourceClaimStatuses, extendedResourceClaimStatus: status.extendedResourceClaimStatus } }
        : {}),
    } as Pod
  }
}

function sharedOnce(shared: Map<string, References>, references: References): References {
  return once(shared, JSON.stringify(references), references)
}

/** The value that was first given under the key. */
function once<T>(known: Map<string, T>, key: string, value: T): T {
  const found = known.get(key)
  if (found !== undefined) return found
  if (known.size === maxShared) known.clear()
  known.set(key, value)
  return value
}

function referencesIn(spec: Pod['spec']): References {
  const { volumes, imagePullSecrets, resourceClaims, containers = [], initContainers, ephemeralContainers } = spec ?? ({} as References)
  return {
    containers: containers.filter(refers).map(referring),
    ...(volumes ? { volumes: volumes.flatMap(referringVolume) } : {}),
    ...(imagePullSecrets ? { imagePullSecrets } : {}),
    ...(resourceClaims ? { resourceClaims } : {}),
    ...(initContainers ? { initContainers: initContainers.filter(refers).map(referring) } : {}),
    ...(ephemeralContainers ? { ephemeralContainers: ephemeralContainers.map((each) => referring(each as Container)) } : {}),
  } as References
}

function refers({ env, envFrom }: Pick<Container, 'env' | 'envFrom'>): boolean {
  return envFrom !== undefined || env?.some(({ valueFrom }) => valueFrom) === true
}

/** The variables that come from Secrets and ConfigMaps. */
function referring({ name, env, envFrom }: Container): Container {
  const references = env?.filter(({ valueFrom }) => valueFrom?.secretKeyRef || valueFrom?.configMapKeyRef)
  return { name, ...(references?.length ? { env: references } : {}), ...(envFrom ? { envFrom } : {}) } as Container
}

/** Directories of the node, and what pods are told of themselves, are nobody's. Only the claim of an ephemeral volume is named by the volume's own name. */
function referringVolume({ name, emptyDir, hostPath, downwardAPI, image, projected, ephemeral, ...references }: Volume): Volume[] {
  const sources = projected?.sources
    ?.filter(({ secret, configMap }) => secret || configMap)
    .map(({ secret, configMap }) => ({ ...(secret ? { secret } : {}), ...(configMap ? { configMap } : {}) }))
  const kept = {
    ...(ephemeral ? { name, ephemeral: {} } : {}),
    ...(sources?.length ? { projected: { sources } } : {}),
    ...references,
  }
  return Object.keys(kept).length > 0 ? [kept as Volume] : []
}
