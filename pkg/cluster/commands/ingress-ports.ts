/** --ingress-ports: where nodes serve Ingresses, or that they do not. */
import { type ClusterConfig, defaultIngressPorts } from '../types.ts'
import { UsageError } from '../usage-error.ts'
import type { CommandContext, CommandOption } from './command.ts'

export const ingressPortsOption: CommandOption = {
  name: 'ingress-ports',
  value: 'HTTP,HTTPS|off',
  help: `the ports at which nodes serve Ingresses (default ${defaultIngressPorts.http},${defaultIngressPorts.https}), or that they do not`,
}

/** The cluster keeps what it was told the last time. */
export function withIngressPorts(config: ClusterConfig, options: CommandContext['options']): ClusterConfig {
  const wanted = options['ingress-ports']
  if (typeof wanted !== 'string') return config
  if (wanted === 'off') return { ...config, ingressPorts: 'off' }
  const [http, https, ...more] = wanted.split(',').map(Number)
  const isPort = (port: number | undefined): port is number => Number.isInteger(port) && port! >= 1 && port! <= 65535
  if (!isPort(http) || !isPort(https) || http === https || more.length > 0)
    throw new UsageError(`--ingress-ports must be two ports, as in ${defaultIngressPorts.http},${defaultIngressPorts.https}, or off, not "${wanted}"`)
  return { ...config, ingressPorts: { http, https } }
}
