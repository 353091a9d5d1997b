/** Where the kubelet keeps things, below its root directory; the layout is upstream's. */
import { join } from 'node:path'
import type { Pod } from '#api/gen/core/v1.ts'

export interface KubeletPaths {
  readonly pods: string
  readonly logs: string
  readonly seccomp: string
  /** The tmpfs of what must not touch the disk. */
  readonly memory: string
  pod(uid: string): string
  volume(uid: string, plugin: string, name: string): string
  /** The link to a raw block volume's device. */
  device(uid: string, plugin: string, name: string): string
  container(uid: string, name: string): string
  subPaths(uid: string): string
  hosts(uid: string): string
  allocation(uid: string): string
  podLogs(pod: Pod): string
  /** Relative to the pod's logs. */
  containerLog(name: string, restartCount: number): string
}

export function kubeletPaths(rootDir: string, logs = join(rootDir, 'logs', 'pods')): KubeletPaths {
  const pods = join(rootDir, 'pods')
  const pod = (uid: string) => join(pods, uid)
  return {
    pods,
    logs,
    seccomp: join(rootDir, 'seccomp'),
    memory: join(rootDir, 'memory'),
    pod,
    volume: (uid, plugin, name) => join(pod(uid), 'volumes', `kubernetes.io~${plugin}`, name),
    device: (uid, plugin, name) => join(pod(uid), 'volumeDevices', `kubernetes.io~${plugin}`, name),
    container: (uid, name) => join(pod(uid), 'containers', name),
    subPaths: (uid) => join(pod(uid), 'volume-subpaths'),
    allocation: (uid) => join(pod(uid), 'allocation.json'),
    hosts: (uid) => join(pod(uid), 'etc-hosts'),
    podLogs: ({ metadata }) => join(logs, `${metadata.namespace}_${metadata.name}_${metadata.uid}`),
    containerLog: (name, restartCount) => join(name, `${restartCount}.log`),
  }
}
