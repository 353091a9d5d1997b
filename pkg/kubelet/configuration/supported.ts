/** Settings of upstream's that this kubelet cannot honour yet: refused at the start, never taken and forgotten. */
import type { CompleteConfiguration } from './defaults.ts'
import { otherGates } from './feature-gates.ts'

const defaultVolumePluginDir = '/usr/libexec/kubernetes/kubelet-plugins/volume/exec/'

const refusals: readonly (readonly [field: string, refused: (configuration: CompleteConfiguration) => boolean, why: string])[] = [
  ['cgroupDriver', (c) => c.cgroupDriver !== 'cgroupfs', 'only "cgroupfs" is supported'],
  ['qosReserved', (c) => Object.keys(c.qosReserved ?? {}).length > 0, 'reservations by QoS class are not supported'],
  ['cgroupsPerQOS', (c) => !c.cgroupsPerQOS, 'pods always have cgroups by QoS class'],
  ['readOnlyPort', (c) => (c.readOnlyPort ?? 0) !== 0, 'there is no port without authentication'],
  ['tracing', (c) => c.tracing !== undefined, 'tracing is not supported'],
  ['enforceNodeAllocatable', (c) => c.enforceNodeAllocatable.some((each) => each.includes('reserved')), 'only "pods" and "none" are supported'],
  ['enableControllerAttachDetach', (c) => !c.enableControllerAttachDetach, 'volumes are attached by the attach/detach controller only'],
  ['configMapAndSecretChangeDetectionStrategy', (c) => c.configMapAndSecretChangeDetectionStrategy !== 'Watch', 'only "Watch" is supported'],
  ['volumePluginDir', (c) => c.volumePluginDir !== defaultVolumePluginDir, 'FlexVolume plugins are not supported'],
  ['kernelMemcgNotification', (c) => c.kernelMemcgNotification === true, 'thresholds of memory are looked at, and not told by the kernel'],
  ['enableContentionProfiling', (c) => c.enableContentionProfiling === true, 'there is no such profile'],
  ['enableSystemLogQuery', (c) => c.enableSystemLogQuery === true, "the node's journal cannot be asked"],
  ['kubeletCgroups', (c) => Boolean(c.kubeletCgroups), 'the kubelet stays in the cgroup that it was started in'],
  ['systemCgroups', (c) => Boolean(c.systemCgroups), "the machine's processes stay in their cgroups"],
  ['podCIDR', (c) => Boolean(c.podCIDR), 'addresses of pods come from the Node'],
  ['logging.format', (c) => !['', 'text'].includes(String(c.logging?.format ?? '')), 'only "text" is supported'],
]

export function unsupportedSettings(configuration: CompleteConfiguration): string[] {
  const gates = otherGates(configuration.featureGates ?? {}).map(
    (name) => `featureGates.${name} is not supported by this kubelet as it is set: it has one behaviour`,
  )
  const settings = refusals
    .filter(([, refused]) => refused(configuration))
    .map(([field, , why]) => `${field} is not supported by this kubelet as it is set: ${why}`)
  return [...gates, ...settings]
}
