/** A whole control plane in this process: API server, controllers, scheduler and hollow nodes, on the real clock. */
import assert from 'node:assert/strict'
import { namespaces, nodes } from '#api/gen/resources.ts'
import { forbidden, StatusError } from '#apimachinery/status-error.ts'
import { startTestApiServer, type TestApiServer } from '#apiserver/testing.ts'
import type { AdmissionPlugin } from '#apiserver/types.ts'
import { rfc3339, sleep, systemClock } from '#base/clock.ts'
import { createLogger } from '#base/log.ts'
import { startControllerManager } from '#controllers/manager.ts'
import { type HollowKubeletOptions, hollowKubelet } from '#controllers/testing/hollow-kubelet.ts'
import type { ControllerSettings } from '#controllers/types.ts'
import { createManager } from '#runtime/manager.ts'
import { limitedToRole } from '#runtime/role-testing.ts'
import { type SchedulerOptions, startScheduler } from '#scheduler/scheduler.ts'

export interface ControlPlane extends AsyncDisposable {
  readonly client: TestApiServer['client']
  readonly api: TestApiServer
  /** Waits until the check answers something (not undefined or false), and answers it. */
  eventually<T>(what: string, check: () => Promise<T | undefined | false>): Promise<T>
  /** Warnings and errors that any component logged. */
  readonly complaints: readonly string[]
}

export interface ControlPlaneOptions {
  readonly nodeCount?: number
  readonly kubelet?: HollowKubeletOptions
  readonly settings?: Partial<ControllerSettings>
  readonly scheduler?: Partial<SchedulerOptions>
}

export async function startControlPlane({
  nodeCount = 3,
  kubelet = {},
  settings = {},
  scheduler: schedulerOptions = {},
}: ControlPlaneOptions = {}): Promise<ControlPlane> {
  let ready: TestApiServer['client'] | undefined
  const api = await startTestApiServer({ admission: [refuseInTerminating(() => ready)] })
  const { client } = api
  ready = client
  const abort = new AbortController()
  const complaints: string[] = []
  const log = createLogger({ component: 'test', level: 'warn', write: (line) => void complaints.push(line) })
  const common = { client, clock: systemClock, log, signal: abort.signal }
  for (let index = 1; index <= nodeCount; index++) await addNode(client, `node-${index}`)
  const refusals = new Set<string>()
  const clientOf = (account: string) => limitedToRole(client, account, (what) => refusals.add(what))
  const manager = startControllerManager({ ...common, clientOf, rootCa: 'PEM', podCidr: '10.244.0.0/16', ...settings })
  const scheduler = startScheduler({ ...common, ...schedulerOptions })
  const hollow = createManager({ ...common, controllers: [hollowKubelet({ bind: false, ...kubelet })] })
  const hollowDone = hollow.run(abort.signal)
  await Promise.all([manager.ready, scheduler.ready, hollow.ready])
  return {
    client,
    api,
    complaints,
    async eventually(what, check) {
      for (let attempt = 0; attempt < 400; attempt++) {
        const answer = await check()
        if (answer !== undefined && answer !== false) return answer
        await sleep(systemClock, 25)
      }
      throw new Error(`never came about: ${what}\n${complaints.slice(-20).join('')}`)
    },
    async [Symbol.asyncDispose]() {
      abort.abort()
      await Promise.all([manager.done, scheduler.done, hollowDone])
      await api[Symbol.asyncDispose]()
      assert.deepEqual([...refusals], [], "each controller does what its account's role allows")
    },
  }
}

/** NamespaceLifecycle's part that controllers rely on, without its caches. */
function refuseInTerminating(client: () => TestApiServer['client'] | undefined): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    handles: ({ operation, namespace }) => operation === 'CREATE' && namespace !== '',
    async validate({ group, resource, name, namespace }) {
      // While the server itself starts, nothing is being terminated.
      const found = await client()?.get(namespaces, { name: namespace })
      if (!found?.metadata.deletionTimestamp) return
      const { code, reason, message } = forbidden(
        { group, resource },
        name,
        `unable to create new content in namespace ${namespace} because it is being terminated`,
      )
      throw new StatusError({
        code,
        reason,
        message,
        details: { causes: [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }] },
      })
    },
  }
}

async function addNode(client: TestApiServer['client'], name: string): Promise<void> {
  const node = await client.create(nodes, { metadata: { name, labels: { 'kubernetes.io/hostname': name } } })
  const now = rfc3339(Date.now())
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    message: 'kubelet is posting ready status',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  }
  const size = { cpu: '4', memory: '8Gi', pods: '110' }
  const current = await client.get(nodes, { name: node.metadata.name })
  await client.update(nodes, { ...current, status: { ...current.status, capacity: size, allocatable: size, conditions: [ready] } }, { subresource: 'status' })
}
