/** Credentials from an exec plugin (client.authentication.k8s.io ExecCredential). */
import { spawnSync } from 'node:child_process'
import { dirname, isAbsolute, join } from 'node:path'
import type { HttpsTransportOptions } from '#client/https-transport.ts'
import { CommandError } from '../errors.ts'

const versions = new Set(['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'])
const maxAnswerBytes = 1 << 20

export interface ExecCredentialInputs {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The kubeconfig file: a command with a slash is relative to it. */
  readonly cwd: string
  readonly server: string
  readonly ca?: string
  readonly cluster?: Record<string, any> | undefined
}

export function execCredential(exec: any, inputs: ExecCredentialInputs): Partial<HttpsTransportOptions> {
  const { apiVersion, command, args = [], env = [], provideClusterInfo = false, interactiveMode = 'IfAvailable', installHint } = exec
  if (!versions.has(apiVersion)) throw new CommandError(`error: exec plugin: invalid apiVersion ${JSON.stringify(apiVersion ?? '')}`)
  const interactive = interactiveMode !== 'Never' && process.stdin.isTTY === true
  if (interactiveMode === 'Always' && !interactive)
    throw new CommandError('error: exec plugin cannot support interactive mode: standard input is not a terminal')
  const spec = {
    interactive,
    ...(provideClusterInfo
      ? { cluster: { server: inputs.server, ...(inputs.ca ? { 'certificate-authority-data': Buffer.from(inputs.ca).toString('base64') } : {}) } }
      : {}),
  }
  const program = String(command).includes('/') && !isAbsolute(command) ? join(dirname(inputs.cwd), command) : command
  const result = spawnSync(program, args ?? [], {
    env: {
      ...inputs.env,
      ...Object.fromEntries((env ?? []).map((each: any) => [each.name, each.value])),
      KUBERNETES_EXEC_INFO: JSON.stringify({ kind: 'ExecCredential', apiVersion, spec }),
    } as NodeJS.ProcessEnv,
    stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    maxBuffer: maxAnswerBytes,
  })
  if (result.error) {
    const hint = installHint ? `\n\n${installHint}` : ''
    throw new CommandError(`Unable to connect to the server: getting credentials: exec: executable ${command} not found${hint}`)
  }
  if (result.status !== 0)
    throw new CommandError(`Unable to connect to the server: getting credentials: exec: executable ${command} failed with exit code ${result.status}`)
  const status = statusOf(result.stdout.toString('utf8'), apiVersion)
  return {
    ...(status.token ? { token: status.token } : {}),
    ...(status.clientCertificateData ? { cert: status.clientCertificateData, key: status.clientKeyData } : {}),
  }
}

function statusOf(text: string, apiVersion: string): Record<string, string> {
  let answer: any
  try {
    answer = JSON.parse(text)
  } catch (error) {
    throw new CommandError(`Unable to connect to the server: getting credentials: decoding stdout: ${(error as Error).message}`)
  }
  if (answer?.apiVersion !== apiVersion) {
    throw new CommandError(
      `Unable to connect to the server: getting credentials: exec plugin is configured to use API version ${apiVersion}, plugin returned version ${answer?.apiVersion}`,
    )
  }
  const { status } = answer
  if (!status) throw new CommandError("Unable to connect to the server: getting credentials: exec plugin didn't return a status field")
  if (!status.token && !status.clientCertificateData)
    throw new CommandError("Unable to connect to the server: getting credentials: exec plugin didn't return a token or cert/key pair")
  return status
}
