/** What the server warns of in containers: environment, amounts, ports. */
import type { FieldPath } from '#apimachinery/field-error.ts'
import type { ContainerPort, EnvVar, PodSpec } from '#api/gen/core/v1.ts'
import { fractionWarnings } from '../fraction-warnings.ts'
import { containersWithPaths } from './containers-with-paths.ts'
import { appArmorPrefix } from './validate-annotations.ts'

const seccompPrefix = 'container.seccomp.security.alpha.kubernetes.io/'
const bytes = ['memory', 'ephemeral-storage']

export function containerWarnings(spec: PodSpec, annotations: Readonly<Record<string, string>>, at: FieldPath): string[] {
  const isTemplate = at.toString() !== ''
  return containersWithPaths(spec, at.child('spec')).flatMap(({ container, at: here }) => {
    const [seccompKey, appArmorKey] = [seccompPrefix + container.name, appArmorPrefix + container.name]
    const context = container.securityContext
    const hasAppArmor = spec.securityContext?.appArmorProfile !== undefined || context?.appArmorProfile !== undefined
    return [
      ...(!context?.seccompProfile && seccompKey in annotations ? [seccompWarning(seccompKey, at)] : []),
      ...(isTemplate && !hasAppArmor && appArmorKey in annotations
        ? [`${at.child('metadata', 'annotations').key(appArmorKey)}: deprecated since v1.30; use the "appArmorProfile" field instead`]
        : []),
      ...bytes.flatMap((name) => [
        ...fractionWarnings(container.resources?.limits, [name], here.child('resources', 'limits')),
        ...fractionWarnings(container.resources?.requests, [name], here.child('resources', 'requests')),
      ]),
      ...envWarnings(container.env ?? [], here.child('env')),
    ]
  })
}

export function seccompWarning(key: string, at: FieldPath): string {
  return `${at.child('metadata', 'annotations').key(key)}: non-functional in v1.27+; use the "seccompProfile" field instead`
}

/** A later variable hides an earlier one, unless it is made of it. */
function envWarnings(env: readonly EnvVar[], at: FieldPath): string[] {
  const names = new Set<string>()
  return env.flatMap(({ name, value = '', valueFrom }, position) => {
    const own = `$(${name})`
    const hides = names.has(name) && (valueFrom !== undefined || value === own || !value.includes(own))
    names.add(name)
    return hides ? [`${at.index(position)}: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`] : []
  })
}

interface Known {
  readonly at: FieldPath
  readonly port: ContainerPort
}

export function portWarnings(spec: PodSpec, at: FieldPath): string[] {
  const known = new Map<string, Known[]>()
  return containersWithPaths(spec, at).flatMap(({ container, at: containerAt }) =>
    (container.ports ?? []).flatMap((port, position) => {
      const here = containerAt.child('ports').index(position)
      const key = `${port.containerPort}/${port.protocol ?? ''}`
      const others = known.get(key) ?? []
      known.set(key, [...others, { at: here, port }])
      const alone = port.hostIP && !port.hostPort ? [`${here}: hostIP set without hostPort: ${goText(port)}`] : []
      return [...alone, ...others.flatMap((other) => overlap(here, port, other))]
    }),
  )
}

function overlap(here: FieldPath, port: ContainerPort, { at, port: other }: Known): string[] {
  const [ip, otherIp, hostPort, otherPort] = [port.hostIP ?? '', other.hostIP ?? '', port.hostPort ?? 0, other.hostPort ?? 0]
  if (ip === otherIp && hostPort === otherPort) return [`${here}: duplicate port definition with ${at}`]
  if (hostPort === 0 || otherPort === 0) return [`${here}: overlapping port definition with ${at}`]
  return hostPort === otherPort && (ip === '') !== (otherIp === '') ? [`${here}: dangerously ambiguous port definition with ${at}`] : []
}

/** As Go prints the struct. */
function goText({ name = '', hostPort = 0, containerPort, protocol = '', hostIP = '' }: ContainerPort): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`
}
