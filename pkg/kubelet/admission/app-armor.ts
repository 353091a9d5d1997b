/** AppArmor profiles of containers, and why a node that cannot enforce them refuses the pod (documentation "Restrict a Container's Access to Resources with AppArmor"). */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AppArmorProfile, Container, Pod } from '#api/gen/core/v1.ts'
import type { Rejection } from './admit.ts'

/** From before there were fields for it; still read, as upstream does. */
const annotationPrefix = 'container.apparmor.security.beta.kubernetes.io/'

/** The container's own, else its annotation's, else the pod's. */
export function appArmorProfile(pod: Pod, container: Container): AppArmorProfile | undefined {
  return (
    container.securityContext?.appArmorProfile ??
    fromAnnotation(pod.metadata.annotations?.[`${annotationPrefix}${container.name}`]) ??
    pod.spec.securityContext?.appArmorProfile
  )
}

function fromAnnotation(value: string | undefined): AppArmorProfile | undefined {
  if (value === 'unconfined') return { type: 'Unconfined' }
  if (value === 'runtime/default') return { type: 'RuntimeDefault' }
  return value?.startsWith('localhost/') ? { type: 'Localhost', localhostProfile: value.slice('localhost/'.length) } : undefined
}

/** Undefined when no container asks for a profile, or the host has AppArmor. */
export function missingAppArmor(pod: Pod, isEnabled: () => boolean = hasAppArmor): Rejection | undefined {
  const { initContainers = [], containers, ephemeralContainers = [] } = pod.spec
  const profiles = [...initContainers, ...containers, ...(ephemeralContainers as Container[])].map((each) => appArmorProfile(pod, each))
  const wanted = profiles.filter((profile) => profile !== undefined && profile.type !== 'Unconfined')
  if (wanted.length === 0) return undefined
  const refused = (why: string): Rejection => ({ reason: 'AppArmor', message: `Cannot enforce AppArmor: ${why}` })
  if (!isEnabled()) return refused('AppArmor is not enabled on the host')
  const empty = wanted.find((profile) => profile?.type === 'Localhost' && !profile.localhostProfile?.trim())
  return empty ? refused(`invalid empty AppArmor profile name: "${empty.type}"`) : undefined
}

export function hasAppArmor(sys = '/sys'): boolean {
  try {
    return existsSync(join(sys, 'kernel/security/apparmor')) && readFileSync(join(sys, 'module/apparmor/parameters/enabled'), 'utf8').startsWith('Y')
  } catch {
    return false
  }
}
