/** How helm reaches the cluster: kubeconfig, flags and HELM_KUBE* variables to a client with its discovery. */
import { createHttpsTransport } from '#client/https-transport.ts'
import { createClient } from '#client/rest.ts'
import type { Client, Transport } from '#client/types.ts'
import { readCatalog } from '#kubectl/catalog/read.ts'
import type { Catalog } from '#kubectl/catalog/types.ts'
import { type Connection, resolveConnection } from '#kubectl/config/connection.ts'
import { configPlaces, prepareToRead } from '#kubectl/config/files.ts'
import type { FlagValues } from '#kubectl/flags/types.ts'
import { type CapabilityFacts, helmVersion, knownApiVersions, parseKubeVersion } from '../engine/capabilities.ts'
import { CommandError, type Invocation } from '../types.ts'
import { goMessage } from './messages.ts'

export interface Cluster {
  client(): Promise<Client>
  /** Of --namespace, or of the context. */
  namespace(): Promise<string>
  /** Throws, in Helm's words, when the API server does not answer. */
  reachable(): Promise<void>
  catalog(options?: { readonly fresh?: boolean }): Promise<Catalog>
  /** What the server can do, for templates. */
  capabilities(): Promise<CapabilityFacts>
  close(): void
}

/** One thing or several that are wrong, as clientcmd tells it; kubectl tells it otherwise. */
function invalidConfiguration(told: string): string {
  const several = told.split('\n* ').slice(1)
  return `invalid configuration: ${several.length > 0 ? `[${several.join(', ')}]` : told}`
}

/** kubectl's names of the flags that a connection is made of. */
const names: Readonly<Record<string, string>> = {
  as: 'kube-as-user',
  'as-group': 'kube-as-group',
  'certificate-authority': 'kube-ca-file',
  context: 'kube-context',
  'insecure-skip-tls-verify': 'kube-insecure-skip-tls-verify',
  kubeconfig: 'kubeconfig',
  namespace: 'namespace',
  server: 'kube-apiserver',
  'tls-server-name': 'kube-tls-server-name',
  token: 'kube-token',
}

/** A value out of the environment counts as given. */
function connectionFlags(flags: FlagValues): FlagValues {
  const of = (name: string): string | undefined => names[name]
  const changed = (name: string): boolean => {
    const own = of(name)
    if (own === undefined) return false
    return (
      flags.changed(own) ||
      (name === 'insecure-skip-tls-verify' ? flags.bool(own) : name === 'as-group' ? flags.list(own).length > 0 : flags.string(own) !== '')
    )
  }
  const read = <T>(name: string, otherwise: T, get: (own: string) => T): T => (of(name) === undefined ? otherwise : get(of(name)!))
  return {
    changed,
    has: (name) => of(name) !== undefined,
    string: (name) => read(name, '', (own) => flags.string(own)),
    bool: (name) => read(name, false, (own) => flags.bool(own)),
    list: (name) => read<readonly string[]>(name, [], (own) => flags.list(own)),
    int: () => 0,
    duration: () => 0,
  }
}

function impersonating(inner: Transport, { impersonation }: Connection, warn: (message: string) => void): Transport {
  const told = new Set<string>()
  return {
    async request(raw) {
      const response = await inner.request({ ...raw, headers: { ...(impersonation as Record<string, string>), ...raw.headers } })
      // UTF-8, of which Node shows each byte as a character.
      const header = Buffer.from(response.headers.warning ?? '', 'latin1').toString()
      for (const [, text] of header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)) {
        const message = text!.replace(/\\(.)/g, '$1')
        if (told.has(message) || told.size > 100) continue
        told.add(message)
        warn(message)
      }
      return response
    },
    close: () => inner.close(),
  }
}

async function connectionOf(flags: FlagValues, { env, cwd }: Invocation['session']): Promise<Connection> {
  await prepareToRead(configPlaces(flags.string('kubeconfig'), env, cwd))
  return resolveConnection({ flags, env, cwd })
}

export function connectCluster({ flags, session, log }: Invocation): Cluster {
  let connection: Promise<Connection> | undefined
  let client: Promise<Client> | undefined
  let opened: Client | undefined
  let catalog: Promise<Catalog> | undefined
  const connect = (): Promise<Connection> => (connection ??= connectionOf(connectionFlags(flags), session))
  const cluster: Cluster = {
    client: () =>
      (client ??= connect().then((to) => {
        const transport = impersonating(createHttpsTransport(to), to, (message) => log('WARN', message))
        opened = createClient(transport, { userAgent: 'Helm/4.2.4' })
        return opened
      })),
    // What is wrong with the configuration is told when the cluster is to be reached.
    namespace: () =>
      connect().then(
        ({ namespace }) => namespace,
        () => flags.string('namespace') || 'default',
      ),
    async reachable() {
      try {
        await version(await cluster.client())
      } catch (error) {
        throw new CommandError(
          `kubernetes cluster unreachable: ${goMessage(error, (await connect().catch(() => undefined))?.server)
            .replace(/^error: /, '')
            .replace(/^Error in configuration: (?!context )([\s\S]*)$/, (_, told) => invalidConfiguration(told))}`,
          { cause: error },
        )
      }
    },
    catalog({ fresh = false } = {}) {
      if (fresh) catalog = undefined
      catalog ??= cluster.client().then(readCatalog)
      return catalog
    },
    async capabilities() {
      const { gitVersion } = await version(await cluster.client())
      const { resources, groupVersions } = await cluster.catalog({ fresh: true })
      const versions = new Set<string>()
      const text = ({ group, version: of }: { group: string; version: string }): string => (group === '' ? of : `${group}/${of}`)
      for (const each of groupVersions) versions.add(text(each))
      for (const each of resources) versions.add(`${text(each)}/${each.kind}`)
      return { kubeVersion: parseKubeVersion(gitVersion), apiVersions: versions.size > 0 ? [...versions] : knownApiVersions, helm: helmVersion }
    },
    close: () => opened?.close(),
  }
  return cluster
}

async function version(client: Client): Promise<{ gitVersion: string }> {
  const response = await client.request({ method: 'GET', path: '/version' })
  const text = await response.text()
  if (response.status >= 400) throw new Error(response.status === 401 ? 'the server has asked for the client to provide credentials' : text.slice(0, 500))
  return JSON.parse(text)
}

/** Runs with a cluster, which is closed at the end. */
export async function withCluster<T>(invocation: Invocation, run: (cluster: Cluster) => Promise<T>): Promise<T> {
  const cluster = connectCluster(invocation)
  try {
    return await run(cluster)
  } finally {
    cluster.close()
  }
}
