/** The kubelet's /metrics/resource, as far as usage is read from it. */

export interface Reading {
  readonly cpuSeconds: number
  readonly memoryBytes: number
}

export interface NodeSample {
  readonly atMs: number
  readonly node?: Reading
  /** By "namespace/pod", then by container. */
  readonly pods: ReadonlyMap<string, ReadonlyMap<string, Reading>>
}

const line = /^(\w+)(?:\{([^}]*)\})? (\S+)(?: (\d+))?$/

export function parseSample(text: string, nowMs: number): NodeSample {
  let atMs = nowMs
  const node: { cpuSeconds?: number; memoryBytes?: number } = {}
  const pods = new Map<string, Map<string, { cpuSeconds?: number; memoryBytes?: number }>>()
  for (const each of text.split('\n')) {
    const [, name, labelText = '', value, time] = line.exec(each) ?? []
    if (!name || name.startsWith('pod_')) continue
    const part = name.endsWith('_cpu_usage_seconds_total') ? 'cpuSeconds' : name.endsWith('_memory_working_set_bytes') ? 'memoryBytes' : undefined
    if (!part) continue
    if (name.startsWith('node_')) {
      node[part] = Number(value)
      if (time) atMs = Number(time)
      continue
    }
    const labels = Object.fromEntries([...labelText.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, of]) => [key, of]))
    const key = `${labels.namespace}/${labels.pod}`
    const containers = pods.get(key) ?? new Map<string, { cpuSeconds?: number; memoryBytes?: number }>()
    pods.set(key, containers)
    const reading = containers.get(labels.container!) ?? {}
    containers.set(labels.container!, reading)
    reading[part] = Number(value)
  }
  const whole = (reading: { cpuSeconds?: number; memoryBytes?: number }): reading is Reading =>
    reading.cpuSeconds !== undefined && reading.memoryBytes !== undefined
  const complete = [...pods].map(([key, containers]) => [key, new Map([...containers].filter(([, reading]) => whole(reading)))] as const)
  return { atMs, ...(whole(node) ? { node } : {}), pods: new Map(complete) as NodeSample['pods'] }
}
