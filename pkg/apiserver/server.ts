/** The API server put together. */
import { sleep, systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { definitions as builtIn } from '#api/index.ts'
import { optionalServed } from '#api/optional.ts'
import type { ResourceRef } from '#apimachinery/object.ts'
import { serviceUnavailable } from '#apimachinery/status-error.ts'
import { createInformerFactory } from '#client/informer.ts'
import { createClient } from '#client/rest.ts'
import { openStore } from '#storage/open.ts'
import type { Store } from '#storage/types.ts'
import { hasExpressions, withExpressionChecks } from './admission/expression-checks.ts'
import { createWebhookClient } from './admission/webhook/client.ts'
import { apiServerName, type KubernetesEndpoint, runBootstrap, seedEmptyStore, serverLeasesOf } from './bootstrap/index.ts'
import { buildChain } from './chain.ts'
import { startCompaction } from './compaction.ts'
import { converterOf, CustomResources, isCustomResourceDefinition, withSchemaChecks } from './crd/index.ts'
import { mountDebugging } from './debugging/index.ts'
import { mountDiscovery } from './discovery/index.ts'
import { aesGcmTransformer, keysFromFile, plainTransformer, rewriteStale } from './encryption/index.ts'
import { mutationDeadline } from './filters/mutation-deadline.ts'
import { inProcessTransport } from './http/in-process.ts'
import { listen } from './http/listen.ts'
import { mastersOnly } from './masters-authorizer.ts'
import { createMetrics } from './metrics.ts'
import type { ApiServer, ApiServerOptions, Listening, ServerPlugins } from './options.ts'
import { DefinitionTable } from './registry/definitions.ts'
import { fieldTracker } from './registry/field-tracker.ts'
import { ObjectStore, prepared, type Transformer } from './registry/object-store.ts'
import type { RegistryParts } from './registry/operation.ts'
import { Registry } from './registry/registry.ts'
import { createRouter } from './router.ts'
import { createServiceAllocation } from './services/index.ts'
import { keepServiceAddresses } from './services/repair.ts'
import type { UserInfo } from './types.ts'
import { CacheHub } from './watchcache/cache-hub.ts'

export type { ApiServer, ApiServerOptions, Listening, ListenOptions, ServerPlugins } from './options.ts'

const loopbackUser: UserInfo = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] }
/** Upstream: --max-requests-inflight and --max-mutating-requests-inflight. */
export const defaultLimits = { reading: 400, mutating: 200 }

export const defaultServiceCidr = '10.96.0.0/16'

