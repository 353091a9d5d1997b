/**
 * Writes `scores-1.36.json`: `K8TS_REAL_KUBECONFIG=FILE K8TS_REAL_SCHEDULER_LOG=LOG ./tools/node.sh
 * test/scenarios/scheduler-golden/record-scores.ts` places the pods of the random clusters with the real kube-scheduler 1.36, started
 * with `--config` of `profiles.yaml` and `-v=10`, whose log tells each plugin's score. As for `record.ts`, nothing else runs there.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { kubeconfigTransport, loadKubeconfig } from '#client/kubeconfig.ts'
import { request } from './decide.ts'
import { type Scored, scoreCases } from './score-cases.ts'

const path = process.env.K8TS_REAL_KUBECONFIG
const log = process.env.K8TS_REAL_SCHEDULER_LOG
if (!path || !log) throw new Error('needs K8TS_REAL_KUBECONFIG and K8TS_REAL_SCHEDULER_LOG of a real 1.36')
const transport = kubeconfigTransport(loadKubeconfig(path))
const ask = (method: string, at: string, body?: object): Promise<any> => request(transport, method, at, body)
const settleMs = 1500
const recorded: Record<string, Record<string, Scored | 'refused'>> = {}

for (const [name, { namespaces, nodes, objects, standing, asked }] of Object.entries(scoreCases)) {
  const kept: Record<string, any> = {}
  for (const each of namespaces) await ask('POST', '/api/v1/namespaces', each)
  for (const each of nodes) await ask('POST', '/api/v1/nodes', each)
  for (const [at, object] of objects) await ask('POST', at, object)
  for (const pod of standing) await ask('POST', podsOf(pod), pod).catch(() => Object.assign(kept, { [pod.metadata.name]: 'refused' }))
  await setTimeout(settleMs)
  const from = statSync(log).size
  for (const pod of asked) kept[pod.metadata.name] = await place(pod)
  await setTimeout(settleMs)
  const names: string[] = nodes.map(({ metadata }) => metadata.name)
  const lines = readFileSync(log).subarray(from).toString()
  const scored = new Map<string, Map<string, Map<string, number>>>()
  for (const [, pod, plugin, node, score] of lines.matchAll(
    /"Plugin scored node for pod" pod="[^/]*\/([^"]*)" plugin="([^"]*)" node="([^"]*)" score=(-?\d+)/g,
  )) {
    const plugins = scored.get(pod!) ?? new Map()
    scored.set(pod!, plugins)
    plugins.set(plugin!, (plugins.get(plugin!) ?? new Map()).set(node!, Number(score)))
  }
  for (const [pod, plugins] of scored) {
    const feasible = names.filter((each) => [...plugins.values()][0]!.has(each))
    kept[pod].feasible = feasible.map((each) => names.indexOf(each))
    kept[pod].scores = Object.fromEntries([...plugins].sort().map(([plugin, scores]) => [plugin, feasible.map((each) => scores.get(each))]))
  }
  recorded[name] = kept
  for (const { metadata } of nodes) await ask('DELETE', `/api/v1/nodes/${metadata.name}`)
  for (const pod of [...standing, ...asked]) await ask('DELETE', `${podsOf(pod)}/${pod.metadata.name}?gracePeriodSeconds=0`).catch(() => {})
}
const rows = Object.entries(recorded).map(([name, kept]) => {
  const lines = Object.entries(kept).map(([pod, found]) => `    ${JSON.stringify(pod)}: ${JSON.stringify(found)}`)
  return `  ${JSON.stringify(name)}: {\n${lines.join(',\n')}\n  }`
})
writeFileSync(new URL('scores-1.36.json', import.meta.url), `{\n${rows.join(',\n')}\n}\n`)
transport.close()

function podsOf({ metadata }: any): string {
  return `/api/v1/namespaces/${metadata.namespace}/pods`
}

/** What no node would do for is gone afterwards. */
async function place(pod: any): Promise<Scored | 'refused'> {
  const created = await ask('POST', podsOf(pod), pod).catch(() => undefined)
  if (!created) return 'refused'
  const own = `${podsOf(pod)}/${pod.metadata.name}`
  for (;;) {
    const { spec, status } = await ask('GET', own)
    if (spec.nodeName) return { node: spec.nodeName }
    const condition = status.conditions?.find(({ type }: any) => type === 'PodScheduled')
    if (condition) {
      await ask('DELETE', `${own}?gracePeriodSeconds=0`)
      return { message: condition.message }
    }
    await setTimeout(10)
  }
}
