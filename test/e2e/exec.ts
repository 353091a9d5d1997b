/** Runs a command in a pod over the API server's exec, as any client would: WebSocket, v5.channel.k8s.io or the one before. */
import { WebSocket } from 'ws'
import type { Pod } from '#api/gen/core/v1.ts'
import { loadKubeconfig, transportOptions } from '#client/kubeconfig.ts'
import { join } from 'node:path'
import type { E2eCluster } from './cluster.ts'

export interface ExecOutcome {
  readonly stdout: string
  readonly stderr: string
  /** 0, or what the Status on the error channel says. */
  readonly exitCode: number
}

export function execInPod(
  cluster: E2eCluster,
  pod: Pod,
  command: readonly string[],
  stdin?: string,
  protocol: 'v5.channel.k8s.io' | 'v4.channel.k8s.io' = 'v5.channel.k8s.io',
): Promise<ExecOutcome> {
  const { server, ca, cert, key } = transportOptions(loadKubeconfig(join(cluster.dataDir, 'kubeconfig')))
  const query = new URLSearchParams([
    ...command.map((each): [string, string] => ['command', each]),
    ['stdout', 'true'],
    ['stderr', 'true'],
    ...(stdin === undefined ? [] : ([['stdin', 'true']] as [string, string][])),
  ])
  const url = `${server.replace(/^http/, 'ws')}/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/exec?${query}`
  const socket = new WebSocket(url, protocol, { ca: ca as string, cert: cert as string, key: key as string })
  const output: Record<number, string> = { 1: '', 2: '', 3: '' }
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.terminate()
      reject(new Error(`exec ${command.join(' ')}: no end within 30 s`))
    }, 30_000)
    socket.on('open', () => {
      if (stdin === undefined) return
      socket.send(Buffer.concat([Buffer.from([0]), Buffer.from(stdin)]))
      // The older one has no word for the end of the input.
      if (protocol === 'v5.channel.k8s.io') socket.send(Buffer.from([255, 0]))
    })
    socket.on('message', (data: Buffer) => {
      output[data[0]!] = (output[data[0]!] ?? '') + data.subarray(1).toString()
    })
    socket.on('unexpected-response', (_request, response) => reject(new Error(`exec was answered ${response.statusCode}`)))
    socket.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    socket.on('close', () => {
      clearTimeout(timer)
      resolve({ stdout: output[1]!, stderr: output[2]!, exitCode: exitCodeOf(output[3]!) })
    })
  })
}

function exitCodeOf(status: string): number {
  if (status === '') return -1
  const parsed = JSON.parse(status) as { status?: string; details?: { causes?: { reason?: string; message?: string }[] } }
  if (parsed.status === 'Success') return 0
  return Number(parsed.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message ?? -1)
}
