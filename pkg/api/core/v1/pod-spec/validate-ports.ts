/** Validation of container ports, and of what they claim of the host. */
import { duplicate, type FieldError, type FieldPath, invalidValue, required } from '#apimachinery/field-error.ts'
import { isValidPortName, isValidPortNum } from '#apimachinery/names.ts'
import type { Container, ContainerPort, PodSpec } from '#api/gen/core/v1.ts'
import { complaints, requiredOneOf } from '../../../checks.ts'
import type { PodSpecOptions } from './options.ts'

export const protocols = ['SCTP', 'TCP', 'UDP']

export function validatePorts(ports: readonly ContainerPort[] | undefined, at: FieldPath): FieldError[] {
  const names = new Set<string>()
  return (ports ?? []).flatMap(({ name, containerPort, hostPort, protocol }, position) => {
    const here = at.index(position)
    const errors: FieldError[] = []
    if (name) {
      const wrong = complaints(here.child('name'), name, isValidPortName(name))
      errors.push(...(wrong.length === 0 && names.has(name) ? [duplicate(here.child('name'), name)] : wrong))
      names.add(name)
    }
    if (!containerPort) errors.push(required(here.child('containerPort')))
    else errors.push(...complaints(here.child('containerPort'), containerPort, isValidPortNum(containerPort)))
    if (hostPort) errors.push(...complaints(here.child('hostPort'), hostPort, isValidPortNum(hostPort)))
    return [...errors, ...requiredOneOf(here.child('protocol'), protocol, protocols)]
  })
}

export function conflictingHostPorts(containers: readonly Container[], at: FieldPath): FieldError[] {
  const taken = new Set<string>()
  return containers.flatMap(({ ports }, container) =>
    (ports ?? []).flatMap(({ protocol, hostIP, hostPort }, position) => {
      if (!hostPort) return []
      const key = `${protocol}/${hostIP ?? ''}/${hostPort}`
      if (taken.has(key)) return [duplicate(at.index(container).child('ports').index(position).child('hostPort'), key)]
      taken.add(key)
      return []
    }),
  )
}

/** On the host's network a port is the host's own. Templates may leave it open: it is filled in when the pod is made. */
export function validateHostNetworkPorts({ hostNetwork, containers }: PodSpec, at: FieldPath, { isPod }: PodSpecOptions): FieldError[] {
  if (!hostNetwork) return []
  return (containers ?? []).flatMap(({ ports }, container) =>
    (ports ?? []).flatMap(({ hostPort = 0, containerPort = 0 }, position) => {
      if (hostPort === containerPort || (hostPort === 0 && !isPod)) return []
      const here = at.child('containers').index(container).child('ports').index(position).child('hostPort')
      return [invalidValue(here, hostPort, 'must match `containerPort` when `hostNetwork` is true')]
    }),
  )
}
