/**
 * What the server's own decisions need of every pod: where it runs, what it refers to, its identity. Whole pods, parsed,
 * would be most of the server's memory; who needs one whole asks for it (`getLive`).
 */
import type { Container, Pod } from '#api/gen/core/v1.ts'
import { mirrorPodAnnotation } from './authz/pod-references.ts'

export function podFacts({ metadata, spec, status }: Pod): Pod {
  const { name, namespace, uid, resourceVersion, deletionTimestamp, annotations } = metadata
  const mirror = annotations?.[mirrorPodAnnotation]
  return {
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      ...(deletionTimestamp ? { deletionTimestamp } : {}),
      ...(mirror === undefined ? {} : { annotations: { [mirrorPodAnnotation]: mirror } }),
    },
    spec: {
      nodeName: spec?.nodeName,
      serviceAccountName: spec?.serviceAccountName,
      volumes: spec?.volumes,
      imagePullSecrets: spec?.imagePullSecrets,
      resourceClaims: spec?.resourceClaims,
      containers: (spec?.containers ?? []).filter(refers).map(referring),
      ...(spec?.initContainers ? { initContainers: spec.initContainers.filter(refers).map(referring) } : {}),
      ...(spec?.ephemeralContainers ? { ephemeralContainers: spec.ephemeralContainers.map((each) => referring(each as Container)) } : {}),
    },
    ...(status?.resourceClaimStatuses || status?.extendedResourceClaimStatus
      ? { status: { resourceClaimStatuses: status.resourceClaimStatuses, extendedResourceClaimStatus: status.extendedResourceClaimStatus } }
      : {}),
  } as Pod
}

function refers({ env, envFrom }: Pick<Container, 'env' | 'envFrom'>): boolean {
  return envFrom !== undefined || env?.some(({ valueFrom }) => valueFrom) === true
}

/** The variables that come from Secrets and ConfigMaps. */
function referring({ name, env, envFrom }: Container): Container {
  const references = env?.filter(({ valueFrom }) => valueFrom?.secretKeyRef || valueFrom?.configMapKeyRef)
  return { name, ...(references?.length ? { env: references } : {}), ...(envFrom ? { envFrom } : {}) } as Container
}
