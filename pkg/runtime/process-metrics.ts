/** What every process of Kubernetes says of itself, in Prometheus' text format. */

export interface ProcessFacts {
  uptime(): number
  cpuUsage(): { readonly user: number; readonly system: number }
  memoryUsage(): { readonly rss: number; readonly heapUsed: number }
}

const version = 'v1.36.0'

export function processMetrics(of: ProcessFacts, nowMs: number): string {
  const { user, system } = of.cpuUsage()
  const { rss, heapUsed } = of.memoryUsage()
  const metrics: readonly (readonly [name: string, type: string, help: string, value: number])[] = [
    ['process_start_time_seconds', 'gauge', 'Start time of the process since unix epoch in seconds.', Math.round(nowMs - of.uptime() * 1000) / 1000],
    ['process_cpu_seconds_total', 'counter', 'Total user and system CPU time spent in seconds.', (user + system) / 1e6],
    ['process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.', rss],
    ['nodejs_heap_used_bytes', 'gauge', 'Bytes of the heap in use.', heapUsed],
  ]
  return [
    ...metrics.flatMap(([name, type, help, value]) => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name} ${value}`]),
    '# HELP kubernetes_build_info Version of Kubernetes that this is.',
    '# TYPE kubernetes_build_info gauge',
    `kubernetes_build_info{git_version="${version}",major="1",minor="36"} 1`,
    '',
  ].join('\n')
}
