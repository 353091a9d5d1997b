/** postStart and preStop hooks. */
import type { Container, HTTPGetAction, LifecycleHandler } from '#api/gen/core/v1.ts'
import { type Clock, sleep } from '#base/clock.ts'
import { isDeadlineExceeded } from '../cri/errors.ts'
import type { RuntimeService } from '../cri/types.ts'
import { plainAnswer, portNumber, runHttp, runTcp } from '../probes/run-probe.ts'

export interface HookInput {
  readonly handler: LifecycleHandler
  readonly container: Container
  readonly containerId: string
  readonly podIp: string
  readonly runtime: RuntimeService
  readonly clock: Clock
  readonly timeoutSeconds: number
  readonly signal?: AbortSignal
  /** Told of, as a warning, when an HTTPS hook was answered in plain HTTP. */
  readonly onFallback?: (reason: string, message: string) => void
}

/** Any status will do: the hook was heard. */
const isAnswer = (output: string): boolean => output.startsWith('HTTP probe failed')

/** Throws with what went wrong. */
export async function runHook({ handler, container, containerId, podIp, runtime, clock, timeoutSeconds, signal, onFallback }: HookInput): Promise<void> {
  const { exec, httpGet, tcpSocket, sleep: pause } = handler
  if (exec) {
    const command = exec.command ?? []
    try {
      const { stdout, stderr, exitCode } = await runtime.execSync(containerId, command, timeoutSeconds)
      if (exitCode !== 0) {
        const output = Buffer.concat([stdout, stderr]).subarray(0, 1024).toString('utf8')
        throw new Error(
          `Exec lifecycle hook (${JSON.stringify(command)}) for Container "${container.name}" failed - error: command '${command.join(' ')}' exited with ${exitCode}: ${output}`,
        )
      }
    } catch (error) {
      if (isDeadlineExceeded(error)) throw new Error(`Exec lifecycle hook for Container "${container.name}" timed out after ${timeoutSeconds}s`)
      throw error
    }
    return
  }
  if (httpGet) {
    const ask = (action: HTTPGetAction) => runHttp(action, { container, podIp }, timeoutSeconds * 1000 || 60_000, 'kube-lifecycle/1.36')
    let { ok, output } = await ask(httpGet)
    // Hooks said HTTPS for long when they meant HTTP, and nobody noticed: such a server is asked again in its own way, without secrets.
    if (!ok && httpGet.scheme === 'HTTPS' && output.endsWith(plainAnswer)) {
      const httpHeaders = (httpGet.httpHeaders ?? []).filter(({ name }) => name.toLowerCase() !== 'authorization')
      const again = await ask({ ...httpGet, scheme: 'HTTP', httpHeaders })
      if (again.ok || isAnswer(again.output))
        onFallback?.('LifecycleHTTPFallback', 'request to HTTPS lifecycle hook got HTTP response, retry with HTTP succeeded')
      ;({ ok, output } = again)
    }
    if (!ok && !isAnswer(output)) throw new Error(output)
    return
  }
  if (tcpSocket) {
    const port = portNumber(tcpSocket.port, container)
    if (port === undefined) throw new Error(`couldn't find port: ${tcpSocket.port}`)
    const { ok, output } = await runTcp(tcpSocket.host || podIp, port, timeoutSeconds * 1000 || 60_000)
    if (!ok) throw new Error(output)
    return
  }
  if (pause) return sleep(clock, pause.seconds * 1000, signal)
  throw new Error('invalid handler: no action is set')
}
