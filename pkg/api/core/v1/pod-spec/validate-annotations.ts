/** Validation of the annotations of pods that mean something to Kubernetes, and of those that fields replaced. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue } from '#apimachinery/field-error.ts'
import type { AppArmorProfile, PodSpec, SeccompProfile, Toleration } from '#api/gen/core/v1.ts'
import { descendingPath } from '../../../checks.ts'
import { containersWithPaths } from './containers-with-paths.ts'
import type { Tolerates } from './tolerance.ts'
import { validateTolerations } from './validate-tolerations.ts'

type Annotations = Readonly<Record<string, string>>

export const mirrorAnnotation = 'kubernetes.io/config.mirror'
const tolerationsAnnotation = 'scheduler.alpha.kubernetes.io/tolerations'
const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost'
const seccompAnnotation = 'seccomp.security.alpha.kubernetes.io/pod'
const seccompPrefix = 'container.seccomp.security.alpha.kubernetes.io/'
export const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/'

export function validatePodAnnotations(annotations: Annotations | undefined, spec: PodSpec, at: FieldPath, tolerates: Tolerates): FieldError[] {
  const given = annotations ?? {}
  const errors: FieldError[] = []
  const mirror = given[mirrorAnnotation]
  if (mirror !== undefined && !spec.nodeName)
    errors.push(invalidValue(at.key(mirrorAnnotation), mirror, 'must set spec.nodeName if mirror pod annotation is set'))
  if (given[tolerationsAnnotation]) errors.push(...validateTolerationsText(given[tolerationsAnnotation], at))
  const cost = tolerates('deletionCost') ? [] : validateDeletionCost(given, at)
  return [...errors, ...cost, ...validateSeccomp(given, at), ...validateAppArmor(given, spec, at)]
}

/** How much it costs to lose a pod decides which one goes when a set of them becomes smaller. */
export function validateDeletionCost(annotations: Annotations | undefined, at: FieldPath): FieldError[] {
  const cost = annotations?.[deletionCostAnnotation]
  return cost === undefined || isInt32(cost) ? [] : [invalidValue(at.key(deletionCostAnnotation), cost, 'must be a 32bit integer')]
}

function validateTolerationsText(text: string, at: FieldPath): FieldError[] {
  try {
    const tolerations = JSON.parse(text) as Toleration[]
    if (!Array.isArray(tolerations)) throw new Error('json: cannot unmarshal value of type []v1.Toleration')
    return validateTolerations(tolerations, at.child(tolerationsAnnotation))
  } catch (error) {
    return [invalidValue(at, tolerationsAnnotation, error instanceof Error ? error.message : String(error))]
  }
}

/** As Go reads it: no plus sign, no leading zeros. */
function isInt32(text: string): boolean {
  return /^(0|-?[1-9][0-9]*)$/.test(text) && Number(text) >= -(2 ** 31) && Number(text) < 2 ** 31
}

function validateSeccomp(annotations: Annotations, at: FieldPath): FieldError[] {
  const [forPod, forContainers] = [annotations[seccompAnnotation], Object.keys(annotations).filter((key) => key.startsWith(seccompPrefix))]
  return [
    ...(forPod === undefined ? [] : validateSeccompText(forPod, at.child(seccompAnnotation))),
    ...forContainers.flatMap((key) => validateSeccompText(annotations[key]!, at.child(key))),
  ]
}

function validateSeccompText(profile: string, at: FieldPath): FieldError[] {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return []
  if (profile.startsWith('localhost/')) return descendingPath(at, profile.slice('localhost/'.length))
  return [invalidValue(at, profile, 'must be a valid seccomp profile')]
}

function validateAppArmor(annotations: Annotations, spec: PodSpec, at: FieldPath): FieldError[] {
  const names = new Set(containersWithPaths(spec, at).map(({ container }) => container.name))
  return Object.keys(annotations)
    .filter((key) => key.startsWith(appArmorPrefix))
    .flatMap((key) => {
      const [name, profile] = [key.slice(appArmorPrefix.length), annotations[key]!]
      const isKnown = ['', 'runtime/default', 'unconfined'].includes(profile) || profile.startsWith('localhost/')
      return [
        ...(names.has(name) ? [] : [invalidValue(at.key(key), name, 'container not found')]),
        ...(isKnown ? [] : [invalidValue(at.key(key), profile, `invalid AppArmor profile name: ${JSON.stringify(profile)}`)]),
      ]
    })
}

/** Where annotation and field are both given they must say the same. Upstream asks it of new pods and of templates. */
export function validateAnnotationsMatchFields(annotations: Annotations | undefined, spec: PodSpec, at: FieldPath): FieldError[] {
  const given = annotations ?? {}
  const all = containersWithPaths(spec, at)
  const ofPod = spec.securityContext
  const errors = matching(given[seccompAnnotation], ofPod?.seccompProfile, 'seccomp', at.child('securityContext', 'seccompProfile'))
  for (const { container, at: here } of all)
    errors.push(
      ...matching(given[seccompPrefix + container.name], container.securityContext?.seccompProfile, 'seccomp', here.child('securityContext', 'seccompProfile')),
    )
  if (spec.os?.name === 'windows') return errors
  for (const { container, at: here } of all) {
    const profile = container.securityContext?.appArmorProfile ?? ofPod?.appArmorProfile
    errors.push(...matching(given[appArmorPrefix + container.name], profile, 'apparmor', here.child('securityContext', 'appArmorProfile')))
  }
  return errors
}

const runtimeDefaults = { seccomp: ['runtime/default', 'docker/default'], apparmor: ['runtime/default'] }

function matching(text: string | undefined, profile: SeccompProfile | AppArmorProfile | undefined, what: 'seccomp' | 'apparmor', at: FieldPath): FieldError[] {
  if (text === undefined || !profile) return []
  const otherType = [forbiddenField(at.child('type'), `${what} type in annotation and field must match`)]
  if (profile.type === 'Unconfined') return text === 'unconfined' ? [] : otherType
  if (profile.type === 'RuntimeDefault') return runtimeDefaults[what].includes(text) ? [] : otherType
  if (profile.type !== 'Localhost') return []
  if (!text.startsWith('localhost/')) return otherType
  if (text.slice('localhost/'.length) === profile.localhostProfile) return []
  return [forbiddenField(at.child('localhostProfile'), `${what} profile in annotation and field must match`)]
}
