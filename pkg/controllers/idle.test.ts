/** Controllers that have nothing to do ask nothing: all of them, over a cluster that is at rest, for an hour. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as resources from '#api/gen/resources.ts'
import type { ResourceRef } from '#apimachinery/object.ts'
import { rfc3339, rfc3339Micro } from '#base/clock.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { intercept } from '#client/interceptor.ts'
import { createManager } from '#runtime/manager.ts'
import { controllerFactories } from './index.ts'
import { serveDiscovery } from './testing/discovery.ts'
import { hollowKubelet } from './testing/hollow-kubelet.ts'

const never = () => Promise.reject(new Error('not asked for'))
const settings = {
  rootCa: 'CA',
  podCidr: '10.244.0.0/16',
  mintServiceAccountToken: () => 'TOKEN',
  clusterSigning: { caCertificate: '', caKey: '' },
  certificateAuthority: { createCa: never, issue: never, signingRequest: never },
  localDirectories: { create: async (_node: string, name: string) => `/volumes/${name}`, remove: async () => undefined },
}
const all = Object.values(resources).filter((each): each is ResourceRef => typeof each === 'object' && 'plural' in each)
const minuteMs = 60_000

const template = (app: string, more: object = {}) => ({ metadata: { labels: { app } }, spec: { containers: [{ name: 'c', image: 'i' }], ...more } })
const selector = (app: string) => ({ matchLabels: { app } })

test('an hour of a cluster at rest costs the controllers no request', { timeout: 120_000 }, async (t) => {
  const clock = new FakeClock()
  const client = createFakeClient({ clock, request: serveDiscovery(() => all) })
  const asked: string[] = []
  const counted = intercept(client, {
    before: ({ verb, resource, args }) => void asked.push([verb, resource?.plural ?? args[0]?.path, JSON.stringify(args[0])].join(' ').slice(0, 200)),
  })
  const abort = new AbortController()
  const controllers = controllerFactories.map((make) => make(settings)).filter((each) => each !== undefined)
  const manager = createManager({ client: counted, clock, log: silentLogger, controllers })
  const kubelet = createManager({ client, clock, log: silentLogger, controllers: [hollowKubelet({ nodeName: 'a', readyAfterMs: () => 1000 })] })
  t.after(() => abort.abort())

  const namespaced = (name: string) => ({ namespace: 'n', name })
  client.seed(resources.namespaces, { metadata: { name: 'n' }, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } } as any)
  client.seed(resources.nodes, { metadata: { name: 'a' }, spec: {}, status: { conditions: [{ type: 'Ready', status: 'True' }] } } as any)
  client.seed(resources.leases, {
    metadata: { namespace: 'kube-node-lease', name: 'a' },
    spec: { holderIdentity: 'a', renewTime: rfc3339Micro(clock.now()) },
  } as any)
  client.seed(resources.deployments, { metadata: namespaced('web'), spec: { replicas: 2, selector: selector('web'), template: template('web') } } as any)
  client.seed(resources.daemonSets, {
    metadata: namespaced('agent'),
    spec: { selector: selector('agent'), template: template('agent'), updateStrategy: { type: 'OnDelete' } },
  } as any)
  client.seed(resources.statefulSets, {
    metadata: namespaced('db'),
    spec: {
      replicas: 1,
      serviceName: 'db',
      selector: selector('db'),
      template: template('db'),
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }],
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    },
  } as any)
  client.seed(resources.replicationControllers, { metadata: namespaced('rc'), spec: { replicas: 1, selector: { app: 'rc' }, template: template('rc') } } as any)
  client.seed(resources.jobs, { metadata: namespaced('job'), spec: { parallelism: 1, completions: 1, backoffLimit: 6, template: template('job') } } as any)
  client.seed(resources.cronJobs, {
    metadata: namespaced('cron'),
    spec: { schedule: '* * * * *', suspend: true, jobTemplate: { spec: { template: template('cron') } } },
  } as any)
  client.seed(resources.services, { metadata: namespaced('web'), spec: { clusterIP: '10.96.0.9', selector: { app: 'web' }, ports: [{ port: 80 }] } } as any)
  client.seed(resources.podDisruptionBudgets, { metadata: namespaced('web'), spec: { minAvailable: 1, selector: selector('web') } } as any)
  client.seed(resources.resourceQuotas, { metadata: namespaced('all'), spec: { hard: { pods: '20', 'count/configmaps': '9' } } } as any)
  client.seed(resources.ingresses, { metadata: namespaced('web'), spec: { rules: [] } } as any)
  client.seed(resources.clusterRoles, { metadata: { name: 'sum' }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] }, rules: [] } as any)

  /** Its kubelet says that it is alive, and nobody has to do with that. */
  const rest = async (minutes: number): Promise<void> => {
    for (let round = 0; round < minutes * 6; round++) {
      await client.patch(resources.leases, { namespace: 'kube-node-lease', name: 'a' }, { spec: { renewTime: rfc3339Micro(clock.now()) } }, { type: 'merge' })
      await clock.advance(minuteMs / 6)
    }
  }
  void manager.run(abort.signal)
  void kubelet.run(abort.signal)
  await rest(5)
  assert.equal(client.peek(resources.deployments, 'n', 'web')?.status?.readyReplicas, 2, `it came to rest at ${rfc3339(clock.now())}`)
  assert.ok(asked.length > 100, 'it asked while it had to')
  asked.length = 0
  await rest(60)
  assert.deepEqual([...new Set(asked)].slice(0, 10), [], `${asked.length} requests`)
})

test('every controller is held to its end in trouble', () => {
  const directory = new URL('./', import.meta.url)
  const text = readdirSync(directory)
    .filter((name) => name.endsWith('.faults.test.ts'))
    .map((name) => readFileSync(new URL(name, directory), 'utf8'))
    .join('')
  const without = controllerFactories.map(({ name }) => name).filter((name) => !new RegExp(`\\b${name}\\(`).test(text))
  assert.deepEqual(without, [])
})
