/**
 * The API server with everything a secure cluster has around it: authentication, authorization with the
 * default policy, admission, and the connect subresources. What they read, they read through the server's
 * own in-process client.
 */
import { createInformerFactory } from '#client/informer.ts'
import { createClient } from '#client/rest.ts'
import type { Client } from '#client/types.ts'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { type AdmissionOptions, createAdmissionPlugins, reconcileSystemPriorityClasses, systemPriorityClassSeed } from './admission/index.ts'
import { createAggregator, localServiceSeed, publishAuthenticationConfig } from './aggregator/index.ts'
import type { ProxyCertificate } from './aggregator/remote.ts'
import { type AuthenticationOptions, createAuthentication } from './authn/index.ts'
import type { TokenIssuer } from './authn/token-issuer.ts'
import { type AuthorizerChoice, bootstrapPolicySeeds, createAuthorization, reconcileBootstrapPolicy } from './authz/index.ts'
import { apiServerName, namespaceSeed, withoutNetwork } from './bootstrap/index.ts'
import type { Background } from './configuration/followed-file.ts'
import type { BackendTls } from './connect/backend.ts'
import { createConnectHandlers } from './connect/index.ts'
import { ensureFlowControlObjects, flowControlController, flowControlSeeds } from './flowcontrol/controller.ts'
import { dumpHandlers } from './flowcontrol/dumps.ts'
import { FlowControl } from './flowcontrol/index.ts'
import { collectIdentityLeases, keepIdentityLease } from './identity-lease/index.ts'
import { metricsDefinitions, metricsHandlers } from './metrics-api/index.ts'
import { podFacts } from './pod-facts.ts'
import { type ApiServer, type ApiServerOptions, createApiServer, defaultLimits, defaultServiceCidr } from './server.ts'
import type { AdmissionPlugin } from './types.ts'

export interface AssembleOptions extends Omit<ApiServerOptions, 'authenticators' | 'authorizer' | 'admission' | 'virtualHandlers' | 'documents'> {
  /** PEM of the key that signs service-account tokens. */
  readonly serviceAccountKey: string
  /** PEM of the cluster's CA: only its client certificates name users. Give it with `frontProxyCa`, whose clients must not. */
  readonly clientCa?: string
  /** PEM of the front-proxy CA. */
  readonly frontProxyCa?: string
  /** In order, after system:masters; default Node, then RBAC. */
  readonly authorizers?: readonly AuthorizerChoice[]
  /** Given what puts others in their place while the server runs. */
  readonly onAuthorizers?: (use: (authorizers: readonly AuthorizerChoice[]) => void) => void
  /** What goes on while the server runs: files that are read again. */
  readonly background?: readonly Background[]
  readonly staticTokens?: NonNullable<AuthenticationOptions['staticTokens']>
  readonly tokenAuthenticators?: NonNullable<AuthenticationOptions['tokenAuthenticators']>
  /** Where alone who shows no credentials is let in. */
  readonly anonymousPaths?: readonly string[]
  /** Signed by the front-proxy CA: what the server shows to aggregated API servers. */
  readonly proxyClient?: ProxyCertificate
  /** What the server shows to kubelets; absent: log, exec and their kin answer that no kubelet can be reached. */
  readonly kubeletClient?: BackendTls
  /** The host's name, under which this server has its identity Lease; absent: it has none. */
  readonly hostname?: string
  /** Which of the default plugins are off, and which others on, with what their configuration file says. */
  readonly admissionPlugins?: Pick<AdmissionOptions, 'enabled' | 'disabled' | 'configurations'>
  /** Asked after the default plugins. */
  readonly moreAdmission?: readonly AdmissionPlugin[]
}

