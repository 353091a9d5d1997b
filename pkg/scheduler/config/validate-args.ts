/** What upstream says of plugins' arguments (validation_pluginargs.go), after defaults are filled in. */
import type { NodeAffinity } from '#api/gen/core/v1.ts'
import { validateNodeSelectorTerm } from '#api/core/v1/pod-spec/validate-node-selector.ts'
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { durationMs } from '#apimachinery/go-duration.ts'
import { isQualifiedName } from '#apimachinery/names.ts'
import { strategies } from './plugin-args.ts'

type Validate = (args: any, at: FieldPath) => FieldError[]

export const validators: Readonly<Record<string, Validate>> = {
  DefaultPreemption({ minCandidateNodesPercentage: percentage = 10, minCandidateNodesAbsolute: absolute = 100 }, at) {
    const [percentagePath, absolutePath] = [at.child('minCandidateNodesPercentage'), at.child('minCandidateNodesAbsolute')]
    const errors = within(percentage, 0, 100, percentagePath)
    if (absolute < 0) errors.push(invalidValue(absolutePath, absolute, 'not in valid range [0, inf)'))
    if (percentage === 0 && absolute === 0) {
      errors.push(invalidValue(percentagePath, percentage, 'cannot be zero at the same time as minCandidateNodesAbsolute'))
      errors.push(invalidValue(absolutePath, absolute, 'cannot be zero at the same time as minCandidateNodesPercentage'))
    }
    return errors
  },
  InterPodAffinity: ({ hardPodAffinityWeight = 1 }, at) => within(hardPodAffinityWeight, 0, 100, at.child('hardPodAffinityWeight')),
  NodeAffinity: ({ addedAffinity = {} }, at) => validateAffinity(addedAffinity, at.child('addedAffinity')),
  NodeResourcesBalancedAllocation({ resources = [] }, at) {
    const seen = new Set<string>()
    return resources.flatMap(({ name, weight }: any, index: number) => {
      const used = weight || 1
      const here = at.child('resources').index(index)
      const errors = seen.has(name) ? [duplicate(here.child('name'), name)] : []
      seen.add(name)
      return used === 1 ? errors : [...errors, invalidValue(here.child('weight'), used, 'must be 1')]
    })
  },
  PodTopologySpread: validateSpread,
  VolumeBinding({ bindTimeoutSeconds = 600, shape }, at) {
    const errors: FieldError[] = []
    if (bindTimeoutSeconds < 0)
      errors.push(invalidValue(at.child('bindTimeoutSeconds'), bindTimeoutSeconds, 'invalid BindTimeoutSeconds, should not be a negative value'))
    const points = shape?.map(({ utilization = 0, score = 0 }: any) => ({ Utilization: utilization, Score: score }))
    if (shape) errors.push(invalidValue(at.child('shape'), points, 'unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring'))
    return errors
  },
  DynamicResources({ filterTimeout, bindingTimeout }, at) {
    const errors: FieldError[] = []
    if (filterTimeout && durationMs(filterTimeout) < 0) errors.push(invalidValue(at.child('filterTimeout'), filterTimeout, 'must be zero or positive'))
    if (bindingTimeout && durationMs(bindingTimeout) < 1000) errors.push(invalidValue(at.child('bindingTimeout'), bindingTimeout, 'must be at least 1 second'))
    return errors
  },
}

function within(value: number, min: number, max: number, at: FieldPath): FieldError[] {
  return value >= min && value <= max ? [] : [invalidValue(at, value, `not in valid range [${min}, ${max}]`)]
}

function validateAffinity(
  { requiredDuringSchedulingIgnoredDuringExecution: needed, preferredDuringSchedulingIgnoredDuringExecution: wished = [] }: NodeAffinity,
  at: FieldPath,
): FieldError[] {
  // Without terms it is a selector that matches nothing, and no mistake here.
  const terms = at.child('requiredDuringSchedulingIgnoredDuringExecution').child('nodeSelectorTerms')
  const errors = (needed?.nodeSelectorTerms ?? []).flatMap((term, index) => validateNodeSelectorTerm(term, terms.index(index)))
  const list = at.child('preferredDuringSchedulingIgnoredDuringExecution')
  return [...errors, ...wished.flatMap(({ preference }, index) => validateNodeSelectorTerm(preference, list.index(index)))]
}

