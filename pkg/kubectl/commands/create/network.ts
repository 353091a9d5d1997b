/** create service (clusterip, nodeport, loadbalancer, externalname) and ingress. */
import { CommandError } from '../../errors.ts'
import type { Command } from '../../types.ts'
import { generatorCommand } from './generate.ts'

const tcp = { name: 'tcp', type: 'stringSlice', usage: "Port pairs '<port>:<targetPort>'" } as const

function service(type: string, summary: string, usage: string, flags: readonly any[] = []): Command {
  return generatorCommand({
    summary,
    usage,
    savesNothing: true,
    flags: [...(type === 'ExternalName' ? [tcp] : [tcp]), ...flags],
    make({ flags: given }, name) {
      const ports = given.list('tcp').map((text) => portOf(text, given.has('node-port') ? given.int('node-port') : 0))
      if (ports.length === 0 && type !== 'ExternalName' && !(given.has('clusterip') && given.string('clusterip') === 'None'))
        throw new CommandError('error: at least one tcp port specifier must be provided')
      const clusterIP = given.has('clusterip') ? given.string('clusterip') : ''
      const labels = { app: name }
      return {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { labels, name },
        spec: {
          ...(clusterIP ? { clusterIP } : {}),
          ...(type === 'ExternalName' ? { externalName: given.string('external-name') } : {}),
          ...(ports.length > 0 ? { ports } : {}),
          selector: labels,
          type,
        },
        status: { loadBalancer: {} },
      }
    },
  })
}

function portOf(text: string, nodePort: number): any {
  const [port = '', target = port, ...more] = text.split(':')
  if (more.length === 0 && !/^\d+$/.test(port)) throw new CommandError(`error: strconv.ParseUint: parsing ${JSON.stringify(port)}: invalid syntax`)
  if (more.length > 0 || Number(port) < 1 || Number(port) > 65535) {
    throw new CommandError(`error: ${text} is not a valid port specification: expected <port>:<targetPort>`)
  }
  return {
    name: target === port ? port : `${port}-${target}`,
    ...(nodePort > 0 ? { nodePort } : {}),
    port: Number(port),
    protocol: 'TCP',
    targetPort: /^\d+$/.test(target) ? Number(target) : target,
  }
}

export const clusterip = service(
  'ClusterIP',
  'Create a ClusterIP service with the specified name.',
  'NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none]',
  [{ name: 'clusterip', type: 'string', usage: "Assign your own ClusterIP or set to 'None' for a 'headless' service" }],
)
export const nodeport = service(
  'NodePort',
  'Create a NodePort service with the specified name.',
  'NAME [--tcp=port:targetPort] [--dry-run=server|client|none]',
  [{ name: 'node-port', type: 'int', default: '0', usage: 'Port used to expose the service on each node' }],
)
export const loadbalancer = service(
  'LoadBalancer',
  'Create a LoadBalancer service with the specified name.',
  'NAME [--tcp=port:targetPort] [--dry-run=server|client|none]',
)
export const externalname = service(
  'ExternalName',
  'Create an ExternalName service with the specified name.',
  'NAME --external-name external.name [--dry-run=server|client|none]',
  [{ name: 'external-name', required: true, type: 'string', usage: 'External name of service' }],
)

export const ingress: Command = generatorCommand({
  summary: 'Create an ingress with the specified name.',
  usage: 'NAME --rule=host/path=service:port[,tls[=secret]] ',
  flags: [
    { name: 'annotation', type: 'stringArray', usage: 'Annotation to insert in the ingress object, in the format annotation=value' },
    { name: 'class', type: 'string', usage: 'Ingress class to be used' },
    { name: 'default-backend', type: 'string', usage: 'Default service for backend, in format of svcname:port' },
    { name: 'rule', type: 'stringArray', usage: 'Rule in format host/path=service:port[,tls=secretname]' },
  ],
  make({ flags }, name) {
    const rules = flags.list('rule').map(ruleOf)
    if (rules.length === 0 && flags.string('default-backend') === '')
      throw new CommandError(
        'error: not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)',
      )
    const byHost = new Map<string, any[]>()
    const tls = new Map<string, Set<string>>()
    for (const { host, path, secret } of rules) {
      byHost.set(host, [...(byHost.get(host) ?? []), path])
      if (secret !== undefined && host !== '') tls.set(secret, (tls.get(secret) ?? new Set()).add(host))
    }
    const annotations = Object.fromEntries(flags.list('annotation').map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]))
    return {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { ...(Object.keys(annotations).length > 0 ? { annotations } : {}), name },
      spec: {
        ...(flags.string('default-backend') ? { defaultBackend: backendOf(flags.string('default-backend')) } : {}),
        ...(flags.string('class') ? { ingressClassName: flags.string('class') } : {}),
        ...(rules.length > 0 ? { rules: [...byHost].map(([host, paths]) => ({ ...(host ? { host } : {}), http: { paths } })) } : {}),
        ...(tls.size > 0
          ? { tls: [...tls].map(([secretName, hosts]) => ({ hosts: [...hosts].filter((host) => host !== ''), ...(secretName ? { secretName } : {}) })) }
          : {}),
      },
      status: { loadBalancer: {} },
    }
  },
})

function backendOf(text: string): any {
  const [name = '', port = '', ...more] = text.split(':')
  if (name === '' || port === '' || more.length > 0) throw new CommandError(`error: default-backend should be in format servicename:serviceport`)
  return { service: { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } }
}

function ruleOf(text: string): { host: string; path: any; secret: string | undefined } {
  const match = /^([^/=]*)(\/[^=]*)=([^:,]+):([^,]+)(?:,tls(?:=(.*))?)?$/.exec(text)
  if (!match) throw new CommandError(`error: rule ${text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`)
  const [whole, host = '', path = '', serviceName = '', port = '', secret] = match
  const prefix = path.endsWith('*')
  return {
    host,
    secret: /,tls(=|$)/.test(whole) ? (secret ?? '') : undefined,
    path: { backend: backendOf(`${serviceName}:${port}`), path: prefix ? path.slice(0, -1) : path, pathType: prefix ? 'Prefix' : 'Exact' },
  }
}
