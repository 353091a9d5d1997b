/** Credentials from an exec plugin (client.authentication.k8s.io ExecCredential). */
import { spawn } from 'node:child_process'
import { dirname, isAbsolute, join } from 'node:path'
import { createSecureContext } from 'node:tls'
import type { HttpsTransportOptions } from '#client/https-transport.ts'
import { CommandError } from '../errors.ts'

const group = 'client.authentication.k8s.io'
const versions = new Set([`${group}/v1`, `${group}/v1beta1`])
const maxAnswerBytes = 1 << 20
const noPlugin = `
It looks like you are trying to use a client-go credential plugin that is not installed.

To learn more about this feature, consult the documentation available at:
      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins`

export interface ExecCredentialInputs {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The kubeconfig file: a command with a slash is relative to it. */
  readonly cwd: string
  /** The name of the kubeconfig's user. */
  readonly user: string
  readonly server: string
  readonly ca?: string
  readonly cluster?: Record<string, any> | undefined
  /** Gives the program to run; throws, saying why, when the user does not allow it. */
  readonly checkPlugin?: (program: string) => string
  /** An interrupt ends the plugin too. */
  readonly signal?: AbortSignal
}

/** Asks the plugin; throws in the words of client-go when it is no good, or its answer is not. */
export async function execCredential(exec: any, inputs: ExecCredentialInputs): Promise<Partial<HttpsTransportOptions>> {
  check(exec, inputs.user)
  const { apiVersion, command, args, env, provideClusterInfo = false, interactiveMode = 'IfAvailable', installHint } = exec
  const interactive = interactiveMode !== 'Never' && process.stdin.isTTY === true
  if (interactiveMode === 'Always' && !interactive) throw refused('exec plugin cannot support interactive mode: standard input is not a terminal')
  const spec = {
    ...(provideClusterInfo ? { cluster: clusterOf(inputs) } : {}),
    interactive,
  }
  const answer = await run({
    program: allowed(command.includes('/') && !isAbsolute(command) ? join(dirname(inputs.cwd), command) : command, inputs),
    command,
    args: (args ?? []).map(String),
    env: {
      ...inputs.env,
      ...Object.fromEntries((env ?? []).map((each: any) => [each.name, String(each.value ?? '')])),
      KUBERNETES_EXEC_INFO: `${JSON.stringify({ kind: 'ExecCredential', apiVersion, spec })}\n`,
    },
    stdin: interactive ? 'inherit' : 'ignore',
    installHint,
    signal: inputs.signal,
  })
  const status = await statusOf(answer, apiVersion)
  return {
    ...(status.token ? { token: status.token } : {}),
    ...(status.clientCertificateData ? { cert: status.clientCertificateData, key: status.clientKeyData } : {}),
  }
}

/** The cluster as a plugin is told of it; what its own extension says is its configuration. */
function clusterOf({ server, ca, cluster = {} }: ExecCredentialInputs): object {
  const told = ['tls-server-name', 'insecure-skip-tls-verify', 'certificate-authority-data', 'proxy-url', 'disable-compression'] as const
  const known: Record<string, unknown> = { ...cluster, 'certificate-authority-data': ca ? Buffer.from(ca).toString('base64') : undefined }
  const extensions: any[] = Array.isArray(cluster.extensions) ? cluster.extensions : []
  const config = extensions.find(({ name }) => name === 'client.authentication.k8s.io/exec')?.extension ?? null
  return { server, ...Object.fromEntries(told.filter((name) => known[name]).map((name) => [name, known[name]])), config }
}

const refused = (why: string): CommandError => new CommandError(`Unable to connect to the server: getting credentials: ${why}`, 1, { bare: true })

function allowed(program: string, { checkPlugin }: ExecCredentialInputs): string {
  try {
    return checkPlugin?.(program) ?? program
  } catch (error) {
    throw refused((error as Error).message)
  }
}

/** What clientcmd's validation says of the plugin's entry. */
function check(exec: any, user: string): void {
  const wrong: string[] = []
  const { apiVersion, command, env, interactiveMode } = exec
  if (typeof command !== 'string' || command === '') wrong.push(`command must be specified for ${user} to use exec authentication plugin`)
  if (typeof apiVersion !== 'string' || apiVersion === '') wrong.push(`apiVersion must be specified for ${user} to use exec authentication plugin`)
  if (Array.isArray(env) && env.some((each) => typeof each?.name !== 'string' || each.name === ''))
    wrong.push(`env variable name must be specified for ${user} to use exec authentication plugin`)
  if (!interactiveMode && apiVersion === `${group}/v1`) wrong.push(`interactiveMode must be specified for ${user} to use exec authentication plugin`)
  else if (interactiveMode && !['Never', 'IfAvailable', 'Always'].includes(interactiveMode))
    wrong.push(`invalid interactiveMode for ${user}: ${JSON.stringify(interactiveMode)}`)
  if (wrong.length > 0) throw new CommandError(wrong.length === 1 ? `error: ${wrong[0]}` : `error: [${wrong.join(', ')}]`)
  if (!versions.has(apiVersion)) throw new CommandError(`error: exec plugin: invalid apiVersion ${JSON.stringify(apiVersion)}`)
}

