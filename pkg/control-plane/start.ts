/**
 * A control plane in the caller's process: the API server as a cluster has it (RBAC, admission, custom resources), and beside it
 * what is asked for. What controller-runtime's envtest does with three programs of Go.
 */
import { join } from 'node:path'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { type AssembledApiServer, assembleApiServer } from '#apiserver/assemble.ts'
import { authenticationConfigSeed, publishAuthenticationConfig } from '#apiserver/aggregator/authentication-config.ts'
import { AddressRange } from '#apiserver/services/address-range.ts'
import { serviceRanges } from '#apiserver/services/families.ts'
import type { Listening } from '#apiserver/options.ts'
import { defaultServiceCidr } from '#apiserver/server.ts'
import { allAuthenticated, serviceAccountGroups, serviceAccountUserName } from '#apiserver/authn/users.ts'
import type { UserInfo } from '#apiserver/types.ts'
import { createClient } from '#client/rest.ts'
import type { Client, Transport } from '#client/types.ts'
import { writeAtomically } from '#cluster/pki/atomic-file.ts'
import type { Kubeconfig } from '#cluster/pki/kubeconfig.ts'
import type { Store } from '#storage/types.ts'
import { administrator, type Certificates, certificates, serviceAccountKey, userCertificate } from './certificates.ts'
import { type RunningParts, startParts } from './parts.ts'
import { encryptionKeyFile, openControlPlaneStore } from './store.ts'
import type { ControlPlane, ControlPlaneOptions, ControlPlaneUser } from './types.ts'

/** Resolves when requests are answered, by the default policy and with every cache synced. Fails with nothing left open. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const controlPlane = new LocalControlPlane(options)
  try {
    await controlPlane.start()
  } catch (error) {
    await controlPlane.stop()
    throw error
  }
  return controlPlane
}

/** What ends with a restart. */
interface Running {
  readonly assembled: AssembledApiServer
  readonly parts: RunningParts
  readonly door: Listening | undefined
}

class LocalControlPlane implements ControlPlane {
  readonly client: Client
  readonly #options: ControlPlaneOptions
  readonly #pkiDir: string | undefined
  #certificates: Certificates | undefined
  #signingKey: string | undefined
  #store: Store | undefined
  #running: Running | undefined
  #port: number | undefined
  #stopped: Promise<void> | undefined

  constructor(options: ControlPlaneOptions) {
    this.#options = options
    this.#pkiDir = options.dataDir === undefined ? undefined : join(options.dataDir, 'pki')
    this.client = this.#clientOf(undefined)
  }

  get url(): string | undefined {
    return this.#port === undefined ? undefined : `https://${hostInUrl(this.#hosts[0]!)}:${this.#port}`
  }

  get ca(): string | undefined {
    return this.#certificates?.ca.certificate
  }

  clientAs({ name, groups = [] }: ControlPlaneUser): Client {
    return this.#clientOf({ name, groups: [...groups, allAuthenticated] })
  }

