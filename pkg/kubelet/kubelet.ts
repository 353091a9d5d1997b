/** The kubelet: registers the node, keeps its heartbeat, and gives each pod bound to it a worker. */
import { mkdirSync } from 'node:fs'
import { uptime } from 'node:os'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import type { Pod, Service } from '#api/gen/core/v1.ts'
import { services } from '#api/gen/resources.ts'
import { createInformerFactory } from '#client/informer.ts'
import { Allocations } from './allocation/allocations.ts'
import { Resizes } from './allocation/resize.ts'
import { serveNodeApi } from './assembly/node-api.ts'
import { servePlugins } from './assembly/plugins.ts'
import { podWatch } from './assembly/pod-watch.ts'
import { checkMachine } from './assembly/preconditions.ts'
import { machineFacts } from './assembly/machine-facts.ts'
import { openRecorder } from './assembly/recorder.ts'
import { resourceManagers } from './assembly/resource-managers.ts'
import { connectRuntime, socketPath } from './assembly/runtime.ts'
import { cgroupManager, noCgroups, isUnified } from './cgroups/cgroup-manager.ts'
import type { KubeletContext } from './context.ts'
import { CsiVolumes } from './csi/csi-volumes.ts'
import { CsiDrivers } from './csi/drivers.ts'
import { csiPaths } from './csi/volume-data.ts'
import { EvictionManager } from './eviction/eviction-manager.ts'
import { observeNode, observePods } from './eviction/observe.ts'
import { evictionSettings } from './eviction/settings.ts'
import { housekeeping, rotateLogs } from './housekeeping.ts'
import { ImageGarbageCollector } from './images/image-gc.ts'
import { readCredentialProviders } from './images/credential-provider/configuration.ts'
import { credentialPlugins } from './images/credential-provider/provider.ts'
import { imageManager } from './images/image-manager.ts'
import { pullRecords } from './images/pull-records.ts'
import { kubeletMetrics } from './metrics/kubelet-metrics.ts'
import { PodStarts } from './metrics/pod-starts.ts'
import { countTerminations } from './metrics/terminations.ts'
import { workerMetrics } from './metrics/worker-metrics.ts'
import { machine as readMachine, swapBytes } from './node/machine.ts'
import { keepLease } from './node/node-lease.ts'
import { NodeReporter } from './node/node-status.ts'
import { OwnNode } from './node/own-node.ts'
import { WatchedObjects } from './objects.ts'
import { kubeletPaths } from './paths.ts'
import { Pleg } from './pleg/pleg.ts'
import { podDirectory } from './pod-directory.ts'
import { isStatic, PodSet } from './pod-set.ts'
import type { PodWorker } from './pod-worker/pod-worker.ts'
import { probeManager } from './probes/probe-manager.ts'
import { podUidLabel } from './runtime/labels.ts'
import { bytes, milli } from './runtime/resources.ts'
import { StartSlots } from './runtime/start-slots.ts'
import { userNamespaces } from './runtime/user-namespaces.ts'
import { StaticPods } from './static-pods/static-pods.ts'
import { hasSystemd, inhibitShutdown } from './shutdown/inhibitor.ts'
import { NodeShutdown } from './shutdown/node-shutdown.ts'
import { shutdownPeriods } from './shutdown/periods.ts'
import { statusManager } from './status/status-manager.ts'
import { numaMachine } from './topology/machine.ts'
import type { Kubelet, KubeletOptions } from './types.ts'
import { tokenSource } from './volumes/tokens.ts'
import { imageVolumes, takesCdiDevices } from './volumes/image-volumes.ts'
import { volumeManager } from './volumes/volume-manager.ts'

