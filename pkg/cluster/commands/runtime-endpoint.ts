/** --container-runtime-endpoint: a machine's own runtime instead of a containerd that k8ts starts. */
import { endpointSocket } from '../node/own-runtime.ts'
import type { ClusterConfig } from '../types.ts'
import { UsageError } from '../usage-error.ts'
import type { CommandContext, CommandOption } from './command.ts'

export const runtimeEndpointOption: CommandOption = {
  name: 'container-runtime-endpoint',
  value: 'unix:///PATH',
  help: 'the socket of a containerd or CRI-O of your own (default: a containerd that k8ts starts and ends)',
}

/** What is asked for, checked; undefined: nothing. */
export function runtimeEndpointOf(options: CommandContext['options'], stored: ClusterConfig | undefined): string | undefined {
  const wanted = options[runtimeEndpointOption.name]
  const kept = stored?.machine?.runtimeEndpoint
  if (typeof wanted !== 'string') return kept
  endpointSocket(wanted)
  if (stored && wanted !== kept)
    throw new UsageError(`this node's container runtime is ${kept ?? 'a containerd of its own'} and cannot become ${wanted}; delete it and make it anew`)
  return wanted
}
