/** Controllers and scheduler of a local cluster in one process, and what serves node ports on the host's localhost. */
import { systemClock } from '#base/clock.ts'
import { createHttpsTransport } from '#client/https-transport.ts'
import { createClient } from '#client/rest.ts'
import type { Client } from '#client/types.ts'
import { ensureAddons } from '#cluster/addons.ts'
import { ensurePki } from '#cluster/components.ts'
import { certificateAuthority } from './certificate-authority.ts'
import type { KeyPair } from '#cluster/pki/types.ts'
import { startControllerManager } from '#controllers/manager.ts'
import { loadBalancerRange } from '#network/loadbalancer/index.ts'
import { startLocalhostForwarder } from '#network/localhost-forwarder.ts'
import { startScheduler } from '#scheduler/scheduler.ts'
import { createTokenMinter } from '#apiserver/authn/mint.ts'
import { aborted, startComponent, untilListening } from './component.ts'

export async function run(options: Readonly<Record<string, string>>): Promise<void> {
  const { config, log, signal, link } = await startComponent({ options, name: 'controllers', inHostNetwork: true })
  await untilListening('127.0.0.1', config.apiServer.port, signal)
  const pki = await ensurePki(config)
  const clientAs = ({ certificate, key }: KeyPair): Client =>
    createClient(createHttpsTransport({ server: `https://127.0.0.1:${config.apiServer.port}`, ca: pki.ca.certificate, cert: certificate, key }))
  const common = { clock: systemClock, signal }
  const manager = startControllerManager({
    ...common,
    client: clientAs(pki.controllerManager),
    log: log.named('kube-controller-manager'),
    rootCa: pki.ca.certificate,
    podCidr: config.podCidr,
    loadBalancerRange: loadBalancerRange(config),
    certificateAuthority,
    clusterSigning: { caCertificate: pki.ca.certificate, caKey: pki.ca.key },
    mintServiceAccountToken: createTokenMinter(pki.serviceAccount.privateKey),
  })
  const scheduler = startScheduler({ ...common, client: clientAs(pki.scheduler), log: log.named('kube-scheduler') })
  const adminClient = clientAs(pki.admin)
  await ensureAddons(adminClient, config)
  const forwarder = startLocalhostForwarder({ ...common, client: adminClient, log: log.named('node-ports') })
  await Promise.all([manager.ready, scheduler.ready])
  link.ready()
  await aborted(signal)
  await Promise.allSettled([manager.done, scheduler.done, forwarder.done])
  process.exit(0)
}
