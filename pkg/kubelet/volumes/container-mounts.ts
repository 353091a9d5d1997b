/** A container's mounts: its volumes with subPath, /etc/hosts, and the termination message. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, realpathSync, statSync, writeFileSync, chmodSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import type { Container, Pod, VolumeMount } from '#api/gen/core/v1.ts'
import type { CriMount, MountPropagation } from '../cri/types.ts'
import { expand } from '../env/expand.ts'
import type { Environment } from '../env/environment.ts'
import type { KubeletPaths } from '../paths.ts'
import { ContainerStartError } from '../types.ts'
import { bindMount } from './mounts.ts'
import type { MountedVolumes } from './volume-manager.ts'

const propagations: Readonly<Record<string, MountPropagation>> = {
  None: 'PROPAGATION_PRIVATE',
  HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER',
  Bidirectional: 'PROPAGATION_BIDIRECTIONAL',
}

export async function containerMounts(
  pod: Pod,
  container: Container,
  volumes: MountedVolumes,
  environment: Environment,
  paths: KubeletPaths,
): Promise<CriMount[]> {
  const mounts: CriMount[] = []
  let ownsHosts = false
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const volume = volumes.get(mount.name)
    if (!volume) throw new ContainerStartError('CreateContainerConfigError', `cannot find volume "${mount.name}" to mount into container "${container.name}"`)
    const containerPath = isAbsolute(mount.mountPath) ? mount.mountPath : join('/', mount.mountPath)
    if (containerPath === '/etc/hosts') ownsHosts = true
    const subPath = mount.subPathExpr ? expand(mount.subPathExpr, (name) => environment.get(name)?.toString('utf8')) : (mount.subPath ?? '')
    const hostPath = subPath === '' ? volume.path : await bindSubPath(pod, container, mount, index, volume.path, subPath, paths)
    mounts.push({
      containerPath,
      hostPath,
      readonly: mount.readOnly === true || volume.readOnly,
      propagation: propagations[mount.mountPropagation ?? 'None'] ?? 'PROPAGATION_PRIVATE',
    })
  }
  if (!ownsHosts) mounts.push({ containerPath: '/etc/hosts', hostPath: paths.hosts(pod.metadata.uid), readonly: false })
  const messagePath = container.terminationMessagePath ?? '/dev/termination-log'
  if (messagePath !== '') mounts.push({ containerPath: messagePath, hostPath: terminationFile(pod, container, paths), readonly: false })
  return mounts
}

/** A file of its own for every run of the container. */
function terminationFile(pod: Pod, container: Container, paths: KubeletPaths): string {
  const directory = paths.container(pod.metadata.uid, container.name)
  mkdirSync(directory, { recursive: true })
  const file = join(directory, randomBytes(4).toString('hex'))
  writeFileSync(file, '')
  // Any user in the container may write it.
  chmodSync(file, 0o666)
  return file
}

/** The path below the volume is resolved once and held by a bind mount, so that a link put there later leads nowhere else. */
async function bindSubPath(
  pod: Pod,
  container: Container,
  mount: VolumeMount,
  index: number,
  volumePath: string,
  subPath: string,
  paths: KubeletPaths,
): Promise<string> {
  const fail = (why: string) =>
    new ContainerStartError('CreateContainerConfigError', `failed to prepare subPath for volumeMount "${mount.name}" of container "${container.name}": ${why}`)
  if (isAbsolute(subPath) || subPath.split('/').includes('..')) throw fail('subPath must stay within the volume')
  const wanted = join(volumePath, subPath)
  if (!existsSync(wanted)) mkdirSync(wanted, { recursive: true, mode: 0o750 })
  const real = realpathSync(wanted)
  if (relative(realpathSync(volumePath), real).startsWith('..')) throw fail('subPath leads out of the volume')
  const target = join(paths.subPaths(pod.metadata.uid), mount.name, container.name, String(index))
  if (statSync(real).isDirectory()) mkdirSync(target, { recursive: true })
  else {
    mkdirSync(join(target, '..'), { recursive: true })
    if (!existsSync(target)) writeFileSync(target, '')
  }
  await bindMount(real, target)
  return target
}