/** Resolves when the node is registered and its pods are known; ends when the signal aborts (containers run on). */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { configuration, nodeName, nodeAddress, client, rootDir, clock, log, signal, version = 'v1.36.0' } = options
  mkdirSync(join(rootDir, 'pods'), { recursive: true })
  const swap = swapBytes()
  checkMachine(configuration, swap)
  const metrics = kubeletMetrics()
  const began = clock.now()
  const bootSeconds = uptime()
  metrics.startup.preKubelet.set(bootSeconds)
  metrics.cgroupVersion.set(isUnified() ? 2 : 1)
  const runtime = await connectRuntime(options, metrics)
  const { cri } = runtime
  const imageContents = imageVolumes(socketPath(configuration.containerRuntimeEndpoint), runtime.version)
  const paths = kubeletPaths(rootDir, configuration.podLogsDir)
  const machine = readMachine(rootDir)
  const workers = new Map<string, PodWorker>()
  const starts = new PodStarts(metrics, () => clock.now())
  const { recorder, flush } = openRecorder(options, starts)
  const wake = (uid: string) => workers.get(uid)?.wake()
  const wakeAll = () => {
    for (const worker of [...workers.values()]) worker.wake()
  }
  const objects = new WatchedObjects({ client, clock, log: log.named('objects'), signal, onChange: wake })
  const factory = createInformerFactory(client, { clock, log: log.named('informer') })
  const serviceInformer = factory.informer(services)

  const ownNode = new OwnNode()
  const managers = resourceManagers({
    options,
    metrics,
    machine: numaMachine(machine.memoryBytes),
    known: () => podSet.known(),
    onDevices() {
      void reporter.report().catch((error) => log.warn('cannot tell of devices', { error }))
      // Their pods tell of their health.
      wakeAll()
    },
    onDrivers: wakeAll,
  })
  const { devices, cpus, memory, topology, claims } = managers
  const allocations = new Allocations(paths.allocation)
  const isPinned = (pod: Pod) => pod.spec.containers.some(({ name }) => cpus.of(pod.metadata.uid, name)?.isExclusive)
  const resizes = new Resizes({ allocations, recorder, node: () => ownNode.current, active: () => podSet.active(), isPinned, now: () => clock.now() })
  const credentialProviders = options.imageCredentialProviders
  const plugins = credentialProviders
    ? credentialPlugins({
        providers: readCredentialProviders(credentialProviders.file, credentialProviders.binDir),
        binDir: credentialProviders.binDir,
        clock,
        log: log.named('credentials'),
      })
    : undefined
  const tokens = tokenSource(client, clock)
  const drivers = new CsiDrivers()
  const csi = new CsiVolumes({
    client,
    clock,
    nodeName,
    drivers,
    objects,
    tokens,
    node: () => ownNode.current,
    paths: csiPaths(options.csiRootDir ?? rootDir),
    reportInUse: () => reporter.report(),
    onExpanded: (pod, { specName }) =>
      recorder.event(pod, 'Normal', 'FileSystemResizeSuccessful', `MountVolume.NodeExpandVolume succeeded for volume "${specName}" ${nodeName}`),
  })
  const records = pullRecords({
    ...configuration,
    directory: join(rootDir, 'image_manager'),
    images: await cri.images.listImages(),
    now: () => clock.now(),
  })
  const context: KubeletContext = {
    configuration,
    nodeName,
    nodeAddress,
    ...(options.secondaryNodeAddress ? { nodeAddresses: [nodeAddress, options.secondaryNodeAddress] } : {}),
    ...machineFacts(configuration, machine, swap),
    metrics,
    client,
    clock,
    log,
    recorder,
    cri,
    paths,
    objects,
    services: { list: (namespace) => serviceInformer.list(namespace) as readonly Service[] },
    cgroups: configuration.cgroupRoot ? cgroupManager(configuration.cgroupRoot, configuration) : noCgroups,
    images: imageManager({
      ...configuration,
      images: cri.images,
      recorder,
      objects,
      clock,
      plugins,
      records,
      onPulled: metrics.pulled,
      onEnsure: metrics.imageRequests.add,
    }),
    imageVolumes: imageContents,
    devices,
    cpus,
    memory,
    topology,
    claims,
    supportsCdi: takesCdiDevices(runtime.version),
    runtimeFeatures: runtime.features,
    runtimeName: runtime.version.runtimeName,
    userNamespaces: userNamespaces(paths, configuration.userNamespaces?.idsPerPod),
    volumes: volumeManager({ paths, objects, tokens, images: imageContents, csi }),
    probes: probeManager({
      runtime: cri.runtime,
      clock,
      recorder,
      nodeAddress,
      status: (uid) => workers.get(uid)?.runtime,
      onChange: wake,
    }),
    startSlots: new StartSlots(clock),
    allocations,
    resizes,
    statuses: statusManager({
      client,
      clock,
      log: log.named('status'),
      signal,
      onSet(pod, status, before) {
        starts.reported(pod, status)
        countTerminations(metrics, before, status)
      },
      onWritten: (tookMs) => metrics.statusSync.observe(tookMs / 1000),
      uidOf: (pod) => (isStatic(pod) ? statics.mirrors.uidOf(pod) : pod.metadata.uid),
    }),
    drain: options.drain ?? (async () => {}),
    wake,
    pod: (uid) => workers.get(uid)?.pod,
  }

  const images = new ImageGarbageCollector({
    ...configuration,
    cri,
    clock,
    log,
    onRemoved(reason, id) {
      metrics.imagesCollected.add({ reason })
      records.forget(id)
    },
    keep: () => [...(options.keepImages ?? []), ...podSet.active().flatMap(({ spec }) => (spec.volumes ?? []).map(({ image }) => image?.reference ?? ''))],
  })
  const podSet: PodSet = new PodSet({
    context,
    workers,
    node: () => ownNode.current,
    pressure: () => eviction.pressure(),
    shuttingDown: () => shutdown.inProgress,
    staticsKnown: () => statics.ready,
    onSeen(pod) {
      starts.seen(pod)
      metrics.containersPerPod.observe(pod.spec.containers.length)
      // A worker is made as soon as its pod is seen.
      metrics.workerStart.observe(0)
    },
    onGone: (uid) => {
      starts.forget(uid)
      statics.gone(uid)
      objects.release(uid)
      resizes.forget(uid)
      for (const deferred of resizes.deferred()) wake(deferred)
    },
  })
  const statics: StaticPods = new StaticPods({
    client,
    clock,
    log: log.named('static-pods'),
    signal,
    configuration,
    nodeName,
    nodeUid: () => ownNode.current?.metadata.uid,
    accept: (pod) => podSet.accept(pod),
    end: (uid) => podSet.removed(uid),
    present: (uid) => workers.has(uid),
    onMirror: (uid) => context.statuses.rewrite(uid),
  })
  const eviction = new EvictionManager({
    clock,
    log: log.named('eviction'),
    recorder,
    nodeName,
    ...evictionSettings(configuration),
    observe: () => observeNode(rootDir, cri),
    usage: (list) => observePods(list, cri, paths),
    activePods: () => podSet.active(),
    reclaimDisk: () => images.removeUnused(),
    evict({ metadata }, message, graceSeconds, disruption, eviction_signal) {
      metrics.evictions.add({ eviction_signal })
      workers.get(metadata.uid)?.fail({ reason: 'Evicted', message, disruption }, graceSeconds)
    },
  })
  const pleg = new Pleg({
    cri,
    clock,
    log: log.named('pleg'),
    signal,
    onPodChange: (uid) => workers.get(uid)?.runtimeChanged(),
    onRelist: (running) => podSet.sweep(running),
    metrics,
  })

  if (configuration.enforceNodeAllocatable.includes('pods')) {
    const { systemReserved, kubeReserved } = configuration
    context.cgroups.enforce({
      milliCpu: machine.cpus * 1000 - milli(systemReserved?.cpu) - milli(kubeReserved?.cpu),
      memoryBytes: machine.memoryBytes - bytes(systemReserved?.memory) - bytes(kubeReserved?.memory),
    })
  }
  csi.recover(context.volumes.podsOnDisk())
  podSet.sweep(new Set((await cri.runtime.listPodSandboxes()).map(({ labels }) => labels[podUidLabel] ?? '')))
  const reporter = new NodeReporter({
    context,
    machine,
    version,
    labels: options.labels ?? {},
    podCidrs: options.podCidrs ?? [],
    pressure: () => eviction.pressure(),
    shuttingDown: () => shutdown.inProgress,
    volumesInUse: () => csi.inUse(),
    devices: () => managers.devicePlugins.amounts(),
    runtimeVersion: `${runtime.version.runtimeName}://${runtime.version.runtimeVersion}`,
    signal,
  })
  const shutdown: NodeShutdown = new NodeShutdown({
    periods: shutdownPeriods(configuration),
    clock,
    log: log.named('shutdown'),
    activePods: () => podSet.active(),
    end: async ({ metadata }, failure, graceSeconds) => {
      const worker = workers.get(metadata.uid)
      worker?.fail(failure, graceSeconds)
      await worker?.ended
    },
    onBegin() {
      metrics.shutdownStart.set(clock.now() / 1000)
      return reporter.report(true)
    },
  })
  const endAll = async (): Promise<void> => {
    await shutdown.run()
    if (shutdown.inProgress) metrics.shutdownEnd.set(clock.now() / 1000)
  }
  const directory = podDirectory(workers, context)
  workerMetrics(metrics.set, {
    workers: () => [...workers.values()],
    isStatic: ({ pod }) => isStatic(pod),
    runtimeOnly: () => podSet.orphanCount,
  })
  const healthy = () => (clock.now() - pleg.lastRelistAt > 180_000 ? 'PLEG is not healthy' : undefined)
  const api = await serveNodeApi({ options, context, directory, csi, version, healthy })

  // Static pods need no API: they run before this node is registered.
  const early = [pleg.run(), statics.run()]
  // The first look comes before the first report, and so does what it finds.
  await eviction.synchronize().catch((error) => log.warn('eviction could not look', { error }))
  const registering = clock.now()
  const node = await reporter.register()
  const registered = clock.now()
  ownNode.current = node
  statics.mirrors.changed()
  // Environment links are of the Services there are when a container starts.
  await factory.start(signal)
  const watch = podWatch(options, podSet, statics.mirrors)
  const pluginSockets = await servePlugins({ options, managers, drivers, pods: () => podSet.active(), onDrivers: wakeAll })
  const loops = [
    managers.keepCpus(cri, () => [...workers.values()]),
    ...early,
    ...pluginSockets.loops,
    watch.run(),
    reporter.run(),
    keepLease(context, () => node.metadata.uid, signal),
    ownNode.follow(context, signal),
    eviction.run(signal),
    housekeeping({ context, workers, images, rootDir, signal }),
    rotateLogs({ context, workers, signal }),
    ...api.keepCertificates(),
    ...(options.inhibitShutdown && hasSystemd() && shutdownPeriods(configuration).length > 0
      ? [inhibitShutdown({ clock, log: log.named('shutdown'), signal, onShutdown: endAll, onCancelled: () => shutdown.cancel() })]
      : []),
  ]
  await watch.known
  recorder.event({ kind: 'Node', apiVersion: 'v1', metadata: { name: nodeName, uid: nodeName } as never }, 'Normal', 'Starting', 'Starting kubelet.')

  const { startup } = metrics
  startup.preRegistration.set((registering - began) / 1000)
  startup.registration.set((registered - registering) / 1000)
  startup.postRegistration.set((clock.now() - registered) / 1000)
  startup.total.set(bootSeconds + (clock.now() - began) / 1000)

  const done = (async () => {
    await new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })))
    api.close()
    context.probes.close()
    await Promise.allSettled([...loops, podSet.close()])
    pluginSockets.close()
    await flush()
    if (!options.cri) cri.close()
  })()
  const bound = api.server?.address() as AddressInfo | null | undefined
  return {
    nodeName,
    done,
    server: api.server,
    port: bound?.port ?? configuration.port,
    pods: directory,
    shutdown: endAll,
    serveWith: api.serveWith,
  }
}
