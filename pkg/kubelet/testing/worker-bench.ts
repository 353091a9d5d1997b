/** One pod worker over a fake runtime, a fake API and a fake clock. For tests only. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Container, Node, Pod, PodSpec } from '#api/gen/core/v1.ts'
import type { ObjectMeta } from '#apimachinery/object.ts'
import { pods } from '#api/gen/resources.ts'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { intercept } from '#client/interceptor.ts'
import type { Client } from '#client/types.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import type { Rejection } from '../admission/admit.ts'
import { Allocations } from '../allocation/allocations.ts'
import { Resizes } from '../allocation/resize.ts'
import { noCgroups } from '../cgroups/cgroup-manager.ts'
import type { KubeletConfiguration } from '../configuration/fields.ts'
import { completeConfiguration } from '../configuration/load.ts'
import type { KubeletContext } from '../context.ts'
import { noDevices } from '../devices/device-manager.ts'
import { noResourceClaims } from '../dra/claims.ts'
import { allCpus } from '../cpus/cpu-manager.ts'
import { anyMemory } from '../memory/memory-manager.ts'
import { TopologyManager } from '../topology/topology-manager.ts'
import { imageManager } from '../images/image-manager.ts'
import { removeOrphan } from '../housekeeping.ts'
import { WatchedObjects } from '../objects.ts'
import { kubeletPaths } from '../paths.ts'
import { PodWorker } from '../pod-worker/pod-worker.ts'
import { probeManager } from '../probes/probe-manager.ts'
import { nothingRuns } from '../runtime/pod-runtime.ts'
import { kubeletMetrics } from '../metrics/kubelet-metrics.ts'
import { StartSlots } from '../runtime/start-slots.ts'
import { hostUsersOnly } from '../runtime/user-namespaces.ts'
import { statusManager } from '../status/status-manager.ts'
import { tokenSource } from '../volumes/tokens.ts'
import { volumeManager } from '../volumes/volume-manager.ts'
import { type FakeCri, fakeCri } from './fake-cri.ts'
import { eventsOf } from './observe.ts'

/** As the Pleg's, while events tell of the rest. */
const relistMs = 60_000

export const container = (name: string, more: Partial<Container> = {}): Container => ({ name, image: 'app:1', resources: {}, ...more })

export interface BenchStart {
  /** The node refuses the pod. */
  readonly rejection?: Rejection | undefined
  readonly metadata?: Partial<ObjectMeta>
  /** Changes the runtime before anything of the pod is there. */
  readonly runtime?: (cri: FakeCri, clock: FakeClock) => void
  /** Makes what the pod refers to. */
  readonly prepare?: (client: Client) => Promise<unknown>
}