export interface AssembledApiServer {
  readonly server: ApiServer
  /** In process, as system:masters. */
  readonly client: Client
  readonly tokenIssuer: TokenIssuer
  /** Resolves when the default policy is in place and every cache that decisions are read from has synced. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

/** The one among them whose check has a name of its own. */
const autoregistered = 'autoregister-completion'

/** What must have happened before the server is ready, under the names that upstream's health checks have for it. */
const startHooks = (options: Pick<AssembleOptions, 'proxyClient'>): readonly string[] => [
  'start-apiserver-admission-initializer',
  'generic-apiserver-start-informers',
  'priority-and-fairness-config-consumer',
  'priority-and-fairness-filter',
  'storage-object-count-tracker-hook',
  'start-apiextensions-informers',
  'start-apiextensions-controllers',
  'crd-informer-synced',
  'start-system-namespaces-controller',
  'peer-endpoint-reconciler-controller',
  'start-cluster-authentication-info-controller',
  'start-kube-apiserver-identity-lease-controller',
  'start-kube-apiserver-identity-lease-garbage-collector',
  'storage-readiness',
  'start-legacy-token-tracking-controller',
  'start-service-ip-repair-controllers',
  'rbac/bootstrap-roles',
  'scheduling/bootstrap-system-priority-classes',
  'priority-and-fairness-config-producer',
  'bootstrap-controller',
  'start-kubernetes-service-cidr-controller',
  ...(options.proxyClient ? ['aggregator-reload-proxy-client-cert'] : []),
  'start-kube-aggregator-informers',
  'apiservice-status-local-available-controller',
  'apiservice-status-remote-available-controller',
  'apiservice-registration-controller',
  'apiservice-discovery-controller',
  'kube-apiserver-autoregistration',
  autoregistered,
  'apiservice-openapi-controller',
  'apiservice-openapiv3-controller',
]

const bundledSeeds = async () => (await import('./bootstrap/prepared-seeds.ts')).preparedSeeds

export function assembleApiServer(options: AssembleOptions): AssembledApiServer {
  const {
    serviceAccountKey,
    clientCa,
    frontProxyCa,
    kubeletClient,
    proxyClient,
    moreAdmission = [],
    authorizers,
    staticTokens,
    tokenAuthenticators,
    anonymousPaths,
    hostname,
    onAuthorizers,
    admissionPlugins,
    background = [],
    ...others
  } = options
  const serverOptions = anonymousPaths ? { ...others, anonymous: false } : others
  const clock = options.clock ?? systemClock
  const log = options.log ?? silentLogger
  const namespaces = options.bootstrap === false ? [] : [namespaceSeed]
  const seeds = [
    ...namespaces,
    ...bootstrapPolicySeeds(options.featureGates ?? new Set()),
    systemPriorityClassSeed,
    ...flowControlSeeds,
    localServiceSeed(() => server.kinds),
  ]
  // What is prepared is for the built-in kinds with the gates as they are by default.
  const isUsual = !options.definitions && !options.featureGates?.size && options.bootstrap !== false
  const hasUsualNetwork = !options.advertise && (options.serviceCidr ?? defaultServiceCidr) === defaultServiceCidr
  const preparedSeeds = async () => {
    const prepared = await (options.preparedSeeds ?? bundledSeeds)()
    return prepared && (hasUsualNetwork ? prepared : withoutNetwork(prepared))
  }
  const server: ApiServer = createApiServer({ ...serverOptions, ...(isUsual ? { preparedSeeds } : {}), seeds })
  const client = createClient(server.transport(), { clock, userAgent: apiServerName })
  const informers = createInformerFactory(client, { clock, log: log.named('informers'), keepOf: { pods: podFacts() } })
  const access = { informers, client }
  const authentication = createAuthentication({
    ...access,
    serviceAccountKey,
    clock,
    log: log.named('authn'),
    ...(clientCa ? { clientCa } : {}),
    ...(frontProxyCa ? { frontProxyCa } : {}),
    ...(staticTokens ? { staticTokens } : {}),
    ...(tokenAuthenticators ? { tokenAuthenticators } : {}),
    anonymous: anonymousPaths ?? options.anonymous ?? true,
  })
  const authorization = createAuthorization(access, authorizers)
  onAuthorizers?.(authorization.use)
  const admission = createAdmissionPlugins({
    ...access,
    clock,
    authorizer: authorization.authorizer,
    beforeQuota: [authorization.escalation],
    kinds: server.kinds,
    log: log.named('admission'),
    ...admissionPlugins,
  })
  const aggregator = createAggregator({ ...access, clock, log: log.named('aggregator'), kinds: server.kinds, ...(proxyClient ? { proxyClient } : {}) })
  const { reading, mutating } = options.maxInFlight ?? defaultLimits
  const flowControl = new FlowControl({ clock, seats: reading + mutating, facts: server.facts })
  const flowControlling = flowControlController({ ...access, clock, log: log.named('flow-control'), flowControl })
  server.use({
    flowControl,
    checks: startHooks({ proxyClient }).map((name) => ({
      name: name === autoregistered ? name : `poststarthook/${name}`,
      check: () => (isReady ? undefined : 'not finished'),
    })),
    aggregated: aggregator,
    metrics: () => [...aggregator.metrics(), ...flowControl.metrics.lines(), ...(options.audit?.metrics() ?? [])],
    authenticators: [authentication.authenticator],
    authorizer: authorization.authorizer,
    admission: [...admission, ...moreAdmission],
    virtualHandlers: { ...authentication.virtual, ...authorization.virtual },
    documents: authentication.documents,
    connectHandlers: createConnectHandlers({ ...access, kubelet: kubeletClient ?? {} }),
  })
  for (const [path, handler] of Object.entries({ ...metricsHandlers({ ...access, clock }), ...dumpHandlers(flowControl) })) server.mount(path, handler)
  const stopping = new AbortController()
  let isReady = false
  const start = async (): Promise<void> => {
    await server.ready
    for (const definition of metricsDefinitions) await server.addDefinition(definition)
    const synced = informers.start(stopping.signal)
    await Promise.all([
      ...(server.isNew()
        ? []
        : [reconcileBootstrapPolicy(client, options.featureGates), reconcileSystemPriorityClasses(client), ensureFlowControlObjects(client)]),
      publishAuthenticationConfig(client, { clientCa, frontProxyCa }),
    ])
    for (const each of background) each(stopping.signal)
    await synced
    flowControlling.start(stopping.signal)
    await aggregator.start(stopping.signal)
    if (hostname !== undefined) {
      const identity = { client, clock, log: log.named('identity-lease'), signal: stopping.signal, hostname }
      void keepIdentityLease(identity)
      void collectIdentityLeases(identity)
    }
    isReady = true
  }
  const ready = start()
  ready.catch(() => {})
  return {
    server,
    client,
    tokenIssuer: authentication.issuer,
    ready,
    async close() {
      // What decisions are read from stays in memory: requests under way are still decided.
      stopping.abort()
      await server.close()
    },
  }
}
