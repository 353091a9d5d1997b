/** From kubeconfig and flags to what a connection needs. */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { HttpsTransportOptions } from '#client/https-transport.ts'
import { CommandError } from '../errors.ts'
import type { FlagValues } from '../flags/types.ts'
import { proxyOfEnvironment, proxyProblem } from './proxy.ts'
import { checkRootCertificates } from './root-certificates.ts'
import { serverUrl } from './server-url.ts'
import { configPlaces, type Entry, fileOf, loadMerged, type MergedConfig } from './files.ts'

export interface Connection extends HttpsTransportOptions {
  readonly namespace: string
  /** The namespace was named by --namespace. */
  readonly namespaceGiven: boolean
  readonly impersonation: Readonly<Record<string, string | string[]>>
  readonly proxyUrl?: string
}

const inClusterDir = '/var/run/secrets/kubernetes.io/serviceaccount'

export interface ConnectionInputs {
  readonly flags: FlagValues
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Gives the credential plugin to run; throws for one that the user's preferences do not allow. */
  readonly checkPlugin?: (program: string) => string
  /** Aborted by an interrupt. */
  readonly signal?: AbortSignal
}

export function mergedConfig({ flags, env, cwd }: ConnectionInputs): MergedConfig {
  return loadMerged(configPlaces(flags.string('kubeconfig'), env, cwd))
}

export async function resolveConnection(inputs: ConnectionInputs): Promise<Connection> {
  const { flags, cwd, env } = inputs
  const config = mergedConfig(inputs)
  const contextName = flags.string('context') || config.currentContext
  const context = config.contexts.get(contextName)?.value
  // Upstream looks the names of flags up only where a namespace is given too; elsewhere it stumbles over what is missing.
  const namespaceGiven = flags.changed('namespace') && flags.string('namespace') !== ''
  if (contextName !== '' && !context && flags.changed('context') && namespaceGiven) throw new CommandError(`error: context "${contextName}" does not exist`)
  if (contextName !== '' && !context) throw new CommandError(`Error in configuration: context was not found for specified context: ${contextName}`)
  const clusterName = flags.string('cluster') || context?.cluster || ''
  const cluster = config.clusters.get(clusterName)
  if (flags.changed('cluster') && !cluster)
    throw new CommandError(namespaceGiven ? `error: cluster "${clusterName}" does not exist` : `error: no server found for cluster "${clusterName}"`)
  const userName = flags.string('user') || context?.user || ''
  const user = config.users.get(userName)
  if (flags.changed('user') && !user) throw new CommandError(`error: auth info "${userName}" does not exist`)
  const inCluster = !cluster && !flags.changed('server') ? inClusterOptions(env) : undefined
  const namespace = flags.string('namespace') || context?.namespace || inCluster?.namespace || 'default'
  const invalid: string[] = []
  const given = (name: string, told = name, of = userName): string | undefined => {
    const path = flags.string(name)
    return path === '' ? undefined : readOrTell(resolve(cwd, path), `${told} ${path} for ${of}`, path, invalid)
  }
  const stored = (entry: Entry | undefined, name: string, told = name, of = userName): void => {
    const file = entry && !flags.string(name) && !entry.value[`${name}-data`] && fileOf(entry, entry.value[name])
    if (file) readOrTell(file, `${told} ${file} for ${of}`, file, invalid)
  }
  const certificate = given('client-certificate', 'client-cert')
  stored(user, 'client-certificate', 'client-cert')
  const key = given('client-key')
  stored(user, 'client-key')
  const impersonation = impersonationOf(flags, user)
  if (!impersonation['impersonate-user'] && Object.keys(impersonation).length > 0)
    invalid.push(`requesting uid, groups or user-extra for ${userName} without impersonating a user`)
  if (flags.string('token') !== '' && flags.string('username') !== '')
    invalid.push(`more than one authentication method found for ${userName}; found [token basicAuth], only one is allowed`)
  const flagCa = given('certificate-authority', 'certificate-authority', clusterName)
  if (!flags.bool('insecure-skip-tls-verify')) stored(cluster, 'certificate-authority', 'certificate-authority', clusterName)
  const namedProxy = String(cluster?.value['proxy-url'] ?? '')
  const problem = namedProxy === '' ? undefined : proxyProblem(namedProxy)
  if (problem) invalid.push(`invalid 'proxy-url' ${JSON.stringify(namedProxy)} for cluster ${JSON.stringify(clusterName)}: ${problem}`)
  if (invalid.length > 0) throw invalidConfiguration(invalid, namespaceGiven)
  const skips = flags.bool('insecure-skip-tls-verify')
  // Whichever of both is a flag leaves out both of the kubeconfig.
  const insecure = flags.changed('insecure-skip-tls-verify') ? skips : flagCa === undefined && cluster?.value['insecure-skip-tls-verify'] === true
  const ca = flagCa ?? (skips ? undefined : (pem(cluster, 'certificate-authority') ?? inCluster?.ca))
  if (ca && insecure) throw new CommandError('error: specifying a root certificates file with the insecure flag is not allowed')
  if (ca) checkRootCertificates(ca)
  const hasCertificate = flags.string('client-certificate') !== '' || Boolean(user?.value['client-certificate'] || user?.value['client-certificate-data'])
  const server = serverUrl(
    flags.string('server') || cluster?.value.server || inCluster?.server || 'http://localhost:8080',
    Boolean(ca) || insecure || hasCertificate,
  )
  const proxyUrl = namedProxy || proxyOfEnvironment(server, env)
  const base = {
    server,
    ...(ca ? { ca } : {}),
    insecureSkipTlsVerify: insecure,
    serverName: flags.string('tls-server-name') || cluster?.value['tls-server-name'],
  }
  const credentials = await userOptions(inputs, { user, userName, cluster }, { ...base })
  return {
    ...base,
    ...inCluster?.credentials,
    ...credentials,
    ...(flags.changed('token') ? { token: flags.string('token'), tokenFile: undefined } : {}),
    ...(flags.changed('username') ? { username: flags.string('username'), password: flags.string('password') } : {}),
    ...(certificate === undefined ? {} : { cert: certificate, key }),
    namespace,
    namespaceGiven,
    impersonation,
    ...(proxyUrl ? { proxyUrl } : {}),
  } as Connection
}