  async certificateFor(user: ControlPlaneUser = administrator): Promise<{ certificate: string; key: string }> {
    if (!this.#certificates || this.#options.listen === false) throw new Error('a control plane with listen: false has no certificates; use client or clientAs')
    return userCertificate(user, this.#certificates.ca, this.#clock.now())
  }

  async kubeconfig(user: ControlPlaneUser = administrator): Promise<Kubeconfig> {
    const { certificate, key } = await this.certificateFor(user)
    const { kubeconfig } = await import('#cluster/pki/kubeconfig.ts')
    return kubeconfig({ user: user.name, server: this.url!, ca: this.ca!, certificate, key })
  }

  async writeKubeconfig(path: string, user?: ControlPlaneUser): Promise<void> {
    // JSON is YAML.
    writeAtomically(path, `${JSON.stringify(await this.kubeconfig(user), undefined, 2)}\n`)
  }

  async restart(): Promise<void> {
    if (this.#stopped) throw new Error('the control plane is stopped')
    await this.#halt()
    await this.start()
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#halt().finally(() => this.#store?.close())
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async start(): Promise<void> {
    const {
      listen,
      controllers = [],
      autoscaler = {},
      controllerSettings = {},
      scheduler = false,
      serviceCidr = defaultServiceCidr,
      featureGates,
      runtimeConfig,
      admission,
    } = this.#options
    const { clock, log } = { clock: this.#clock, log: this.#log }
    const serviceAddress = new AddressRange(serviceRanges(serviceCidr)[0]!).first
    // Controllers give the CA to every namespace; without them and without a listener nobody would ever see it.
    const withCertificates = listen !== false || controllers.length > 0
    const making = withCertificates && !this.#certificates ? certificates(this.#pkiDir, { hosts: this.#hosts, serviceAddress, nowMs: clock.now() }) : undefined
    making?.catch(() => {})
    this.#store ??= await openControlPlaneStore(this.#options, { clock, logger: log.named('store') })
    this.#signingKey ??= await serviceAccountKey(this.#pkiDir)
    const assembled = assembleApiServer({
      store: this.#store,
      clock,
      log: log.named('kube-apiserver'),
      serviceCidr,
      serviceAccountKey: this.#signingKey,
      ...(making && listen !== false ? { ownSeeds: async () => [authenticationConfigSeed({ clientCa: (await making).ca.certificate })] } : {}),
      ...(featureGates ? { featureGates } : {}),
      ...(runtimeConfig ? { runtimeConfig } : {}),
      ...(admission ? { moreAdmission: admission } : {}),
      ...(this.#pkiDir === undefined ? {} : { encryption: { keyFile: encryptionKeyFile(this.#pkiDir) } }),
    })
    const parts = startParts()
    this.#running = { assembled, parts, door: undefined }
    if (making) this.#certificates = await making
    await assembled.ready
    if (listen !== false) {
      const { ca, serving } = this.#certificates!
      // Other servers, and the components of a real cluster, read there whose certificates name users.
      await publishAuthenticationConfig(assembled.client, { clientCa: ca.certificate })
      const door = await assembled.server.listen({
        hosts: this.#hosts,
        port: this.#port ?? listen?.port ?? 0,
        tls: { cert: serving.certificate, key: serving.key, clientCa: ca.certificate },
      })
      this.#port = door.port
      this.#running = { assembled, parts, door }
    }
    const clientOf = (userAgent: string, name: string, groups: readonly string[] = []): Client =>
      createClient(assembled.server.transport({ name, groups: [...groups, allAuthenticated] }), { clock, userAgent })
    const ofAccount = (account: string): Client =>
      clientOf('kube-controller-manager', serviceAccountUserName('kube-system', account), serviceAccountGroups('kube-system'))
    if (controllers.length > 0) {
      const { ca } = this.#certificates!
      await parts.controllers({
        client: clientOf('kube-controller-manager', 'system:kube-controller-manager'),
        clientOf: ofAccount,
        clock,
        log,
        names: controllers,
        settings: { ...controllerSettings, autoscaler: { ...controllerSettings.autoscaler, ...autoscaler } },
        ca,
        featureGates: featureGates ?? new Set(),
        signingKey: this.#signingKey,
      })
    }
    if (scheduler) await parts.scheduler({ client: clientOf('kube-scheduler', 'system:kube-scheduler'), clock, log })
  }

  /** Of who still runs, in the reverse order of their start. */
  async #halt(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    await running?.parts.stop()
    await running?.assembled.close()
  }

  /** Follows restarts: each request goes to the server of the hour. */
  #clientOf(user: UserInfo | undefined): Client {
    const transport: Transport = {
      request: async (raw) => {
        if (!this.#running) throw new Error('the control plane is not running')
        return this.#running.assembled.server.transport(user).request(raw)
      },
      close() {},
    }
    return createClient(transport, { clock: this.#clock })
  }

  get #clock() {
    return this.#options.clock ?? systemClock
  }

  get #log() {
    return this.#options.log ?? silentLogger
  }

  get #hosts(): readonly string[] {
    return (this.#options.listen === false ? undefined : this.#options.listen?.hosts) ?? ['127.0.0.1']
  }
}

const hostInUrl = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host)