/** NodeResourcesFit's own, which the plugin says when it is made, without the path to its arguments. */
export function validateFit({ ignoredResources = [], ignoredResourceGroups = [], scoringStrategy = {} }: any): FieldError[] {
  const errors: FieldError[] = ignoredResources.flatMap((name: string, index: number) => labelName(name, path('ignoredResources').index(index)))
  ignoredResourceGroups.forEach((group: string, index: number) => {
    const here = path('ignoredResourceGroups').index(index)
    if (group.includes('/')) errors.push(invalidValue(here, group, "resource group name can't contain '/'"))
    errors.push(...labelName(group, here))
  })
  const strategy = path('scoringStrategy')
  const { type = 'LeastAllocated', resources = [], requestedToCapacityRatio: ratio } = scoringStrategy
  if (!strategies.includes(type)) errors.push(notSupported(strategy.child('type'), type, strategies))
  resources.forEach(({ name, weight }: any, index: number) => {
    const used = weight || 1
    if (used < 0 || used > 100)
      errors.push(invalidValue(strategy.child('resources').index(index).child('weight'), used, `resource weight of ${name} not in valid range (0, 100]`))
  })
  const ratioPath = strategy.child('requestedToCapacityRatio')
  if (type !== 'RequestedToCapacityRatio') {
    if (ratio) errors.push(forbiddenField(ratioPath, 'must be nil when type is not RequestedToCapacityRatio'))
  } else if (!ratio) errors.push(required(ratioPath, 'must be specified when type is RequestedToCapacityRatio'))
  else errors.push(...validateShape(ratio.shape ?? [], ratioPath.child('shape')))
  return errors
}

function validateShape(shape: readonly { utilization: number; score: number }[], at: FieldPath): FieldError[] {
  if (shape.length === 0) return [required(at, 'at least one point must be specified')]
  const unsorted = shape.findIndex(({ utilization }, index) => index > 0 && shape[index - 1]!.utilization >= utilization)
  const errors =
    unsorted < 0 ? [] : [invalidValue(at.index(unsorted).child('utilization'), shape[unsorted]!.utilization, 'values must be sorted in increasing order')]
  for (const [index, { utilization, score }] of shape.entries()) {
    errors.push(...within(utilization, 0, 100, at.index(index).child('utilization')), ...within(score, 0, 10, at.index(index).child('score')))
  }
  return errors
}

function validateSpread({ defaultConstraints = [], defaultingType = 'System' }: any, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const typePath = at.child('defaultingType')
  if (!['System', 'List'].includes(defaultingType)) errors.push(notSupported(typePath, defaultingType, ['System', 'List']))
  else if (defaultingType === 'System' && defaultConstraints.length > 0)
    errors.push(invalidValue(typePath, defaultingType, 'when .defaultConstraints are not empty'))
  const seen = new Set<string>()
  defaultConstraints.forEach(({ maxSkew = 0, topologyKey = '', whenUnsatisfiable = '', labelSelector }: any, index: number) => {
    const here = at.child('defaultConstraints').index(index)
    if (maxSkew <= 0) errors.push(invalidValue(here.child('maxSkew'), maxSkew, 'not in valid range (0, inf)'))
    if (topologyKey === '') errors.push(required(here.child('topologyKey'), 'can not be empty'))
    else errors.push(...labelName(topologyKey, here.child('topologyKey')))
    const unsatisfiable = here.child('whenUnsatisfiable')
    const actions = ['DoNotSchedule', 'ScheduleAnyway']
    if (whenUnsatisfiable === '') errors.push(required(unsatisfiable, 'can not be empty'))
    else if (!actions.includes(whenUnsatisfiable)) errors.push(notSupported(unsatisfiable, whenUnsatisfiable, actions))
    if (labelSelector) errors.push(forbiddenField(here.child('labelSelector'), 'constraint must not define a selector, as they deduced for each pod'))
    const pair = `{${topologyKey}, ${whenUnsatisfiable}}`
    if (seen.has(pair)) errors.push(duplicate(here, pair))
    seen.add(pair)
  })
  return errors
}

function labelName(name: string, at: FieldPath): FieldError[] {
  return isQualifiedName(name).map((message) => invalidValue(at, name, message))
}
