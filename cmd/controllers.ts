/** Controllers and scheduler of a local cluster in one process, and what serves node ports on the host's localhost. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { sleep, systemClock } from '#base/clock.ts'
import { paceHeap } from '#base/heap-pace.ts'
import { createInformerFactory } from '#client/informer.ts'
import { replaceableTransport } from '#client/replaceable-transport.ts'
import { createKeepAliveTransport } from '#client/keep-alive-transport.ts'
import { limitedTransport } from '#client/request-limit.ts'
import { createClient } from '#client/rest.ts'
import { serviceAccountClients } from '#client/service-account-clients.ts'
import type { Client } from '#client/types.ts'
import { controllerManagerFlags, signingAuthorities } from '#cluster/controller-manager-flags.ts'
import { ensureAddons } from '#cluster/addons.ts'
import { ensureCertificateApproval, ensureJoinable } from '#cluster/join/cluster-info.ts'
import { ensurePki } from '#cluster/components.ts'
import { certificateAuthority } from './certificate-authority.ts'
import type { KeyPair } from '#cluster/pki/types.ts'
import { startControllerManager } from '#controllers/manager.ts'
import { startLocalhostForwarder } from '#network/localhost-forwarder.ts'
import { joinMetrics } from '#runtime/join-metrics.ts'
import { processMetrics } from '#runtime/process-metrics.ts'
import { type HealthCheck, type HealthServer, type HealthServerOptions, serveHealth } from '#runtime/serve-health.ts'
import { schedulerFlags } from '#cluster/scheduler-flags.ts'
import { schedulerConfiguration } from '#cluster/scheduler-configuration.ts'
import { startElectedScheduler } from '#scheduler/elected.ts'
import { createTokenMinter } from '#apiserver/authn/mint.ts'
import { startLocalCloud } from './cloud-controller-manager.ts'
import { familiesOf } from '#cluster/types.ts'
import { gitVersion } from '#cluster/version.ts'
import { aborted, startComponent, untilListening } from './component.ts'
import { componentDoors } from './component-doors.ts'
import { keepPki } from './keep-pki.ts'

/** kube-controller-manager's, on the loopback interface alone and by plain HTTP. */
const defaultMetricsPort = 10257
/** kube-scheduler's, likewise. */
const schedulerMetricsPort = 10259

const userAgent = (component: string): string => `${component}/${gitVersion}`

