/**
 * KubeletConfiguration v1beta1: in come files, drop-ins and flags, out comes one complete, validated configuration or an error that
 * names the field. Stands for upstream's pkg/kubelet/apis/config and pkg/kubelet/kubeletconfig.
 */
export { configz } from './configz.ts'
export { ConfigurationError } from './decode.ts'
export { type CompleteConfiguration, ms } from './defaults.ts'
export type { KubeletConfiguration } from './fields.ts'
export { completeConfiguration, loadConfiguration, readConfiguration } from './load.ts'
