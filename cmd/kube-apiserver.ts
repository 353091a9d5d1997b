/** The API server of a local cluster, with its store. */
import { join } from 'node:path'
import { systemClock } from '#base/clock.ts'
import { assembleApiServer } from '#apiserver/assemble.ts'
import { encryptionKeyPath, ensurePki } from '#cluster/components.ts'
import { openStore } from '#storage/open.ts'
import { aborted, startComponent } from './component.ts'

export async function run(options: Readonly<Record<string, string>>): Promise<void> {
  const { config, log, signal, link } = await startComponent({ options, name: 'kube-apiserver', inHostNetwork: true })
  const pki = await ensurePki(config)
  const store = await openStore({ kind: 'sqlite', path: join(config.dataDir, 'state.db') }, { clock: systemClock, logger: log.named('store') })
  const assembled = assembleApiServer({
    store,
    clock: systemClock,
    log,
    serviceCidr: config.serviceCidr,
    encryption: { keyFile: encryptionKeyPath(config) },
    advertise: { address: config.apiServer.advertiseAddress, port: config.apiServer.port },
    serviceAccountKey: pki.serviceAccount.privateKey,
    frontProxyCa: pki.frontProxyCa.certificate,
    kubeletClient: { certificate: pki.apiServerKubeletClient.certificate, key: pki.apiServerKubeletClient.key, ca: pki.ca.certificate },
  })
  await assembled.ready
  const listening = await assembled.server.listen({
    hosts: config.apiServer.listen,
    port: config.apiServer.port,
    tls: { cert: pki.apiServer.certificate, key: pki.apiServer.key, clientCa: pki.ca.certificate },
  })
  log.info('serving', { hosts: config.apiServer.listen.join(','), port: listening.port })
  link.ready()
  await aborted(signal)
  log.info('stopping')
  await assembled.close()
  await store.close()
  process.exit(0)
}