export function createApiServer(options: ApiServerOptions = {}): ApiServer {
  const { clock = systemClock, log = silentLogger, serviceCidr = defaultServiceCidr, nodePortRange = { from: 30000, to: 32767 } } = options
  let plugins: ServerPlugins = options
  let storeRef: Store | undefined = options.store
  const stopping = new AbortController()
  /** Announced to who asks /readyz. */
  let isStopping = false
  /** New requests are sent elsewhere. */
  let refusing = false
  let endpoint: KubernetesEndpoint | undefined
  const listening = new Set<Listening>()
  const { encryptionProviders } = options
  const own = transformerOf(options.encryption)
  const transformer = encryptionProviders?.transformerOver(own) ?? own
  const definitions = new DefinitionTable()

  let isNew = false
  let inner: Registry | undefined
  const registry = () => {
    if (!inner) throw serviceUnavailable('the server is currently unable to handle the request')
    return inner
  }
  const router = createRouter(mutationDeadline(clock, (request) => registry().handle(request)))
  const metrics = createMetrics({ clock })
  const handler = buildChain(
    {
      clock,
      log,
      authenticators: () => plugins.authenticators ?? [],
      authorizer: () => plugins.authorizer ?? mastersOnly,
      anonymous: options.anonymous ?? true,
      requestTimeoutMs: options.requestTimeoutMs ?? 60_000,
      limits: options.maxInFlight ?? defaultLimits,
      flowControl: () => plugins.flowControl,
      audit: () => plugins.audit,
      refusing: () => refusing,
      metrics: metrics.filter,
    },
    async (request) => {
      const document = request.method === 'GET' ? plugins.documents?.[request.path] : undefined
      if (document) return { status: 200, headers: { 'content-type': document.contentType, 'cache-control': 'public, max-age=3600' }, body: document.body }
      return router.handler(request)
    },
  )
  const transport = (user: UserInfo = loopbackUser) => inProcessTransport(handler, clock, user)

  async function start(): Promise<void> {
    const store = storeRef ?? (await openStore({ kind: 'memory' }, { clock }))
    storeRef = store
    await encryptionProviders?.start(stopping.signal)
    // Under a configuration of its own nothing is rewritten that nobody writes.
    const rewritten = encryptionProviders ? 0 : await rewriteStale(store, transformer)
    if (rewritten > 0) log.info('secrets were sealed with the first key', { rewritten })
    const hub = new CacheHub({
      store,
      clock,
      log: log.named('cache'),
      decode: transformer.open,
      needs: transformer.needs,
      prepare: (values) => prepared(transformer, values),
    })
    stopping.signal.addEventListener('abort', () => hub.close())
    const allocation = createServiceAllocation({
      client: createClient(transport(), { clock, userAgent: apiServerName }),
      registry,
      serviceCidr,
      nodePortRange,
      store,
      clock,
    })
    const parts: RegistryParts = {
      objects: new ObjectStore(store, hub, transformer),
      hub,
      clock,
      log,
      admission: () => plugins.admission ?? [],
      hooks: allocation.hooks,
      fields: fieldTracker,
      kinds: definitions,
      minWatchSeconds: options.minWatchSeconds ?? 1800,
      featureGates: options.featureGates ?? new Set(),
      namespaceLabels: (name) => {
        const namespaces = made.view('', 'v1', 'namespaces')
        const namespace = namespaces?.cache.get(namespaces.key('', name))?.parse()
        return namespace && (namespace.metadata.labels ?? {})
      },
    }
    const made = new Registry({
      parts,
      definitions,
      virtual: () => plugins.virtualHandlers ?? {},
      connect: () => plugins.connectHandlers ?? {},
    })
    const optional = optionalServed(options.runtimeConfig ?? new Set(), parts.featureGates)
    for (const each of [...(options.definitions ?? builtIn), ...optional]) {
      const definition = isCustomResourceDefinition(each) ? withSchemaChecks(each) : hasExpressions(each) ? withExpressionChecks(each) : each
      definitions.add(definition)
      await made.addView(definition)
    }
    const viewOf = ({ group, version, plural }: ResourceRef) => made.view(group, version, plural)
    const featureGates = parts.featureGates
    isNew = await seedEmptyStore(options.seeds ?? [], {
      store,
      transformer,
      viewOf,
      fields: fieldTracker,
      kinds: definitions,
      clock,
      featureGates,
      own: options.ownSeeds,
      prepared: options.preparedSeeds,
    })
    await hub.start()
    inner = made
    await allocation.load(made, stopping.signal)
    metrics.observe(made, store)
    startCompaction(store, clock, log, stopping.signal)
    if (options.bootstrap !== false)
      endpoint = await runBootstrap({
        client: createClient(transport(), { clock, userAgent: apiServerName }),
        clock,
        log,
        serviceCidr,
        advertise: options.advertise,
        leases: serverLeasesOf(store),
        signal: stopping.signal,
      })
    await keepServiceAddresses({
      client: createClient(transport(), { clock, userAgent: apiServerName }),
      registry: made,
      addresses: allocation.addresses,
      clock,
      log: log.named('service-addresses'),
      signal: stopping.signal,
    })
    if (!definitions.get('apiextensions.k8s.io', 'v1', 'customresourcedefinitions')) return
    const client = createClient(transport(), { clock, userAgent: apiServerName })
    // Not started: conversion webhooks are looked up as they are now.
    const webhooks = createWebhookClient({ client, informers: createInformerFactory(client, { clock, log }) })
    const customResources = new CustomResources({
      client,
      clock,
      log: log.named('custom-resources'),
      signal: stopping.signal,
      serving: {
        add: async (definition) => {
          await made.addView(definition)
          definitions.add(definition)
        },
        changed: (definition) => definitions.add(definition),
        remove: (group, version, plural) => {
          definitions.remove(group, version, plural)
          made.removeView(group, version, plural)
        },
      },
      converter: (crd) => converterOf(crd, webhooks),
    })
    await customResources.start()
  }

  if (options.profiling ?? true) mountDebugging(router, { clock, log })
  const ready = start()
  ready.catch(() => {})
  let isReady = false
  void ready.then(
    () => {
      isReady = true
    },
    () => {},
  )
  router.otherwise(
    mountDiscovery(router, {
      definitions,
      isReady: () => isReady,
      isStopping: () => isStopping,
      checks: () => plugins.checks ?? [],
      storageChecks: encryptionProviders?.checks ?? [],
      documents: () => Object.keys(plugins.documents ?? {}),
      clock,
      flags: options.flags ?? {},
      metrics,
      aggregated: () => plugins.aggregated,
    }),
  )

  return {
    handler,
    transport,
    ready,
    use: (more) => {
      plugins = { ...plugins, ...more }
      if (more.metrics) metrics.add(more.metrics)
      const { aggregated } = more
      if (aggregated) router.delegate((groupVersion) => (aggregated.size === 0 ? undefined : aggregated.handlerOf(groupVersion)))
    },
    isNew: () => isNew,
    kinds: definitions,
    facts({ group, version, resource }) {
      const cache = inner?.view(group, version, resource)?.cache
      return cache && { objects: cache.size, watchers: cache.subscribers, averageBytes: () => cache.averageBytes }
    },
    async addDefinition(definition) {
      await ready
      await registry().addView(definition)
      definitions.add(definition)
    },
    removeDefinition(group, version, plural) {
      definitions.remove(group, version, plural)
      registry().removeView(group, version, plural)
    },
    mount: (prefix, mounted) => router.prefix(prefix, mounted),
    async listen(listenOptions) {
      const one = await listen(handler, clock, log, listenOptions)
      listening.add(one)
      return {
        port: one.port,
        get requests() {
          return one.requests
        },
        useCertificate: (pair) => one.useCertificate(pair),
        close: async () => {
          listening.delete(one)
          await one.close()
        },
      }
    },
    async close() {
      isStopping = true
      await endpoint?.leave()
      if (options.shutdownDelayMs) await sleep(clock, options.shutdownDelayMs)
      refusing = true
      await Promise.all([...listening].map((each) => each.close()))
      // What was under way was served by caches and loops that end only now.
      stopping.abort()
      await ready.catch(() => {})
      await plugins.audit?.close()
      if (!options.store) await storeRef?.close()
    },
  }
}

function transformerOf(encryption: ApiServerOptions['encryption']): Transformer {
  if (!encryption) return plainTransformer
  return 'keyFile' in encryption ? aesGcmTransformer(...keysFromFile(encryption.keyFile)) : encryption
}