export async function workerBench(
  spec: Partial<PodSpec> & Pick<PodSpec, 'containers'>,
  settings: KubeletConfiguration = {},
  other: Partial<KubeletContext> = {},
  { rejection, metadata, runtime, prepare }: BenchStart = {},
) {
  const configuration = completeConfiguration(settings)
  const clock = new FakeClock()
  const cri = fakeCri(clock)
  runtime?.(cri, clock)
  const fake = createFakeClient({ clock })
  const outage = { on: false }
  // What the kubelet sees: while there is an outage, every call fails.
  const kubeletClient = intercept(fake, {
    before() {
      if (outage.on) throw new Error('connect ECONNREFUSED')
    },
  })
  const client = fake
  const rootDir = mkdtempSync(join(tmpdir(), 'k8ts-worker-'))
  /** Of the kubelet as it runs now. */
  let stop = new AbortController()
  const recorder = eventsOf()
  const paths = kubeletPaths(rootDir)
  const finished: string[] = []
  const node = { metadata: { name: 'node-1' }, status: { allocatable: { cpu: '4', memory: '8G', pods: '110' } } } as unknown as Node
  let worker: PodWorker | undefined
  /** The API lost the pod while no kubelet ran. */
  let orphaned = false
  let relistAt = clock.now() + relistMs
  const wake = () => worker?.wake()
  let context: KubeletContext
  const build = (): KubeletContext => {
    const objects = new WatchedObjects({ client: kubeletClient, clock, log: silentLogger, signal: stop.signal, onChange: wake })
    const allocations = new Allocations(paths.allocation)
    return {
      configuration,
      allocations,
      resizes: new Resizes({ allocations, recorder, node: () => node, active: () => [], now: () => clock.now() }),
      nodeName: 'node-1',
      nodeAddress: '192.0.2.1',
      clusterDns: ['10.96.0.10'],
      clusterDomain: 'cluster.local',
      resolvConf: '',
      memoryCapacity: 8e9,
      cpuCapacity: 4,
      canLowerOomScore: true,
      hugePages: [],
      oomGroup: false,
      metrics: kubeletMetrics(),
      swap: { behavior: 'NoSwap', swapBytes: 0, memoryBytes: 8e9, isUnified: true },
      client: kubeletClient,
      clock,
      log: silentLogger,
      recorder,
      cri,
      paths,
      objects,
      services: { list: () => [] },
      cgroups: noCgroups,
      images: imageManager({ ...configuration, images: cri.images, recorder, objects, clock }),
      devices: noDevices,
      cpus: allCpus,
      memory: anyMemory,
      topology: new TopologyManager({ providers: [] }),
      claims: noResourceClaims,
      supportsCdi: false,
      imageVolumes: { byRuntime: true, mount: async () => {}, release: async () => {} },
      runtimeName: 'containerd',
      runtimeFeatures: () => ({ userNamespaces: false, recursiveReadOnlyMounts: false }),
      userNamespaces: hostUsersOnly,
      volumes: volumeManager({ paths, objects, tokens: tokenSource(kubeletClient, clock), tmpfs: false }),
      probes: probeManager({ runtime: cri.runtime, clock, recorder, nodeAddress: '192.0.2.1', status: () => worker?.runtime, onChange: wake, random: () => 0 }),
      statuses: statusManager({ client: kubeletClient, clock, log: silentLogger, signal: stop.signal }),
      startSlots: new StartSlots(clock),
      drain: async () => {},
      wake,
      pod: () => worker?.pod,
      ...other,
    }
  }
  await prepare?.(client)
  const created = await client.create(pods, {
    metadata: { ...metadata, name: 'web', namespace: 'default' },
    spec: { nodeName: 'node-1', restartPolicy: 'Always', terminationGracePeriodSeconds: 30, ...spec },
  } as never)
  const launch = (pod: Pod, known: boolean) => {
    context = build()
    worker = new PodWorker({
      context,
      pod,
      ...(known ? { runtime: nothingRuns } : {}),
      ...(rejection ? { rejection } : {}),
      onFinished: (uid) => finished.push(uid),
    })
    cri.onExit = () => worker?.runtimeChanged()
  }
  launch(created, false)
  await rest()

  /** Lets everything settle that needs no time: file writes and promises. */
  async function rest(): Promise<void> {
    for (let turn = 0; turn < 6; turn++) await settle()
  }
  /** As the set of pods does: what the runtime holds of a pod that nobody knows is ended. */
  async function sweep(): Promise<void> {
    if ((orphaned || finished.length > 0) && cri.sandboxes.size + cri.containers.size > 0) await removeOrphan(context, created.metadata.uid).catch(() => {})
  }
  /** It ends the step that it is in, which may be to wait for a container to stop: that takes time, and nobody else moves the clock. */
  async function endKubelet(): Promise<void> {
    stop.abort()
    context.probes.close()
    let closed = false
    void worker!.close().finally(() => {
      closed = true
    })
    await rest()
    for (let second = 0; !closed; second++) {
      if (second === 300) throw new Error('a worker that was closed is still at work after five minutes')
      await clock.advance(1000)
      await rest()
    }
  }
  return {
    rootDir,
    clock,
    cri,
    client,
    outage,
    recorder,
    finished,
    isOrphaned: () => orphaned,
    rest,
    worker: () => worker!,
    api: () => client.peek(pods, 'default', 'web') as Pod | undefined,
    status: () => (client.peek(pods, 'default', 'web') as Pod).status!,
    async advance(seconds: number) {
      for (let left = seconds; left > 0; left--) {
        await clock.advance(Math.min(1, left) * 1000)
        if (clock.now() >= relistAt && !cri.down) {
          relistAt = clock.now() + relistMs
          if (cri.hasMissed()) worker!.runtimeChanged()
          await sweep()
        }
        await rest()
      }
    },
    /** Tells the worker what the API has, as the watch would. */
    async deliver() {
      const pod = client.peek(pods, 'default', 'web') as Pod | undefined
      if (pod) worker!.update(pod)
      else worker!.removed()
      await rest()
    },
    async restartKubelet() {
      await endKubelet()
      stop = new AbortController()
      const pod = client.peek(pods, 'default', 'web') as Pod | undefined
      orphaned = pod === undefined
      if (pod) launch(pod, true)
      else await sweep()
      await rest()
    },
    async end() {
      await endKubelet()
      rmSync(rootDir, { recursive: true, force: true })
    },
  }
}
