/** kubectl cluster-info. */
import { listItems } from '../resources/visit.ts'
import { builtIn } from '../resources/write.ts'
import type { Command } from '../types.ts'

export const command: Command = {
  summary: 'Display addresses of the control plane and services with label kubernetes.io/cluster-service=true.',
  subcommands: [
    { name: 'dump', summary: 'Dump relevant information for debugging and diagnosis', load: async () => (await import('./cluster-info/dump.ts')).dump },
  ],
  async run(invocation) {
    const { session, out, io } = invocation
    const { server } = await session.connection()
    const services = await listItems(invocation, await builtIn(invocation, 'v1', 'Service'), 'kube-system', { selector: 'kubernetes.io/cluster-service=true' })
    const paint = (code: number, text: string): string => (io.stdout.isTTY ? `\x1b[0;${code}m${text}\x1b[0m` : text)
    out(`${paint(32, 'Kubernetes control plane')} is running at ${paint(33, server)}\n`)
    for (const { object, namespace, name } of services) {
      const [port] = object.spec.ports ?? []
      const scheme = port?.name === 'https' || port?.port === 443 ? 'https:' : ''
      out(
        `${paint(32, object.metadata.labels?.['kubernetes.io/name'] ?? name)} is running at ${paint(33, `${server}/api/v1/namespaces/${namespace}/services/${scheme}${name}${port?.name ? `:${port.name}` : scheme ? ':' : ''}/proxy`)}\n`,
      )
    }
    out("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n")
  },
}