export async function run(options: Readonly<Record<string, string>>): Promise<void> {
  const { config, log, signal, link } = await startComponent({ options, name: 'controllers', inHostNetwork: true })
  paceHeap(systemClock)
  await untilListening('127.0.0.1', config.apiServer.port, signal)
  const pki = await ensurePki(config)
  const apiServer = { server: `https://127.0.0.1:${config.apiServer.port}`, ca: pki.ca.certificate }
  // managedFields name who wrote by its agent.
  const transportAs = ({ certificate, key }: KeyPair) => createKeepAliveTransport({ ...apiServer, cert: certificate, key })
  /** What shows each of our certificates. */
  const transports = {
    controllerManager: replaceableTransport(transportAs(pki.controllerManager)),
    scheduler: replaceableTransport(transportAs(pki.scheduler)),
    admin: replaceableTransport(transportAs(pki.admin)),
  }
  const clientAs = (who: keyof typeof transports, component: string): Client => createClient(transports[who], { userAgent: userAgent(component) })
  const kept = keepPki(config, pki, {
    clock: systemClock,
    log,
    signal,
    use(next, changed) {
      for (const who of ['controllerManager', 'scheduler', 'admin'] as const) if (changed.has(who)) transports[who].replace(transportAs(next[who]))
    },
  })
  const common = { clock: systemClock, signal }
  const { settings: flags, allocatesNodeCidrs, signing, election, requestLimit, shutdownTimeoutMs, cloud: cloudFlags } = controllerManagerFlags(config)
  const { elects = options['leader-elect'] === 'true', ...lease } = election
  const leaderElection = elects ? { leaderIdentity: `${hostname()}_${randomUUID()}` } : {}
  const client = clientAs('controllerManager', 'kube-controller-manager')
  const limit = requestLimit ? { limit: requestLimit } : {}
  const clientOf = serviceAccountClients({ client, transport: createKeepAliveTransport(apiServer), userAgent: userAgent('kube-controller-manager'), ...limit })
  // Caches end with a lease, so who competes for one has its own.
  const shared = elects ? {} : { informers: createInformerFactory(client, { clock: systemClock, log: log.named('informers') }) }
  const manager = startControllerManager({
    ...common,
    ...flags,
    ...leaderElection,
    election: lease,
    ...shared,
    client,
    clientOf,
    log: log.named('kube-controller-manager'),
    // Nobody serves them, so nobody says where.
    ...(config.ingressPorts === 'off' ? { controllers: [...(flags.controllers ?? ['*']), '-ingress-controller'] } : {}),
    rootCa: pki.ca.certificate,
    ...(allocatesNodeCidrs
      ? {
          podCidr: familiesOf(config)
            .map(({ podCidr }) => podCidr)
            .join(','),
        }
      : {}),
    serviceCidr: familiesOf(config)
      .map(({ serviceCidr }) => serviceCidr)
      .join(','),
    certificateAuthority,
    clusterSigning: signingAuthorities(signing, { caCertificate: pki.ca.certificate, caKey: pki.ca.key }),
    mintServiceAccountToken: createTokenMinter(pki.serviceAccount.privateKey),
  })
  const ownCloud = options.cloud !== 'external'
  const cloud = ownCloud
    ? startLocalCloud(config, { ...common, ...leaderElection, ...shared, ...cloudFlags, client, clientOf, log: log.named('cloud-controller-manager') })
    : undefined
  const { election: schedulerElection, requestLimit: schedulerLimit, podMaxInUnschedulableMs } = schedulerFlags(config)
  const { elects: schedulerElects = options['leader-elect'] === 'true', ...schedulerLease } = schedulerElection
  const schedulerTransport = schedulerLimit ? limitedTransport(transports.scheduler, schedulerLimit, systemClock) : transports.scheduler
  const schedulerClient = createClient(schedulerTransport, { userAgent: userAgent('kube-scheduler') })
  const scheduler = startElectedScheduler({
    ...common,
    ...schedulerConfiguration(config),
    podMaxInUnschedulableMs,
    ...(schedulerElects ? { lease: { ...schedulerLease, identity: `${hostname()}_${randomUUID()}` } } : {}),
    client: schedulerClient,
    host: hostname(),
    log: log.named('kube-scheduler'),
  })
  let hasSynced = false
  void scheduler.ready.then(
    () => (hasSynced = true),
    () => undefined,
  )
  const schedulerSync: HealthCheck = { name: 'sched-handler-sync', check: () => (hasSynced ? undefined : 'handlers are not fully synchronized') }
  const adminClient = clientAs('admin', 'k8ts')
  await ensureAddons(adminClient, config)
  await (config.machine ? ensureJoinable(adminClient, config, pki.ca.certificate) : ensureCertificateApproval(adminClient))
  const forwarder = startLocalhostForwarder({ ...common, ...shared, client: adminClient, log: log.named('node-ports') })
  const port = Number(options['metrics-port'] ?? defaultMetricsPort)
  // Of several clusters on one machine the first has the usual ports; the others say in their log which they took.
  const serveWhereFree = (served: HealthServerOptions): Promise<HealthServer | undefined> =>
    serveHealth(served)
      .catch(async () => {
        const health = await serveHealth({ ...served, port: 0 })
        log.info('the metrics port is taken', { wanted: served.port, port: health.port })
        return health
      })
      .catch((error) => {
        log.warn('metrics are not served', { port: served.port, error })
        return undefined
      })
  const ok = (name: string): HealthCheck => ({ name, check: () => undefined })
  const doors = await componentDoors(config, pki.ca, systemClock)
  const health = await serveWhereFree({
    port,
    checks: { healthz: () => [...(elects ? ['leaderElection'] : []), ...(manager.leads() ? manager.names : [])].map(ok) },
    secure: doors.controllerManager({ client, port, leaderElect: elects }),
    metrics: [() => joinMetrics([manager.metricsText(), cloud?.metricsText() ?? '']), () => processMetrics(process, systemClock.now())],
  })
  const schedulerHealth = await serveWhereFree({
    port: schedulerMetricsPort,
    checks: { healthz: () => [ok('ping')], livez: () => [ok('ping')], readyz: () => [ok('shutdown'), schedulerSync] },
    secure: doors.scheduler({ client: schedulerClient, port: schedulerMetricsPort, leaderElect: schedulerElects }),
    metrics: [scheduler.metricsText, () => processMetrics(process, systemClock.now())],
  })
  // Where another process leads we only wait; what has lost its lease begins anew.
  if (elects) void manager.done.then(() => signal.aborted || process.exit(1))
  else await manager.ready
  if (schedulerElects) void scheduler.done.then(() => signal.aborted || process.exit(1))
  else await scheduler.ready
  link.ready()
  await aborted(signal)
  await Promise.all([health?.close(), schedulerHealth?.close()])
  const allDone = Promise.allSettled([kept, manager.done, cloud?.done, scheduler.done, forwarder.done])
  await Promise.race([allDone, sleep(systemClock, shutdownTimeoutMs)])
  process.exit(0)
}