/** What is wrong with a connection's settings, as upstream tells one thing (by another path where a namespace is given) or several. */
function invalidConfiguration(problems: readonly string[], namespaceGiven: boolean): CommandError {
  const [only = '', ...more] = problems
  if (more.length > 0) return new CommandError(`Error in configuration: \n${problems.map((each) => `* ${each}`).join('\n')}`)
  return new CommandError(`${namespaceGiven ? 'Error in configuration' : 'error'}: ${only}`)
}

/** Undefined, and a problem more, for a file that cannot be read. */
function readOrTell(file: string, what: string, path: string, problems: string[]): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'EACCES' ? 'permission denied' : 'no such file or directory'
    problems.push(`unable to read ${what} due to open ${path}: ${why}`)
    return undefined
  }
}

function pem(entry: Entry | undefined, name: string): string | undefined {
  const data = entry?.value[`${name}-data`]
  if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64').toString('utf8')
  const file = entry && fileOf(entry, entry.value[name])
  if (!file) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new CommandError(`error: unable to read ${name} ${file} for ${entry.file} due to open ${file}: no such file or directory`)
  }
}

async function userOptions(
  inputs: ConnectionInputs,
  { user, userName, cluster }: { readonly user: Entry | undefined; readonly userName: string; readonly cluster: Entry | undefined },
  base: { server: string; ca?: string },
): Promise<Partial<HttpsTransportOptions>> {
  if (!user) return {}
  const { value } = user
  if (value.exec) {
    const { execCredential } = await import('./exec-credential.ts')
    return execCredential(value.exec, {
      env: inputs.env,
      cwd: user.file,
      user: userName,
      cluster: cluster?.value,
      ...(inputs.checkPlugin ? { checkPlugin: inputs.checkPlugin } : {}),
      ...(inputs.signal ? { signal: inputs.signal } : {}),
      ...base,
    })
  }
  if (value['auth-provider']) throw new CommandError(`error: no Auth Provider found for name ${JSON.stringify(value['auth-provider'].name)}`)
  const cert = pem(user, 'client-certificate')
  const key = pem(user, 'client-key')
  const tokenFile = fileOf(user, value.tokenFile)
  return {
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(value.token ? { token: value.token } : tokenFile ? { tokenFile } : {}),
    ...(value.username ? { username: value.username, password: value.password } : {}),
  }
}

function impersonationOf(flags: FlagValues, user: Entry | undefined): Record<string, string | string[]> {
  const value = user?.value ?? {}
  const as = flags.string('as') || value.as
  const uid = flags.string('as-uid') || value['as-uid']
  const groups = flags.changed('as-group') ? flags.list('as-group') : value['as-groups']
  const headers: Record<string, string | string[]> = {}
  if (as) headers['impersonate-user'] = as
  if (uid) headers['impersonate-uid'] = uid
  if (groups?.length) headers['impersonate-group'] = [...groups]
  const extra = new Map<string, string[]>(Object.entries(value['as-user-extra'] ?? {}))
  for (const pair of flags.list('as-user-extra')) {
    const at = pair.indexOf('=')
    // Upstream passes what has no value in silence.
    if (at < 0) continue
    extra.set(pair.slice(0, at), [...(extra.get(pair.slice(0, at)) ?? []), pair.slice(at + 1)])
  }
  for (const [name, values] of extra) headers[`impersonate-extra-${encodeURIComponent(name).toLowerCase()}`] = values
  return headers
}

function inClusterOptions(
  env: ConnectionInputs['env'],
): { server: string; ca: string; namespace: string; credentials: Partial<HttpsTransportOptions> } | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (!host || !port || !existsSync(`${inClusterDir}/token`)) return undefined
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: readFileSync(`${inClusterDir}/ca.crt`, 'utf8'),
    namespace: readFileSync(`${inClusterDir}/namespace`, 'utf8').trim(),
    credentials: { tokenFile: `${inClusterDir}/token` },
  }
}
