/** What eviction looks at: the node's memory, file systems and processes, and what each pod uses of them. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { basename } from 'node:path'
import { promisify } from 'node:util'
import type { Pod } from '#api/gen/core/v1.ts'
import type { Cri } from '../cri/index.ts'
import { containerNameLabel, podUidLabel } from '../runtime/labels.ts'
import type { KubeletPaths } from '../paths.ts'
import { nodeMemory } from '../stats/node-memory.ts'
import type { Observation, PodUsage, Signal } from './types.ts'

const run = promisify(execFile)

export async function observeNode(rootDir: string, cri: Cri): Promise<Map<Signal, Observation>> {
  const observations = new Map<Signal, Observation>()
  const { availableBytes, capacityBytes } = nodeMemory()
  observations.set('memory.available', { available: availableBytes, capacity: capacityBytes })
  observeFileSystem(observations, 'nodefs', rootDir)
  const [images] = await cri.images.imageFsInfo().catch(() => [])
  const mountpoint = images?.fsId?.mountpoint
  observeFileSystem(observations, 'imagefs', mountpoint && existsSync(mountpoint) ? mountpoint : rootDir)
  const capacity = Math.min(Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8')), Number(readFileSync('/proc/sys/kernel/threads-max', 'utf8')))
  const threads = Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[3]!.split('/')[1])
  observations.set('pid.available', { available: capacity - threads, capacity })
  return observations
}

function observeFileSystem(into: Map<Signal, Observation>, name: 'nodefs' | 'imagefs', path: string): void {
  const { blocks, bavail, bsize, files, ffree } = statfsSync(path)
  into.set(`${name}.available`, { available: bavail * bsize, capacity: blocks * bsize })
  // Some file systems have no fixed number of inodes and report none.
  if (files > 0) into.set(`${name}.inodesFree`, { available: ffree, capacity: files })
}

/** Walks the disk where it must: for pods with emptyDirs and logs. */
export async function observePods(pods: readonly Pod[], cri: Cri, paths: KubeletPaths): Promise<PodUsage[]> {
  const wanted = new Set(pods.map(({ metadata }) => metadata.uid))
  const stats = (await cri.runtime.listContainerStats()).filter(({ attributes }) => wanted.has(attributes.labels[podUidLabel] ?? ''))
  return Promise.all(
    pods.map(async (pod) => {
      const { uid } = pod.metadata
      const emptyDirs = new Map<string, number>()
      for (const { name, emptyDir } of pod.spec.volumes ?? []) {
        if (emptyDir) emptyDirs.set(name, await usedBytes(paths.volume(uid, 'empty-dir', name)))
      }
      const logs = await usedBelow(paths.podLogs(pod))
      const containers = stats
        .filter(({ attributes }) => attributes.labels[podUidLabel] === uid)
        .map(({ attributes, memory, writableLayer }) => ({
          name: attributes.labels[containerNameLabel] ?? '',
          memoryBytes: memory?.workingSetBytes?.value ?? 0,
          layerBytes: writableLayer?.usedBytes?.value ?? 0,
          diskBytes: (writableLayer?.usedBytes?.value ?? 0) + (logs.of.get(attributes.labels[containerNameLabel] ?? '') ?? 0),
          inodes: writableLayer?.inodesUsed?.value ?? 0,
        }))
      const onDisk = (pod.spec.volumes ?? []).filter(({ emptyDir }) => emptyDir && emptyDir.medium !== 'Memory').map(({ name }) => emptyDirs.get(name) ?? 0)
      const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0)
      return {
        pod,
        memoryBytes: sum(containers.map((each) => each.memoryBytes)),
        diskBytes: sum(containers.map((each) => each.layerBytes)) + sum(onDisk) + logs.all,
        inodes: sum(containers.map((each) => each.inodes)),
        processes: 0,
        emptyDirs,
        containers,
      }
    }),
  )
}

/** What a tree takes, in all and below each directory in it. */
export async function usedBelow(path: string): Promise<{ readonly all: number; readonly of: ReadonlyMap<string, number> }> {
  const of = new Map<string, number>()
  if (!existsSync(path)) return { all: 0, of }
  const args = ['-x', '--max-depth=1', '--block-size=1', path]
  // Files that vanish while it looks make it fail, with the sums all the same.
  const stdout = await run('du', args, { timeout: 30_000 }).then(
    (result) => result.stdout,
    (error: { readonly stdout?: string }) => error.stdout ?? '',
  )
  for (const line of stdout.split('\n')) {
    const [bytes, where] = line.split('\t')
    if (where !== undefined) of.set(where === path ? '' : basename(where), Number(bytes))
  }
  return { all: of.get('') ?? 0, of }
}

/** What a tree takes on its own file system. */
export async function usedBytes(path: string): Promise<number> {
  if (!existsSync(path)) return 0
  try {
    const { stdout } = await run('du', ['-sx', '--block-size=1', path], { timeout: 30_000 })
    return Number(stdout.split('\t')[0])
  } catch (error) {
    // Files that vanish while it looks make it fail, with the sum all the same.
    return Number((error as { stdout?: string }).stdout?.split('\t')[0] ?? 0) || 0
  }
}
