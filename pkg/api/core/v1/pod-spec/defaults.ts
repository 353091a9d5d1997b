/** Defaults of a pod's spec, alone and in templates (pkg/apis/core/v1/defaults.go). */
import type { PodSpec, PodTemplateSpec } from '#api/gen/core/v1.ts'
import type { ObjectMeta } from '#apimachinery/object.ts'
import { defaultContainer } from './container-defaults.ts'
import { defaultVolume } from './volume-defaults.ts'

export function defaultPodSpec(spec: PodSpec): void {
  spec.dnsPolicy ||= 'ClusterFirst'
  spec.restartPolicy ||= 'Always'
  spec.securityContext ??= {}
  spec.terminationGracePeriodSeconds ??= 30
  spec.schedulerName ||= 'default-scheduler'
  for (const volume of spec.volumes ?? []) defaultVolume(volume)
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])]) defaultContainer(container)
  mirrorServiceAccount(spec)
}

/** `serviceAccount` is the deprecated twin of `serviceAccountName`; upstream's conversion keeps them alike. */
function mirrorServiceAccount(spec: PodSpec): void {
  spec.serviceAccountName ||= spec.serviceAccount
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName
  else {
    delete spec.serviceAccountName
    delete spec.serviceAccount
  }
}

export function defaultPodTemplate(template: PodTemplateSpec): void {
  dropInitContainerAnnotations(template.metadata)
  defaultPodSpec(template.spec)
}

const initContainerAnnotations = ['beta', 'alpha'].flatMap((stage) => ['s', '-statuses'].map((what) => `pod.${stage}.kubernetes.io/init-container${what}`))

/** What init containers were before they were fields; conversion takes it away. */
export function dropInitContainerAnnotations(metadata: Pick<ObjectMeta, 'annotations'> | undefined): void {
  const annotations = metadata?.annotations
  if (!annotations || !initContainerAnnotations.some((name) => annotations[name] !== undefined)) return
  for (const name of initContainerAnnotations) delete annotations[name]
  if (Object.keys(annotations).length === 0) delete metadata.annotations
}
