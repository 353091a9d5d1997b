/** The table of nodes. */
import type { Node } from '#api/gen/core/v1.ts'
import type { TableColumn } from '#api/types.ts'
import { ageColumn, nameColumn, text, wideText } from '../../../columns.ts'

const rolePrefix = 'node-role.kubernetes.io/'

export const nodeColumns: TableColumn<Node>[] = [
  nameColumn(),
  text('Status', readiness, 'Whether the node is ready, and whether it takes new pods.'),
  text('Roles', roles, 'The roles that the labels of the node give.'),
  ageColumn(),
  text('Version', ({ status }) => status.nodeInfo?.kubeletVersion ?? '', 'The version of the kubelet.'),
  wideText('Internal-IP', addressOf('InternalIP'), 'The address within the cluster.'),
  wideText('External-IP', addressOf('ExternalIP'), 'The address from outside.'),
  wideText('OS-Image', ({ status }) => status.nodeInfo?.osImage || '<unknown>', 'The operating system.'),
  wideText('Kernel-Version', kernel, 'The kernel, and what machines it is built for.'),
  wideText('Container-Runtime', ({ status }) => status.nodeInfo?.containerRuntimeVersion || '<unknown>', 'The container runtime and its version.'),
]

function readiness({ spec, status }: Node): string {
  const ready = status.conditions?.findLast(({ type }) => type === 'Ready')
  const text = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'
  return spec.unschedulable ? `${text},SchedulingDisabled` : text
}

function kernel({ status: { nodeInfo } }: Node): string {
  const version = nodeInfo?.kernelVersion || '<unknown>'
  return nodeInfo?.architecture ? `${version} (${nodeInfo.architecture})` : version
}

function roles({ metadata }: Node): string {
  const found = new Set<string>()
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length) found.add(key.slice(rolePrefix.length))
    else if (key === 'kubernetes.io/role' && value) found.add(value)
  }
  return found.size > 0 ? [...found].sort().join(',') : '<none>'
}

function addressOf(wanted: string): (node: Node) => string {
  return ({ status }) => status.addresses?.find(({ type }) => type === wanted)?.address ?? '<none>'
}
