/** A container's mounts: its volumes with subPath, /etc/hosts, and the termination message. */
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type { Container, Pod, VolumeMount } from '#api/gen/core/v1.ts'
import type { CriDevice, CriMount, ImageSpec, MountPropagation } from '../cri/types.ts'
import { expand } from '../env/expand.ts'
import type { Environment } from '../env/environment.ts'
import type { KubeletPaths } from '../paths.ts'
import { ContainerStartError } from '../types.ts'
import { isRecursiveReadOnly } from './recursive-read-only.ts'
import { bindSubPath } from './sub-path.ts'
import type { MountedVolumes } from './volume-manager.ts'

const propagations: Readonly<Record<string, MountPropagation>> = {
  None: 'PROPAGATION_PRIVATE',
  HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER',
  Bidirectional: 'PROPAGATION_BIDIRECTIONAL',
}

export interface MountsInput {
  readonly pod: Pod
  readonly container: Container
  readonly volumes: MountedVolumes
  readonly environment: Environment
  readonly paths: KubeletPaths
  /** Volumes that the runtime mounts out of an image, by name. */
  readonly imageMounts: ReadonlyMap<string, ImageSpec>
  /** Whether the runtime can make a mount read-only all the way down. */
  readonly recursiveReadOnly: boolean
}

/** Of a path nothing may be left open: a name without a value would be a directory of that very name. */
function expandedPath(expression: string, environment: MountsInput['environment']): string {
  const missing = new Set<string>()
  const path = expand(expression, (name) => {
    const value = environment.get(name)?.toString('utf8') ?? ''
    if (value === '') missing.add(name)
    return value
  })
  if (missing.size > 0) throw new ContainerStartError('CreateContainerConfigError', `missing value for ${[...missing].sort().join(', ')}`)
  return path
}

export async function containerMounts({ pod, container, volumes, environment, paths, imageMounts, recursiveReadOnly }: MountsInput): Promise<CriMount[]> {
  const mounts: CriMount[] = []
  let ownsHosts = false
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const volume = volumes.get(mount.name)
    if (!volume) throw new ContainerStartError('CreateContainerConfigError', `cannot find volume "${mount.name}" to mount into container "${container.name}"`)
    if (volume.isBlock)
      throw new ContainerStartError('CreateContainerConfigError', `volume ${mount.name} has volumeMode Block, but is specified in volumeMounts`)
    const containerPath = isAbsolute(mount.mountPath) ? mount.mountPath : join('/', mount.mountPath)
    if (containerPath === '/etc/hosts') ownsHosts = true
    const subPath = mount.subPathExpr ? expandedPath(mount.subPathExpr, environment) : (mount.subPath ?? '')
    const image = imageMounts.get(mount.name)
    if (image !== undefined) {
      mounts.push({ containerPath, image, imageSubPath: subPath, readonly: true })
      continue
    }
    const isRecursive = recursively(mount, recursiveReadOnly)
    let hostPath = volume.path
    if (subPath !== '') {
      hostPath = join(paths.subPaths(pod.metadata.uid), mount.name, container.name, String(index))
      await bindSubPath(volume.path, subPath, hostPath).catch((error: Error) => {
        const where = `subPath for volumeMount "${mount.name}" of container "${container.name}"`
        throw new ContainerStartError('CreateContainerConfigError', `failed to prepare ${where}: ${error.message}`)
      })
    }
    mounts.push({
      containerPath,
      hostPath,
      readonly: mount.readOnly === true || volume.readOnly,
      ...(isRecursive ? { recursiveReadOnly: true } : {}),
      propagation: propagations[mount.mountPropagation ?? 'None'] ?? 'PROPAGATION_PRIVATE',
    })
  }
  if (!ownsHosts) mounts.push({ containerPath: '/etc/hosts', hostPath: paths.hosts(pod.metadata.uid), readonly: false })
  const messagePath = container.terminationMessagePath ?? '/dev/termination-log'
  if (messagePath !== '') mounts.push({ containerPath: messagePath, hostPath: terminationFile(pod, container, paths), readonly: false })
  return mounts
}

function recursively(mount: VolumeMount, isSupported: boolean): boolean {
  try {
    return isRecursiveReadOnly(mount, isSupported)
  } catch (error) {
    throw new ContainerStartError('CreateContainerConfigError', `failed to resolve recursive read-only mode: ${(error as Error).message}`)
  }
}

/** The raw block volumes of a container, as devices. */
export function containerDevices(container: Container, volumes: MountedVolumes): CriDevice[] {
  return (container.volumeDevices ?? []).map(({ name, devicePath }) => {
    const volume = volumes.get(name)
    if (!volume) throw new ContainerStartError('CreateContainerConfigError', `cannot find volume "${name}" to pass into container "${container.name}"`)
    if (!volume.isBlock)
      throw new ContainerStartError('CreateContainerConfigError', `volume ${name} has volumeMode Filesystem, but is specified in volumeDevices`)
    return { containerPath: devicePath, hostPath: volume.path, permissions: volume.readOnly ? 'r' : 'mrw' }
  })
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
