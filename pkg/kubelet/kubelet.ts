/** The kubelet: registers the node, keeps its heartbeat, and gives each pod bound to it a worker. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import type { Pod, Service } from '#api/gen/core/v1.ts'
import { pods, services } from '#api/gen/resources.ts'
import { createEventRecorder } from '#client/events.ts'
import { createInformerFactory } from '#client/informer.ts'
import { Reflector } from '#client/reflector.ts'
import { Allocations } from './allocation/allocations.ts'
import { Resizes } from './allocation/resize.ts'
import { ms } from './configuration/defaults.ts'
import { keepCertificates } from './certificates/index.ts'
import type { KeyPair } from './certificates/key-pair.ts'
import { keepServingFiles, servingFiles } from './certificates/serving-files.ts'
import { cgroupManager, hasSysResource, isUnified, limitsHugePages, limitsSwap, noCgroups } from './cgroups/cgroup-manager.ts'
import type { KubeletContext } from './context.ts'
import { openCri } from './cri/index.ts'
import { allCpus } from './cpus/cpu-manager.ts'
import { cpuManager, keepCpus } from './cpus/index.ts'
import { changeDrivers, csiPlugins } from './csi/csi-node.ts'
import { CsiVolumes } from './csi/csi-volumes.ts'
import { CsiDrivers } from './csi/drivers.ts'
import { csiPaths } from './csi/volume-data.ts'
import { checkpointName } from './devices/checkpoint.ts'
import { DeviceManager } from './devices/device-manager.ts'
import { DevicePlugins } from './devices/device-plugins.ts'
import { servePodResources } from './devices/pod-resources.ts'
import { serveDeviceRegistration } from './devices/registration.ts'
import { ClaimManager } from './dra/claims.ts'
import { DraDrivers } from './dra/drivers.ts'
import { EvictionManager } from './eviction/eviction-manager.ts'
import { observeNode, observePods } from './eviction/observe.ts'
import { evictionSettings } from './eviction/settings.ts'
import { housekeeping, rotateLogs } from './housekeeping.ts'
import { ImageGarbageCollector } from './images/image-gc.ts'
import { readCredentialProviders } from './images/credential-provider/configuration.ts'
import { credentialPlugins } from './images/credential-provider/provider.ts'
import { imageManager } from './images/image-manager.ts'
import { pullRecords } from './images/pull-records.ts'
import { memoryManager } from './memory/index.ts'
import { anyMemory } from './memory/memory-manager.ts'
import { certificateMetrics } from './metrics/certificate-metrics.ts'
import { kubeletMetrics } from './metrics/kubelet-metrics.ts'
import { observedCri } from './metrics/observed-cri.ts'
import { PodStarts } from './metrics/pod-starts.ts'
import { workerMetrics } from './metrics/worker-metrics.ts'
import { machine as readMachine, swapBytes } from './node/machine.ts'
import { kernelFlagErrors } from './node/kernel-flags.ts'
import { keepLease } from './node/node-lease.ts'
import { NodeReporter } from './node/node-status.ts'
import { OwnNode } from './node/own-node.ts'
import { WatchedObjects } from './objects.ts'
import { kubeletPaths } from './paths.ts'
import { Pleg } from './pleg/pleg.ts'
import { podDirectory } from './pod-directory.ts'
import { isStatic, PodSet } from './pod-set.ts'
import type { PodWorker } from './pod-worker/pod-worker.ts'
import { keepPlugins } from './plugins/plugin-registry.ts'
import { probeManager } from './probes/probe-manager.ts'
import { podUidLabel } from './runtime/labels.ts'
import { bytes, milli } from './runtime/resources.ts'
import { userNamespaces } from './runtime/user-namespaces.ts'
import { rememberedTreeBytes } from './stats/tree-bytes.ts'
import { accessControl, apiAccessReviews } from './server/access.ts'
import { serveHealthz } from './server/healthz.ts'
import { clientAuthorities, startServer } from './server/server.ts'
import { tlsLimits } from './server/tls-settings.ts'
import { isMirror } from './static-pods/mirror-pods.ts'
import { StaticPods } from './static-pods/static-pods.ts'
import { hasSystemd, inhibitShutdown } from './shutdown/inhibitor.ts'
import { NodeShutdown } from './shutdown/node-shutdown.ts'
import { shutdownPeriods } from './shutdown/periods.ts'
import { localVolumes } from './volumes/local-volumes.ts'
import { statusManager } from './status/status-manager.ts'
import { hugePagesOf, numaMachine } from './topology/machine.ts'
import { TopologyManager } from './topology/topology-manager.ts'
import { apiEventRecorder } from './recorder.ts'
import type { EventRecorder, Kubelet, KubeletOptions } from './types.ts'
import { tokenSource } from './volumes/tokens.ts'
import { imageVolumes, takesCdiDevices } from './volumes/image-volumes.ts'
import { volumeManager } from './volumes/volume-manager.ts'

/** Containers start first, and are told of afterwards. */
const eventDelayMs = 200

