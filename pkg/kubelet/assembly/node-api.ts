/** The node's API and its certificates: what it shows, and how both are replaced while it runs. */
import type { Server } from 'node:https'
import { keepCertificates } from '../certificates/index.ts'
import type { KeyPair } from '../certificates/key-pair.ts'
import { keepServingFiles, servingFiles } from '../certificates/serving-files.ts'
import { ms } from '../configuration/defaults.ts'
import type { KubeletContext } from '../context.ts'
import type { CsiVolumes } from '../csi/csi-volumes.ts'
import { certificateMetrics } from '../metrics/certificate-metrics.ts'
import { accessControl, apiAccessReviews } from '../server/access.ts'
import { serveHealthz } from '../server/healthz.ts'
import { clientAuthorities, startServer } from '../server/server.ts'
import { tlsLimits } from '../server/tls-settings.ts'
import { rememberedTreeBytes } from '../stats/tree-bytes.ts'
import type { KubeletOptions, PodDirectory } from '../types.ts'
import { localVolumes } from '../volumes/local-volumes.ts'

/** What it listens on unless told: on a node of ours its own address. */
const anyAddress = '0.0.0.0'

export interface NodeApiInput {
  readonly options: KubeletOptions
  readonly context: KubeletContext
  readonly directory: PodDirectory
  readonly csi: Pick<CsiVolumes, 'stats'>
  readonly version: string
  /** Undefined: all is well. */
  readonly healthy: () => string | undefined
}

export interface NodeApi {
  readonly server: Server | undefined
  /** Nothing happens where a file of the configuration says what is shown. */
  serveWith(pair: KeyPair): void
  /** Has certificates renewed until the signal aborts. */
  keepCertificates(): readonly Promise<unknown>[]
  close(): void
}

/** What upstream's kubelet is told on its command line, as its flags are named; the rest is the configuration (/configz). */
function flagsOf({ nodeName, nodeAddress, secondaryNodeAddress, rootDir, labels = {}, configuration, imageCredentialProviders }: KubeletOptions) {
  return {
    'container-runtime-endpoint': configuration.containerRuntimeEndpoint ?? '',
    'hostname-override': nodeName,
    'image-credential-provider-bin-dir': imageCredentialProviders?.binDir ?? '',
    'image-credential-provider-config': imageCredentialProviders?.file ?? '',
    'node-ip': [nodeAddress, ...(secondaryNodeAddress ? [secondaryNodeAddress] : [])].join(','),
    'node-labels': Object.entries(labels)
      .map((label) => label.join('='))
      .join(','),
    'root-dir': rootDir,
  }
}

export async function serveNodeApi({ options, context, directory, csi, version, healthy }: NodeApiInput): Promise<NodeApi> {
  const { configuration, nodeName, nodeAddress, client, rootDir, clock, log, signal } = options
  const { cri, metrics, probes, cgroups, volumes } = context
  const isServed = options.tls !== undefined && configuration.enableServer
  const healthz = isServed ? serveHealthz({ ...configuration, healthy, log: log.named('healthz') }) : undefined
  const fromFiles = servingFiles(configuration)
  const tls = options.tls && fromFiles ? { ...options.tls, cert: fromFiles.certificate, key: fromFiles.key } : options.tls
  const server =
    tls && configuration.enableServer
      ? await startServer({
          tls,
          // Several nodes may share a machine, each with an address of its own.
          address: configuration.address === anyAddress ? nodeAddress : configuration.address,
          port: configuration.port,
          nodeName,
          nodeAddress,
          pods: directory,
          cri,
          log: log.named('server'),
          healthy,
          version,
          flags: flagsOf(options),
          access: accessControl({ reviews: apiAccessReviews(client, nodeName), clock, configuration }),
          stats: {
            cri,
            pods: directory,
            nodeName,
            cgroups,
            rootDir,
            startedAtMs: clock.now(),
            csiStats: (uid, name) => csi.stats(uid, name),
            claimPath: (uid, name) => volumes.claimPath(uid, name),
            treeBytes: rememberedTreeBytes(clock, Math.max(0, ms(configuration.volumeStatsAggPeriod))),
          },
          probeMetrics: () => probes.metrics(),
          metrics,
          now: () => clock.now(),
          upgradeHandlers: options.upgradeHandlers,
          localVolumes: localVolumes(rootDir),
          configuration,
        })
      : undefined
  const certificates = { client: options.clientCertificate?.certificate, serving: tls?.cert }
  certificateMetrics(metrics.set, certificates, () => clock.now())
  const replace = ({ certificate, key }: KeyPair) => {
    if (!server || !tls) return
    server.setSecureContext({ ...tlsLimits(configuration), cert: certificate, key, ca: clientAuthorities(tls, configuration) })
    certificates.serving = certificate
  }
  const serveWith = (pair: KeyPair) => (fromFiles ? undefined : replace(pair))
  return {
    server,
    serveWith,
    keepCertificates: () => [
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
        useServingCertificate: serveWith,
      }),
      keepServingFiles({ files: configuration, clock, log: log.named('certificates'), signal, use: replace }),
    ],
    close() {
      for (const each of [server, healthz]) {
        each?.closeAllConnections()
        each?.close()
      }
    },
  }
}
