/** The API server of a local cluster, with its store. */
import { hostname } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#base/clock.ts'
import { assembleApiServer } from '#apiserver/assemble.ts'
import { optionsOf, parseFlags } from '#apiserver/flags/index.ts'
import { existsSync, readFileSync } from 'node:fs'
import { apiServerFlagsPath, encryptionKeyPath, ensurePki } from '#cluster/components.ts'
import type { KeyPair } from '#cluster/pki/types.ts'
import { familiesOf } from '#cluster/types.ts'
import { openStore } from '#storage/open.ts'
import { type Store, StoreFailedError } from '#storage/types.ts'
import { aborted, startComponent } from './component.ts'
import { keepPki } from './keep-pki.ts'

export async function run(options: Readonly<Record<string, string>>): Promise<void> {
  const { config, log, signal, link } = await startComponent({ options, name: 'kube-apiserver', inHostNetwork: true })
  const pki = await ensurePki(config)
  /** What is shown to kubelets and aggregated servers: renewed under them. */
  const shown = { frontProxyClient: pki.frontProxyClient, kubeletClient: pki.apiServerKubeletClient }
  const store = await openStore({ kind: 'sqlite', path: join(config.dataDir, 'state.db') }, { clock: systemClock, logger: log.named('store') })
  const flagFile = apiServerFlagsPath(config)
  const flagText = existsSync(flagFile) ? readFileSync(flagFile, 'utf8') : ''
  const assembled = assembleApiServer({
    ...optionsOf(parseFlags(flagText), { clock: systemClock, log }),
    store: restartedWhenFailed(store, (error) => {
      log.error('the store cannot write any more; starting anew', { error })
      process.exit(1)
    }),
    clock: systemClock,
    log,
    hostname: hostname(),
    serviceCidr: familiesOf(config)
      .map(({ serviceCidr }) => serviceCidr)
      .join(','),
    encryption: { keyFile: encryptionKeyPath(config) },
    advertise: { address: config.apiServer.advertiseAddress, port: config.apiServer.port },
    serviceAccountKey: pki.serviceAccount.privateKey,
    clientCa: pki.ca.certificate,
    frontProxyCa: pki.frontProxyCa.certificate,
    proxyClient: currentPair(() => shown.frontProxyClient),
    kubeletClient: Object.assign(
      currentPair(() => shown.kubeletClient),
      { ca: pki.ca.certificate },
    ),
  })
  await assembled.ready
  const listening = await assembled.server.listen({
    hosts: config.apiServer.listen,
    port: config.apiServer.port,
    tls: { cert: pki.apiServer.certificate, key: pki.apiServer.key, clientCa: `${pki.ca.certificate}${pki.frontProxyCa.certificate}` },
  })
  log.info('serving', { hosts: config.apiServer.listen.join(','), port: listening.port })
  const kept = keepPki(config, pki, {
    clock: systemClock,
    log,
    signal,
    use(next) {
      Object.assign(shown, { frontProxyClient: next.frontProxyClient, kubeletClient: next.apiServerKubeletClient })
      listening.useCertificate({ cert: next.apiServer.certificate, key: next.apiServer.key })
    },
  })
  link.ready()
  await aborted(signal)
  await kept
  log.info('stopping')
  await assembled.close()
  await store.close()
  process.exit(0)
}

/** Whoever reads it reads what is true then. */
function currentPair(read: () => KeyPair): { readonly certificate: string; readonly key: string } {
  return {
    get certificate() {
      return read().certificate
    },
    get key() {
      return read().key
    },
  }
}

/** A store that can only be read serves nobody long: the supervisor starts this process again, and the store is opened afresh. */
function restartedWhenFailed(store: Store, onFailed: (error: StoreFailedError) => void): Store {
  const watched = async <T>(write: Promise<T>): Promise<T> => {
    try {
      return await write
    } catch (error) {
      if (error instanceof StoreFailedError) onFailed(error)
      throw error
    }
  }
  return new Proxy(store, {
    get(target, name) {
      if (name === 'put') return (...args: Parameters<Store['put']>) => watched(target.put(...args))
      if (name === 'delete') return (...args: Parameters<Store['delete']>) => watched(target.delete(...args))
      const value = Reflect.get(target, name) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