/** Resolves when the node is registered and its pods are known; ends when the signal aborts (containers run on). */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { configuration, nodeName, nodeAddress, client, rootDir, clock, log, signal, version = 'v1.36.0' } = options
  mkdirSync(join(rootDir, 'pods'), { recursive: true })
  if (configuration.failCgroupV1 && !isUnified()) {
    throw new Error('kubelet is configured to not run on a host using cgroup v1. cgroup v1 support is unsupported and will be removed in a future release')
  }
  if (configuration.protectKernelDefaults) {
    const errors = kernelFlagErrors()
    if (errors.length > 0) throw new Error(errors.join(', '))
  }
  const metrics = kubeletMetrics()
  const [runtimeSocket, imageSocket] = [
    configuration.containerRuntimeEndpoint,
    configuration.imageServiceEndpoint || configuration.containerRuntimeEndpoint,
  ].map(socketPath) as [string, string]
  const cri = observedCri(options.cri ?? openCri(runtimeSocket, ms(configuration.runtimeRequestTimeout), imageSocket), metrics, clock)
  const runtimeVersion = await untilAnswers(() => cri.runtime.version(), options)
  const handlers = await cri.runtime.status().then(
    ({ runtimeHandlers }) => runtimeHandlers,
    () => [],
  )
  const imageContents = imageVolumes(socketPath(configuration.containerRuntimeEndpoint), runtimeVersion)
  const paths = kubeletPaths(rootDir, configuration.podLogsDir)
  const machine = readMachine(rootDir)
  const numa = numaMachine(machine.memoryBytes)
  const swap = swapBytes()
  if (configuration.failSwapOn && swap > 0) {
    throw new Error('running with swap on is not supported, please disable swap or set --fail-swap-on flag to false')
  }
  const workers = new Map<string, PodWorker>()
  const events = options.recorder
    ? undefined
    : createEventRecorder({
        client,
        clock,
        log: log.named('events'),
        component: 'kubelet',
        host: nodeName,
        delayMs: eventDelayMs,
        qps: configuration.eventRecordQPS,
        burst: configuration.eventBurst,
      })
  const starts = new PodStarts(metrics, () => clock.now())
  const told = options.recorder ?? apiEventRecorder(events!)
  const recorder: EventRecorder = {
    event(about, type, reason, message, fieldPath) {
      starts.event(about.metadata.uid, reason)
      told.event(about, type, reason, message, fieldPath)
    },
  }
  const wake = (uid: string) => workers.get(uid)?.wake()
  const wakeAll = () => {
    for (const worker of [...workers.values()]) worker.wake()
  }
  const objects = new WatchedObjects({ client, clock, log: log.named('objects'), signal, onChange: wake })
  const factory = createInformerFactory(client, { clock, log: log.named('informer') })
  const serviceInformer = factory.informer(services)

  const ownNode = new OwnNode()
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
  const devicePlugins = new DevicePlugins({
    clock,
    log: log.named('devices'),
    signal,
    metrics,
    onChange: () => {
      devices.devicesChanged()
      void reporter.report().catch((error) => log.warn('cannot tell of devices', { error }))
    },
  })
  const deviceDirectory = join(rootDir, 'device-plugins')
  const devices: DeviceManager = new DeviceManager({
    plugins: devicePlugins,
    checkpoint: join(deviceDirectory, checkpointName),
    nodes: numa.nodes.map(({ id }) => id),
  })
  const draDrivers = new DraDrivers(wakeAll)
  const claims = new ClaimManager({ client, drivers: draDrivers, stateFile: join(rootDir, 'dra_manager_state') })
  let sharedChange = new AbortController()
  const exclusiveCpus = cpuManager({ configuration, rootDir, machine: numa, metrics: metrics.topology, onShared: () => sharedChange.abort() })
  const cpus = exclusiveCpus ?? allCpus
  const pinnedMemory = memoryManager(configuration, rootDir, numa, metrics.topology)
  const memory = pinnedMemory ?? anyMemory
  const topology = new TopologyManager({
    policy: configuration.topologyManagerPolicy,
    scope: configuration.topologyManagerScope,
    policyOptions: configuration.topologyManagerPolicyOptions,
    machine: numa,
    providers: [devices, ...(exclusiveCpus ? [exclusiveCpus] : []), ...(pinnedMemory ? [pinnedMemory] : [])],
    known: () => podSet.known(),
    metrics: metrics.topology,
    now: () => clock.now(),
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
    clusterDns: configuration.clusterDNS ?? [],
    clusterDomain: configuration.clusterDomain ?? '',
    resolvConf: configuration.resolvConf,
    memoryCapacity: machine.memoryBytes,
    cpuCapacity: machine.cpus,
    canLowerOomScore: hasSysResource(),
    hugePages: limitsHugePages() ? Object.keys(hugePagesOf()) : [],
    oomGroup: isUnified() && configuration.singleProcessOOMKill !== true,
    metrics,
    swap: {
      behavior: configuration.memorySwap?.swapBehavior || 'NoSwap',
      swapBytes: limitsSwap() ? swap : 0,
      memoryBytes: machine.memoryBytes,
      isUnified: isUnified(),
    },
    client,
    clock,
    log,
    recorder,
    cri,
    paths,
    objects,
    services: { list: (namespace) => serviceInformer.list(namespace) as readonly Service[] },
    cgroups: configuration.cgroupRoot ? cgroupManager(configuration.cgroupRoot, configuration) : noCgroups,
    images: imageManager({ ...configuration, images: cri.images, recorder, objects, clock, plugins, records, onPulled: metrics.pulled }),
    imageVolumes: imageContents,
    devices,
    cpus,
    memory,
    topology,
    claims,
    supportsCdi: takesCdiDevices(runtimeVersion),
    runtimeFeatures: (handler) => handlers.find(({ name }) => name === handler)?.features ?? { userNamespaces: false, recursiveReadOnlyMounts: false },
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
    allocations,
    resizes,
    statuses: statusManager({
      client,
      clock,
      log: log.named('status'),
      signal,
      onSet: (pod, status) => starts.reported(pod, status),
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
    onSeen: (pod) => starts.seen(pod),
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
    devices: () => devicePlugins.amounts(),
    runtimeVersion: `${runtimeVersion.runtimeName}://${runtimeVersion.runtimeVersion}`,
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
  const healthz = options.tls && configuration.enableServer ? serveHealthz({ ...configuration, healthy, log: log.named('healthz') }) : undefined
  const fromFiles = servingFiles(configuration)
  const tls = options.tls && fromFiles ? { ...options.tls, cert: fromFiles.certificate, key: fromFiles.key } : options.tls
  const server =
    options.tls && configuration.enableServer
      ? await startServer({
          tls: tls!,
          address: nodeAddress,
          port: configuration.port,
          nodeName,
          nodeAddress,
          pods: directory,
          cri,
          log: log.named('server'),
          healthy,
          access: accessControl({ reviews: apiAccessReviews(client, nodeName), clock, configuration }),
          stats: {
            cri,
            pods: directory,
            nodeName,
            cgroups: context.cgroups,
            rootDir,
            startedAtMs: clock.now(),
            csiStats: (uid, name) => csi.stats(uid, name),
            claimPath: (uid, name) => context.volumes.claimPath(uid, name),
            treeBytes: rememberedTreeBytes(clock, Math.max(0, ms(configuration.volumeStatsAggPeriod))),
          },
          probeMetrics: () => context.probes.metrics(),
          metrics,
          now: () => clock.now(),
          upgradeHandlers: options.upgradeHandlers,
          localVolumes: localVolumes(rootDir),
          configuration,
        })
      : undefined

  const certificates = { client: options.clientCertificate?.certificate, serving: tls?.cert }
  certificateMetrics(metrics.set, certificates, () => clock.now())
  const serveWith = ({ certificate, key }: KeyPair) => {
    if (!server || !tls) return
    server.setSecureContext({ ...tlsLimits(configuration), cert: certificate, key, ca: clientAuthorities(tls, configuration) })
    certificates.serving = certificate
  }
  // Static pods need no API: they run before this node is registered.
  const early = [pleg.run(), statics.run()]
  // The first look comes before the first report, and so does what it finds.
  await eviction.synchronize().catch((error) => log.warn('eviction could not look', { error }))
  const node = await reporter.register()
  ownNode.current = node
  statics.mirrors.changed()
  // Environment links are of the Services there are when a container starts.
  await factory.start(signal)
  let markSynced = () => {}
  const podsKnown = new Promise<void>((resolve) => {
    markSynced = resolve
  })
  signal.addEventListener('abort', markSynced, { once: true })
  const reflector = new Reflector<Pod>({
    client,
    resource: pods,
    clock,
    log: log.named('pods'),
    fieldSelector: `spec.nodeName=${nodeName}`,
    store: {
      replace(list) {
        statics.mirrors.replace(list.filter(isMirror))
        podSet.replace(list.filter((pod) => !isMirror(pod)))
        markSynced()
      },
      apply({ type, object }) {
        if (isMirror(object)) statics.mirrors.apply(type, object)
        else if (type === 'DELETED') podSet.removed(object.metadata.uid)
        else podSet.accept(object)
      },
    },
  })
  const deviceSocket = await serveDeviceRegistration(deviceDirectory, devicePlugins, log.named('devices'))
  const resourcesSocket = await servePodResources(join(rootDir, 'pod-resources'), {
    plugins: devicePlugins,
    devices,
    cpus,
    memory,
    pods: () => podSet.active(),
  })
  const loops = [
    keepCpus({
      configuration,
      cpus,
      cri,
      clock,
      log: log.named('cpus'),
      signal,
      pods: () => [...workers.values()],
      changed() {
        sharedChange = new AbortController()
        return sharedChange.signal
      },
    }),
    ...early,
    changeDrivers(client, nodeName, (list) => [...list]).catch((error) => log.warn('cannot write the CSINode', { error })),
    keepPlugins({
      directory: join(rootDir, 'plugins_registry'),
      handlers: {
        CSIPlugin: csiPlugins({ client, nodeName, drivers, onChange: wakeAll }),
        DRAPlugin: draDrivers,
        DevicePlugin: {
          register: ({ name, endpoint }) => devicePlugins.add(name, endpoint),
          deregister: async (name) => devicePlugins.remove(name),
        },
      },
      clock,
      log: log.named('plugins'),
      signal,
    }),
    reflector.run(signal),
    reporter.run(),
    keepLease(context, () => node.metadata.uid, signal),
    ownNode.follow(context, signal),
    eviction.run(signal),
    housekeeping({ context, workers, images, rootDir, signal }),
    rotateLogs({ context, workers, signal }),
    keepCertificates(context, {
      rootDir,
      signal,
      clientCertificate: options.clientCertificate,
      useClientCertificate: options.useClientCertificate
        ? (pair) => {
            options.useClientCertificate!(pair)
            certificates.client = pair.certificate
          }
        : undefined,
      useServingCertificate: (pair) => (fromFiles ? undefined : serveWith(pair)),
    }),
    keepServingFiles({ files: configuration, clock, log: log.named('certificates'), signal, use: serveWith }),
    ...(options.inhibitShutdown && hasSystemd() && shutdownPeriods(configuration).length > 0
      ? [inhibitShutdown({ clock, log: log.named('shutdown'), signal, onShutdown: endAll, onCancelled: () => shutdown.cancel() })]
      : []),
  ]
  await podsKnown
  recorder.event({ kind: 'Node', apiVersion: 'v1', metadata: { name: nodeName, uid: nodeName } as never }, 'Normal', 'Starting', 'Starting kubelet.')

  const done = (async () => {
    await new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })))
    server?.closeAllConnections()
    server?.close()
    healthz?.closeAllConnections()
    healthz?.close()
    await Promise.allSettled([...loops, podSet.close()])
    drivers.close()
    draDrivers.close()
    devicePlugins.close()
    deviceSocket.close()
    resourcesSocket.close()
    await events?.flush()
    if (!options.cri) cri.close()
  })()
  const bound = server?.address() as AddressInfo | null | undefined
  return {
    nodeName,
    done,
    server,
    port: bound?.port ?? configuration.port,
    pods: directory,
    shutdown: endAll,
    serveWith: (pair) => (fromFiles ? undefined : serveWith(pair)),
  }
}

const socketPath = (endpoint: string): string => endpoint.replace(/^unix:\/\//, '')

/** The runtime may come up after us. */
async function untilAnswers<T>(question: () => Promise<T>, { clock, signal, log }: KubeletOptions): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await question()
    } catch (error) {
      if (signal.aborted) throw error
      if (attempt % 20 === 10) log.warn('the container runtime does not answer yet', { error })
      await new Promise<void>((resolve) => void clock.after(100, resolve))
    }
  }
}
