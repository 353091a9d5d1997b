/** Seccomp: by annotation before 1.19, by field since; restricted wants it set. */
import { type Check, type CheckedPod, containersOf, isWindows, named, plural, quoted, setters, sorted, type Violation } from './check.ts'

const podAnnotation = 'seccomp.security.alpha.kubernetes.io/pod'
const containerAnnotation = 'container.seccomp.security.alpha.kubernetes.io/'

const good = (type: string | undefined): boolean => type === 'RuntimeDefault' || type === 'Localhost'

function badFields(pod: CheckedPod): Violation | undefined {
  const podType = pod.spec.securityContext?.seccompProfile?.type
  const podBad = podType !== undefined && !good(podType)
  const bad = containersOf(pod).filter(({ securityContext }) => securityContext?.seccompProfile && !good(securityContext.seccompProfile.type))
  const who = setters(
    podBad,
    bad.map((each) => each.name),
  )
  if (who.length === 0) return undefined
  const values = sorted([...(podBad ? [podType] : []), ...bad.map((each) => each.securityContext!.seccompProfile!.type)])
  return { reason: 'seccompProfile', detail: `${who.join(' and ')} must not set securityContext.seccompProfile.type to ${quoted(values)}` }
}

function badAnnotations(pod: CheckedPod): Violation | undefined {
  const annotations = pod.metadata.annotations ?? {}
  const keys = [podAnnotation, ...containersOf(pod).map((each) => `${containerAnnotation}${each.name}`)]
  const fine = (value: string): boolean => value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/')
  const bad = sorted(keys.filter((key) => annotations[key] !== undefined && !fine(annotations[key])).map((key) => `${key}=${JSON.stringify(annotations[key])}`))
  return bad.length > 0 ? { reason: 'seccompProfile', detail: `forbidden ${plural('annotation', bad.length)} ${bad.join(', ')}` } : undefined
}

export const seccompBaseline: Check = { id: 'seccompProfile_baseline', check: (pod, minor) => (minor < 19 ? badAnnotations(pod) : badFields(pod)) }

export const seccompRestricted: Check = {
  id: 'seccompProfile_restricted',
  since: 19,
  overrides: 'seccompProfile_baseline',
  check(pod, minor) {
    if (minor >= 25 && isWindows(pod)) return undefined
    const bad = badFields(pod)
    if (bad) return bad
    const podSets = good(pod.spec.securityContext?.seccompProfile?.type)
    const unset = podSets ? [] : containersOf(pod).filter((each) => !each.securityContext?.seccompProfile)
    if (unset.length === 0) return undefined
    return {
      reason: 'seccompProfile',
      detail: `pod or ${named(unset.map((each) => each.name))} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
    }
  },
}
