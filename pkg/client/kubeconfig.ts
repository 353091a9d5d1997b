/** Kubeconfig files (client.authentication and clientcmd API v1): which server, which CA, whose credentials. */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { parse } from 'yaml'
import { createHttpsTransport, type HttpsTransportOptions } from './https-transport.ts'
import type { Transport } from './types.ts'

export interface Kubeconfig {
  readonly currentContext: string
  readonly contexts: ReadonlyMap<string, KubeconfigContext>
  readonly clusters: ReadonlyMap<string, KubeconfigCluster>
  readonly users: ReadonlyMap<string, KubeconfigUser>
}

export interface KubeconfigContext {
  readonly cluster: string
  readonly user: string
  readonly namespace?: string
}

export interface KubeconfigCluster {
  readonly server: string
  readonly ca?: string
  readonly serverName?: string
  readonly insecureSkipTlsVerify: boolean
}

export interface KubeconfigUser {
  readonly cert?: string
  readonly key?: string
  readonly token?: string
  readonly tokenFile?: string
  readonly username?: string
  readonly password?: string
  readonly asUser?: string
  readonly asGroups?: readonly string[]
  /** Set when credentials come from something we cannot run ("exec", "auth-provider"). */
  readonly unsupported?: string
}

/** The path kubectl would take: the first of $KUBECONFIG, else ~/.kube/config. */
export function defaultKubeconfigPath(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.KUBECONFIG?.split(':').find((each) => each !== '') ?? join(homedir(), '.kube', 'config')
}

export function loadKubeconfig(path = defaultKubeconfigPath()): Kubeconfig {
  return parseKubeconfig(readFileSync(path, 'utf8'), dirname(path))
}

/** `baseDir`: relative file names in the configuration are below it. */
export function parseKubeconfig(text: string, baseDir = '.'): Kubeconfig {
  const raw = (parse(text) ?? {}) as any
  const file = (name: unknown): string | undefined => (typeof name === 'string' && name !== '' ? (isAbsolute(name) ? name : join(baseDir, name)) : undefined)
  const pem = (data: unknown, name: unknown): string | undefined => {
    if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64').toString('utf8')
    const at = file(name)
    return at ? readFileSync(at, 'utf8') : undefined
  }
  return {
    currentContext: raw['current-context'] ?? '',
    contexts: named(raw.contexts, (each) => each.context ?? {}),
    clusters: named(raw.clusters, ({ cluster = {} }) => ({
      server: cluster.server ?? '',
      ca: pem(cluster['certificate-authority-data'], cluster['certificate-authority']),
      serverName: cluster['tls-server-name'],
      insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'] === true,
    })),
    users: named(raw.users, ({ user = {} }) => ({
      cert: pem(user['client-certificate-data'], user['client-certificate']),
      key: pem(user['client-key-data'], user['client-key']),
      token: user.token,
      tokenFile: file(user.tokenFile),
      username: user.username,
      password: user.password,
      asUser: user.as,
      asGroups: user['as-groups'],
      unsupported: user.exec ? 'exec' : user['auth-provider'] ? 'auth-provider' : undefined,
    })),
  }
}

function named<T>(list: unknown, read: (entry: any) => T): Map<string, T> {
  return new Map((Array.isArray(list) ? list : []).map((entry) => [String(entry.name), read(entry)]))
}

/** What an HTTPS transport needs for one context (the current one unless named). */
export function transportOptions(config: Kubeconfig, contextName = config.currentContext): HttpsTransportOptions {
  const context = config.contexts.get(contextName)
  if (!context) throw new Error(`context "${contextName}" does not exist`)
  const cluster = config.clusters.get(context.cluster)
  if (!cluster) throw new Error(`cluster "${context.cluster}" does not exist`)
  const user = config.users.get(context.user) ?? {}
  if (user.unsupported) throw new Error(`user "${context.user}" takes credentials from "${user.unsupported}", which is not supported`)
  return { ...cluster, ...user }
}

/** `client = createClient(kubeconfigTransport(loadKubeconfig()))`. */
export function kubeconfigTransport(config: Kubeconfig, contextName?: string): Transport {
  return createHttpsTransport(transportOptions(config, contextName))
}
