/**
 * Takes UDP flows to endpoints that are gone out of the kernel's connection table. A UDP client that keeps its port would
 * else be sent to the dead endpoint for as long as it keeps sending.
 */
import type { Logger } from '#base/log.ts'
import type { IpFamily } from '../ip.ts'
import { type RunCommand, runCommand } from '../run-command.ts'
import type { CompiledService } from './types.ts'

type Flows = CompiledService['udp']

/** Arguments of `conntrack -D` for each kind of flow that the change has made stale. */
export function staleFlows(before: Flows, after: Flows, family: IpFamily): string[][] {
  const stale: string[][] = []
  const udp = ['-f', family === 4 ? 'ipv4' : 'ipv6', '-p', 'udp']
  for (const [front, endpoints] of before) {
    const still = after.get(front)
    for (const endpoint of endpoints) if (!still?.has(endpoint)) stale.push([...udp, ...originalDestination(front), ...replySource(endpoint)])
  }
  for (const [front, endpoints] of after) {
    // Packets sent before there was an endpoint went nowhere, but their flow is known and would stay untranslated.
    if (endpoints.size > 0 && !before.get(front)?.size) stale.push([...udp, ...originalDestination(front)])
  }
  return stale
}

function originalDestination(front: string): string[] {
  const [address = '', port = ''] = front.split(' ')
  return [...(address === '*' ? [] : ['--orig-dst', address]), '--orig-port-dst', port]
}

function replySource(endpoint: string): string[] {
  const [address = '', port = ''] = endpoint.split(' ')
  return ['--reply-src', address, '--reply-port-src', port]
}

/** Deletes flows, and answers how many; that there is none is no failure. */
export async function deleteFlows(flows: readonly (readonly string[])[], log: Logger, run: RunCommand = runCommand): Promise<number> {
  let deleted = 0
  for (const flow of flows) {
    try {
      const { code, stderr } = await run(['conntrack', '-D', ...flow])
      deleted += Number(/(\d+) flow entries have been deleted/.exec(stderr)?.[1] ?? 0)
      if (code !== 0 && !stderr.includes('0 flow entries')) log.warn('cannot delete stale UDP flows', { flow: flow.join(' '), error: stderr.trim() })
    } catch (error) {
      log.warn('cannot delete stale UDP flows', { error })
      return deleted
    }
  }
  return deleted
}
