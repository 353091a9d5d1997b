/** What the kernel counts of this process, and what it is built of: samples that every program of Kubernetes shows (process_*, kubernetes_build_info). */
import { readdirSync, readFileSync } from 'node:fs'
import { cpuUsage, memoryUsage, uptime } from 'node:process'
import { featureGates } from '../configuration/feature-gates.ts'
import { Exposition } from '../stats/exposition.ts'
import { interfacesOf } from '../stats/network.ts'

const goArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' }

export function processMetrics(version: string, gates: Readonly<Record<string, boolean>>, base = '/proc/self'): string {
  const text = new Exposition()
  const single = (name: string, type: 'gauge' | 'counter', help: string, value: number) => text.family(name, type, help).sample(name, {}, value)
  const { user, system } = cpuUsage()
  single('process_cpu_seconds_total', 'counter', 'Total user and system CPU time spent in seconds.', (user + system) / 1e6)
  single('process_max_fds', 'gauge', 'Maximum number of open file descriptors.', limitOf(base, 'Max open files'))
  const interfaces = interfacesOf('self')
  const network = (direction: string, read: (each: (typeof interfaces)[number]) => number) =>
    single(
      `process_network_${direction === 'received' ? 'receive' : 'transmit'}_bytes_total`,
      'counter',
      `Number of bytes ${direction} by the process over the network.`,
      interfaces.reduce((sum, each) => sum + read(each), 0),
    )
  network('received', ({ rxBytes }) => rxBytes)
  network('sent', ({ txBytes }) => txBytes)
  single('process_open_fds', 'gauge', 'Number of open file descriptors.', readdirSync(`${base}/fd`).length)
  single('process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.', memoryUsage.rss())
  single('process_start_time_seconds', 'gauge', 'Start time of the process since unix epoch in seconds.', Math.round(Date.now() / 1000 - uptime()))
  const virtualPages = Number(readFileSync(`${base}/statm`, 'utf8').split(' ')[0])
  single('process_virtual_memory_bytes', 'gauge', 'Virtual memory size in bytes.', virtualPages * 4096)
  single('process_virtual_memory_max_bytes', 'gauge', 'Maximum amount of virtual memory available in bytes.', limitOf(base, 'Max address space'))
  const [major = '', minor = ''] = version.replace(/^v/, '').split('.')
  const architecture = goArchitectures[process.arch] ?? process.arch
  text
    .family(
      'kubernetes_build_info',
      'gauge',
      "[BETA] A metric with a constant '1' value labeled by major, minor, git version, git commit, git tree state, build date, Go version, and compiler from which Kubernetes was built, and platform on which it is running.",
    )
    .sample(
      'kubernetes_build_info',
      {
        build_date: '',
        compiler: 'node',
        git_commit: '',
        git_tree_state: '',
        git_version: version,
        go_version: `node${process.version}`,
        major,
        minor,
        platform: `${process.platform}/${architecture}`,
      },
      1,
    )
  text.family('kubernetes_feature_enabled', 'gauge', '[BETA] This metric records the data about the stage and enablement of a k8s feature.')
  for (const [name, { stage, isOn }] of [...featureGates].sort(([one], [other]) => (one < other ? -1 : 1)))
    text.sample('kubernetes_feature_enabled', { name, stage: stage === 'GA' ? '' : stage }, Number(gates[name] ?? isOn))
  return text.toString()
}

/** Where there is none, as Go prints the largest number. */
function limitOf(base: string, name: string): number {
  const value = new RegExp(`^${name}\\s+(\\S+)`, 'm').exec(readFileSync(`${base}/limits`, 'utf8'))?.[1] ?? 'unlimited'
  return value === 'unlimited' ? 2 ** 64 : Number(value)
}
