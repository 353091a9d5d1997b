/**
 * A containerd of the test's own: root, state, socket and CNI network in a temporary directory, everything gone after stop().
 * On hybrid cgroups it runs in a private mount namespace without the v2 hierarchy, since crun needs that.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cri, openCri } from '../cri/index.ts'
import { importImage } from '../cri/import-image.ts'
import { writeTestImages } from './test-image.ts'

export interface TestContainerd {
  readonly socket: string
  readonly dir: string
  readonly cri: Cri
  /** "test.local/tools:1", with a shell; "test.local/pause:1" is the sandbox's. */
  readonly image: string
  stop(): Promise<void>
}

/** Why the real runtime cannot be had here, or undefined when it can. */
export function missingForContainerd(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root'
  for (const program of ['containerd', 'ctr', 'unshare']) {
    if (!findProgram(program)) return `no ${program}`
  }
  if (!findProgram('crun') && !findProgram('runc')) return 'neither crun nor runc'
  if (!existsSync(join(cniDir, 'ptp'))) return 'no CNI plugins'
  return undefined
}

const cniDir = ['/usr/lib/cni', '/opt/cni/bin'].find(existsSync) ?? '/usr/lib/cni'

export async function startContainerd(): Promise<TestContainerd> {
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-cri-'))
  const socket = join(dir, 'containerd.sock')
  const id = process.pid % 200
  mkdirSync(join(dir, 'cni'), { recursive: true })
  // One of the ranges set aside for documentation and tests, so that it meets nothing real.
  const subnet = `198.18.${id}.0/24`
  writeFileSync(
    join(dir, 'cni', '10-test.conflist'),
    JSON.stringify({
      cniVersion: '0.4.0',
      name: `k8ts-test-${process.pid}`,
      plugins: [
        {
          type: 'ptp',
          ipMasq: false,
          ipam: { type: 'host-local', dataDir: join(dir, 'ipam'), ranges: [[{ subnet }]], routes: [{ dst: '0.0.0.0/0' }] },
        },
      ],
    }),
  )
  const config = join(dir, 'config.toml')
  writeFileSync(config, configuration(dir, socket))
  const child = spawnContainerd(dir, config)
  const cri = openCri(socket)
  try {
    await waitUntilReady(cri, child, join(dir, 'containerd.log'))
    const tar = join(dir, 'images.tar')
    await writeTestImages(tar, [{ name: 'test.local/pause:1', command: ['/bin/sleep', 'infinity'] }, { name: 'test.local/tools:1' }])
    await importImage(socket, tar)
  } catch (error) {
    await stop(child, cri, dir)
    throw error
  }
  return { socket, dir, cri, image: 'test.local/tools:1', stop: () => stop(child, cri, dir) }
}

function configuration(dir: string, socket: string): string {
  const binary = findProgram('crun') ?? findProgram('runc')!
  return `version = 2
root = "${dir}/root"
state = "${dir}/state"
disabled_plugins = ["io.containerd.internal.v1.restart"]
[grpc]
  address = "${socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${dir}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "test.local/pause:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "${binary}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cniDir}"
    conf_dir = "${dir}/cni"
`
}

function spawnContainerd(dir: string, config: string): ChildProcess {
  const log = openSync(join(dir, 'containerd.log'), 'w')
  const hybrid = existsSync('/sys/fs/cgroup/unified/cgroup.controllers')
  // The test's directory is a shared mount, or tmpfs volumes that the kubelet mounts would not be seen in there.
  execFileSync('mount', ['--bind', dir, dir])
  execFileSync('mount', ['--make-shared', dir])
  const script = `${hybrid ? 'umount /sys/fs/cgroup/unified && ' : ''}exec containerd -c ${config}`
  return spawn('unshare', ['-m', '--propagation', 'unchanged', 'sh', '-c', hybrid ? `mount --make-private /sys/fs/cgroup; ${script}` : script], {
    stdio: ['ignore', log, log],
  })
}

async function waitUntilReady(cri: Cri, child: ChildProcess, log: string): Promise<void> {
  const until = Date.now() + 10_000
  for (;;) {
    try {
      const { conditions } = await cri.runtime.status()
      if (conditions.every((each) => each.status)) return
    } catch (error) {
      if (child.exitCode !== null || Date.now() > until) throw new Error(`containerd did not start: ${error}\n${readFileSync(log, 'utf8').slice(-2000)}`)
    }
    if (Date.now() > until) throw new Error('containerd is up but its network is not ready')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function stop(child: ChildProcess, cri: Cri, dir: string): Promise<void> {
  try {
    for (const { id } of await cri.runtime.listPodSandboxes()) {
      await cri.runtime.stopPodSandbox(id)
      await cri.runtime.removePodSandbox(id)
    }
  } catch {
    // A runtime that never came up has nothing to take down.
  }
  cri.close()
  if (child.exitCode === null) {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await gone
  }
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path === dir || path.startsWith(`${dir}/`))
  for (const path of mounts.reverse()) {
    try {
      execFileSync('umount', ['-l', path])
    } catch {
      // Already gone with the mount above it.
    }
  }
  rmSync(dir, { recursive: true, force: true })
}

function findProgram(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(':')
    .concat('/usr/sbin', '/sbin')
    .map((dir) => `${dir}/${name}`)
    .find(existsSync)
}
