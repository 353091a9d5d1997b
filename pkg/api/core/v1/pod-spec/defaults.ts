/** Defaults of a pod's spec, alone and in templates (pkg/apis/core/v1/defaults.go). */
import type { PodSpec, PodTemplateSpec } from '#api/gen/core/v1.ts'
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
  defaultPodSpec(template.spec)
}
