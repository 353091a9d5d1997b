/** PodSecurityConfiguration (pod-security.admission.config.k8s.io): what holds for namespaces whose labels say nothing, and who is exempt. */
import { aggregateText, duplicate, type FieldError, type FieldPath, fieldErrorText, invalidValue, path } from '#apimachinery/field-error.ts'
import { isDns1123Label, isDns1123Subdomain } from '#apimachinery/names.ts'
import type { ConfigurationKinds } from '../../configuration/decode.ts'
import { list, string, typeMeta, typesOf } from '../../configuration/schemas.ts'
import { allPrivileged, type Level, levels, type Policy, versionForm } from './policy.ts'

export interface PodSecurityConfiguration {
  readonly defaults: Policy
  readonly exemptions: {
    readonly usernames: readonly string[]
    readonly namespaces: readonly string[]
    readonly runtimeClasses: readonly string[]
  }
}

interface Given {
  readonly defaults?: Readonly<Record<string, string>>
  readonly exemptions?: Partial<PodSecurityConfiguration['exemptions']>
}

const group = 'pod-security.admission.config.k8s.io'
const modes = ['enforce', 'audit', 'warn'] as const

export const podSecurityKinds: ConfigurationKinds = Object.fromEntries(
  ['v1', 'v1beta1', 'v1alpha1'].map((version) => {
    const type = typesOf(version)
    const defaults = type('PodSecurityDefaults', Object.fromEntries(modes.flatMap((mode) => [mode, `${mode}-version`]).map((name) => [name, string])))
    const exemptions = type('PodSecurityExemptions', { usernames: list(string), namespaces: list(string), runtimeClasses: list(string) })
    return [`${group}/${version}, PodSecurityConfiguration`, type('PodSecurityConfiguration', { ...typeMeta, defaults, exemptions })]
  }),
)

export const defaultPodSecurity: PodSecurityConfiguration = {
  defaults: allPrivileged,
  exemptions: { usernames: [], namespaces: [], runtimeClasses: [] },
}

/** From the file's form. Throws an Error in upstream's words. */
export function validatePodSecurity(given: Given | PodSecurityConfiguration): PodSecurityConfiguration {
  if (given === defaultPodSecurity) return defaultPodSecurity
  const { defaults = {}, exemptions = {} } = given as Given
  const wrong = modes.flatMap((mode) => {
    const [level, version] = [defaults[mode] ?? 'privileged', defaults[`${mode}-version`] ?? 'latest']
    return [
      ...((levels as readonly string[]).includes(level) ? [] : [`${mode}: must be one of ${levels.join(', ')}`]),
      ...(version === 'latest' || versionForm.test(version) ? [] : [`${mode}-version: must be "latest" or "v1.x"`]),
    ]
  })
  if (wrong.length > 0) throw new Error(`PodSecurity configuration error: ${aggregateText(wrong)}`)
  const { usernames = [], namespaces = [], runtimeClasses = [] } = exemptions
  const at = path('exemptions')
  const errors = [
    ...namesErrors(namespaces, at.child('namespaces'), isDns1123Label),
    ...namesErrors(runtimeClasses, at.child('runtimeClasses'), isDns1123Subdomain),
    ...namesErrors(usernames, at.child('usernames'), (name) => (name === '' ? ['username must not be empty'] : [])),
  ]
  if (errors.length > 0) throw new Error(`PodSecurity invalid: ${aggregateText(errors.map(fieldErrorText))}`)
  const of = (mode: (typeof modes)[number]) => ({ level: (defaults[mode] ?? 'privileged') as Level, version: defaults[`${mode}-version`] ?? 'latest' })
  return { defaults: { enforce: of('enforce'), audit: of('audit'), warn: of('warn') }, exemptions: { usernames, namespaces, runtimeClasses } }
}

function namesErrors(names: readonly string[], at: FieldPath, check: (name: string) => string[]): FieldError[] {
  const seen = new Set<string>()
  return names.flatMap((name, index) => {
    const wrong = check(name)
    if (wrong.length > 0) return [invalidValue(at.index(index), name, wrong.join(', '))]
    if (seen.has(name)) return [duplicate(at.index(index), name)]
    seen.add(name)
    return []
  })
}
