/** postStart and preStop hooks. */
import type { Container, LifecycleHandler } from '#api/gen/core/v1.ts'
import { type Clock, sleep } from '#base/clock.ts'
import { isDeadlineExceeded } from '../cri/errors.ts'
import type { RuntimeService } from '../cri/types.ts'
import { portNumber, runHttp, runTcp } from '../probes/run-probe.ts'

export interface HookInput {
  readonly handler: LifecycleHandler
  readonly container: Container
  readonly containerId: string
  readonly podIp: string
  readonly runtime: RuntimeService
  readonly clock: Clock
  readonly timeoutSeconds: number
  readonly signal?: AbortSignal
}

/** Throws with what went wrong. */
export async function runHook({ handler, container, containerId, podIp, runtime, clock, timeoutSeconds, signal }: HookInput): Promise<void> {
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
    const { ok, output } = await runHttp(httpGet, { container, podIp }, timeoutSeconds * 1000 || 60_000, 'kube-lifecycle/1.36')
    if (!ok && !output.startsWith('HTTP probe failed')) throw new Error(output)
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
