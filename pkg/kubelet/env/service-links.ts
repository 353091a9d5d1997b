/** Services as variables: NAME_SERVICE_HOST, NAME_SERVICE_PORT, and Docker's old link form. */
import type { Service } from '#api/gen/core/v1.ts'

export function serviceVariables(ofNamespace: readonly Service[], ofDefault: readonly Service[], links: boolean): Map<string, string> {
  const master = ofDefault.filter(({ metadata }) => metadata.name === 'kubernetes')
  const chosen = links ? [...master, ...ofNamespace.filter(({ metadata }) => metadata.name !== 'kubernetes' || master.length === 0)] : master
  const variables = new Map<string, string>()
  for (const { metadata, spec } of chosen) {
    const host = spec?.clusterIP
    const ports = spec?.ports ?? []
    if (!host || host === 'None' || ports.length === 0) continue
    const name = upper(metadata.name)
    variables.set(`${name}_SERVICE_HOST`, host)
    variables.set(`${name}_SERVICE_PORT`, String(ports[0]!.port))
    for (const port of ports) if (port.name) variables.set(`${name}_SERVICE_PORT_${upper(port.name)}`, String(port.port))
    const shown = host.includes(':') ? `[${host}]` : host
    ports.forEach(({ port, protocol = 'TCP' }, index) => {
      const lower = protocol.toLowerCase()
      const url = `${lower}://${shown}:${port}`
      if (index === 0) variables.set(`${name}_PORT`, url)
      const prefix = `${name}_PORT_${port}_${protocol.toUpperCase()}`
      variables.set(prefix, url)
      variables.set(`${prefix}_PROTO`, lower)
      variables.set(`${prefix}_PORT`, String(port))
      variables.set(`${prefix}_ADDR`, host)
    })
  }
  return variables
}

const upper = (name: string): string => name.toUpperCase().replaceAll('-', '_')
