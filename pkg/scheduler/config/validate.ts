/** What upstream says of a configuration as a whole (ValidateKubeSchedulerConfiguration). */
import { isExtended } from '#api/core/v1/resource-names.ts'
import { duplicate, type FieldError, type FieldPath, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { durationMs } from '#apimachinery/go-duration.ts'
import { isQualifiedName } from '#apimachinery/names.ts'
import type { PluginRef, ProfileConfiguration, SchedulerConfiguration } from './types.ts'
import { validators } from './validate-args.ts'

export function validateConfiguration(config: SchedulerConfiguration): FieldError[] {
  const { parallelism = 16, profiles = [{}], podInitialBackoffSeconds: initial = 1, podMaxBackoffSeconds: max = 10 } = config
  const errors: FieldError[] = []
  const { leaderElect = true, resourceLock = 'leases', leaseDuration = '15s', renewDeadline = '10s' } = config.leaderElection ?? {}
  if (leaderElect && durationMs(leaseDuration) <= durationMs(renewDeadline))
    errors.push(invalidValue(path('leaderElection', 'leaseDuration'), renewDeadline, 'must be greater than `RenewDeadline`'))
  if (leaderElect && resourceLock !== 'leases')
    errors.push(invalidValue(path('leaderElection', 'resourceLock'), resourceLock, 'resourceLock value must be "leases"'))
  if (parallelism <= 0) errors.push(invalidValue(path('parallelism'), parallelism, 'should be an integer value greater than zero'))
  errors.push(...validateProfiles(profiles))
  errors.push(...percentage(config.percentageOfNodesToScore, path('percentageOfNodesToScore')))
  if (initial <= 0) errors.push(invalidValue(path('podInitialBackoffSeconds'), initial, 'must be greater than 0'))
  if (max < initial) errors.push(invalidValue(path('podMaxBackoffSeconds'), max, 'must be greater than or equal to PodInitialBackoffSeconds'))
  return [...errors, ...validateExtenders(config.extenders ?? [])]
}

function percentage(value: number | undefined, at: FieldPath): FieldError[] {
  return value !== undefined && (value < 0 || value > 100) ? [invalidValue(at, value, 'not in valid range [0-100]')] : []
}

function validateProfiles(profiles: readonly ProfileConfiguration[]): FieldError[] {
  const seen = new Set<string>()
  return profiles.flatMap((profile, index) => {
    const at = path('profiles').index(index)
    // Only one that is alone has a name without being given one.
    const name = profile.schedulerName ?? (profiles.length > 1 ? '' : 'default-scheduler')
    const nameless = name === '' ? [required(at.child('schedulerName'), '')] : []
    const errors = [...nameless, ...percentage(profile.percentageOfNodesToScore, at.child('percentageOfNodesToScore')), ...validateArguments(profile, at)]
    // Upstream means to print the first one's path here, and prints an empty object.
    if (seen.has(name)) errors.push(duplicate(at.child('schedulerName'), {}))
    seen.add(name)
    if (JSON.stringify(queueSort(profile)) !== JSON.stringify(queueSort(profiles[0]!)))
      errors.push(invalidValue(at.child('plugins', 'queueSort'), queueSort(profile), 'must be the same for all profiles'))
    return errors
  })
}

/** As Go prints it. */
function queueSort({ plugins = {} }: ProfileConfiguration): object {
  const { enabled, disabled } = plugins.queueSort ?? {}
  const list = (of: readonly PluginRef[] | undefined) => of?.map(({ name, weight = 0 }) => ({ Name: name, Weight: weight })) ?? null
  return { Enabled: list(enabled), Disabled: list(disabled) }
}

function validateArguments({ pluginConfig = [] }: ProfileConfiguration, at: FieldPath): FieldError[] {
  const seen = new Set<string>()
  return pluginConfig.flatMap(({ name, args }, index) => {
    const here = at.child('pluginConfig').index(index)
    const errors = seen.has(name) ? [duplicate(here, name)] : []
    seen.add(name)
    return [...errors, ...(validators[name]?.(args ?? {}, here.child('args')) ?? [])]
  })
}

function validateExtenders(extenders: readonly any[]): FieldError[] {
  const errors: FieldError[] = []
  const managed = new Set<string>()
  let binders = 0
  extenders.forEach(({ prioritizeVerb, weight = 0, bindVerb, managedResources = [] }, index) => {
    const at = path('extenders').index(index)
    if (prioritizeVerb && weight <= 0) errors.push(invalidValue(at.child('weight'), weight, 'must have a positive weight applied to it'))
    if (bindVerb) binders++
    managedResources.forEach(({ name }: any, each: number) => {
      const here = at.child('managedResources').index(each).child('name')
      errors.push(...resourceName(name, here))
      if (managed.has(name)) errors.push(invalidValue(here, name, 'duplicate extender managed resource name'))
      managed.add(name)
    })
  })
  if (binders > 1) errors.push(invalidValue(path('extenders'), `found ${binders} extenders implementing bind`, 'only one extender can implement bind'))
  return errors
}

function resourceName(name: string, at: FieldPath): FieldError[] {
  const malformed = isQualifiedName(name).map((message) => invalidValue(at, name, message))
  return malformed.length > 0 || isExtended(name) ? malformed : [invalidValue(at, name, 'is an invalid extended resource name')]
}