interface Run {
  readonly program: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Record<string, string | undefined>
  readonly stdin: 'inherit' | 'ignore'
  readonly installHint: unknown
  readonly signal: AbortSignal | undefined
}

/** What the plugin prints; one that prints without end is stopped. */
function run({ program, command, args, env, stdin, installHint, signal }: Run): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: env as NodeJS.ProcessEnv, stdio: [stdin, 'pipe', 'inherit'] })
    const chunks: Buffer[] = []
    let bytes = 0
    const stop = (): void => void child.kill('SIGKILL')
    signal?.addEventListener('abort', stop, { once: true })
    child.stdout!.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > maxAnswerBytes) stop()
      else chunks.push(chunk)
    })
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EACCES') reject(refused(`exec: fork/exec ${program}: permission denied`))
      else if (error.code !== 'ENOENT') reject(refused(`exec: ${error.message}`))
      else if (command.includes('/') && !isAbsolute(command)) reject(refused(`exec: fork/exec ${program}: no such file or directory`))
      else reject(refused(`exec: executable ${command} not found\n${noPlugin}${installHint ? `\n\n${installHint}` : ''}`))
    })
    child.once('close', (code) => {
      signal?.removeEventListener('abort', stop)
      if (bytes > maxAnswerBytes) reject(refused(`exec: executable ${command} printed more than ${maxAnswerBytes} bytes`))
      else if (code !== 0) reject(refused(`exec: executable ${command} failed with exit code ${code ?? -1}`))
      else resolve(Buffer.concat(chunks).toString('utf8'))
    })
  })
}

async function statusOf(text: string, apiVersion: string): Promise<Record<string, string>> {
  const answer = await decoded(text)
  const { kind, apiVersion: version, status } = answer
  const group0 = String(version ?? '').split('/')[0]
  if (version !== undefined && (kind !== 'ExecCredential' || group0 !== group))
    throw refused(
      `decoding stdout: no kind ${JSON.stringify(kind ?? '')} is registered for version ${JSON.stringify(version)} in scheme "pkg/client/auth/exec/exec.go:62"`,
    )
  if (version !== apiVersion)
    throw refused(`exec plugin is configured to use API version ${apiVersion}, plugin returned version ${version ?? `${group}/__internal`}`)
  if (!status) throw refused("exec plugin didn't return a status field")
  for (const key of ['token', 'clientCertificateData', 'clientKeyData']) {
    const value = status[key]
    if (value !== undefined && value !== null && typeof value !== 'string')
      throw refused(
        `decoding stdout: json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into Go struct field ExecCredentialStatus.status.${key} of type string`,
      )
  }
  const { expirationTimestamp: until, token, clientCertificateData: cert, clientKeyData: key } = status
  if (until) await checkTime(until)
  if (!token && !cert && !key) throw refused("exec plugin didn't return a token or cert/key pair")
  if (!cert !== !key) throw refused('exec plugin returned only certificate or key, not both')
  if (cert) checkPair(cert, key)
  return status
}

async function checkTime(text: string): Promise<void> {
  const { parseTime } = await import('#apimachinery/codec/time.ts')
  try {
    parseTime(text)
  } catch (error) {
    throw refused(`decoding stdout: ${(error as Error).message}`)
  }
}

async function decoded(text: string): Promise<any> {
  const { parseYaml } = await import('#apimachinery/codec/yaml-text.ts')
  let answer: any
  try {
    answer = parseYaml(text).value ?? {}
  } catch (error) {
    throw refused(`decoding stdout: couldn't get version/kind; json parse error: ${(error as Error).message.replace(/^error converting YAML to JSON: /, '')}`)
  }
  if (typeof answer === 'object' && !Array.isArray(answer)) return answer
  const found = Array.isArray(answer) ? 'array' : typeof answer === 'boolean' ? 'bool' : typeof answer
  throw refused(
    `decoding stdout: couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
  )
}

function checkPair(cert: string, key: string): void {
  const failed = (why: string): CommandError => refused(`failed parsing client key/certificate: ${why}`)
  if (!cert.includes('-----BEGIN')) throw failed('tls: failed to find any PEM data in certificate input')
  if (!key.includes('-----BEGIN')) throw failed('tls: failed to find any PEM data in key input')
  try {
    createSecureContext({ cert, key })
  } catch (error) {
    throw failed((error as Error).message)
  }
}
