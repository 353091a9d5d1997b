/**
 * Writes `recorded-1.36.json`: what kube-proxy 1.36's nftables rules make of the packets of `cases.ts`, as root with a real API server of 1.36 (Service
 * ranges 10.96.0.0/16 and fd00:10:96::/112) that the kubeconfig tells of, in a network namespace of its own whose node has the addresses of `cases.ts`:
 *
 *   K8TS_REAL_KUBE_PROXY=/path/to/kube-proxy-1.36 KUBECONFIG=… ./tools/node.sh pkg/network/proxy/golden/record.ts
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { addresses, cases, nodeName, zone } from './cases.ts'
import { KubeProxyRules } from './kube-proxy-rules.ts'
import { condensed, type Recorded, verdictsOf } from './verdicts.ts'

const { K8TS_REAL_KUBE_PROXY: program, KUBECONFIG: kubeconfig } = process.env
if (!program || !kubeconfig) throw new Error('needs kube-proxy 1.36 as K8TS_REAL_KUBE_PROXY, and KUBECONFIG')
const kubectl = (args: string[], input?: unknown) =>
  execFileSync('kubectl', args, { stdio: ['pipe', 'inherit', 'inherit'], ...(input ? { input: JSON.stringify(input) } : {}) })

const families = [4, 6] as const
kubectl(['delete', 'services,endpointslices', '--all', '--wait'])
kubectl(['delete', 'node', nodeName, '--ignore-not-found'])
const status = { addresses: families.map((family) => ({ type: 'InternalIP', address: addresses[family].node })) }
kubectl(['create', '-f', '-'], {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: nodeName, labels: { 'topology.kubernetes.io/zone': zone } },
  spec: {},
  status,
})
const bare = <T extends { metadata: object }>(object: T) => ({ ...object, metadata: { ...object.metadata, uid: undefined, resourceVersion: undefined } })
for (const { service, slices } of cases) kubectl(['create', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: [service, ...slices].map(bare) })
for (const { service } of cases)
  if (service.status.loadBalancer.ingress)
    kubectl(['patch', 'service', service.metadata.name!, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status: service.status })])

const directory = mkdtempSync(join(tmpdir(), 'kube-proxy-'))
const configuration = {
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode: 'nftables',
  clusterCIDR: families.map((family) => addresses[family].podCidr).join(','),
  hostnameOverride: nodeName,
  clientConnection: { kubeconfig },
  conntrack: { maxPerCore: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
}
writeFileSync(join(directory, 'configuration.json'), JSON.stringify(configuration))
const proxy = spawn(program, ['--config', join(directory, 'configuration.json')], { stdio: 'inherit' })
try {
  await sleep(15_000)
  const ruleset = JSON.parse(execFileSync('nft', ['-j', 'list', 'ruleset'], { maxBuffer: 1 << 28, encoding: 'utf8' }))
  const recorded: Record<string, Recorded[string]> = {}
  for (const each of cases) {
    const [ipv4, ipv6] = families.map((family) => {
      const rules = new KubeProxyRules(ruleset, family)
      return condensed(verdictsOf(each, family, (question) => rules.outcomes(question)))
    })
    const port = each.service.spec.healthCheckNodePort
    const health = port ? Number((await fetch(`http://${addresses[4].node}:${port}/`)).headers.get('x-load-balancing-endpoint-weight')) : undefined
    const verdicts = JSON.stringify(ipv4) === JSON.stringify(ipv6) ? { both: ipv4! } : { ipv4: ipv4!, ipv6: ipv6! }
    recorded[each.name] = { ...(health === undefined ? {} : { health }), ...verdicts }
  }
  writeFileSync(new URL('recorded-1.36.json', import.meta.url), `${JSON.stringify(recorded, undefined, 1)}\n`)
} finally {
  proxy.kill()
  rmSync(directory, { recursive: true })
}
