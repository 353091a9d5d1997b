/** Validation of deployments. */
import { LabelSelectorSchema } from '#apimachinery/gen/meta-v1.ts'
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { type Deployment, type DeploymentStrategy, DeploymentStrategySchema } from '#api/gen/apps/v1.ts'
import { immutable, isZeroIntOrPercent, nonNegative, nonNegativeIntOrPercent, percentAtMost100 } from '../../checks.ts'
import { internalForm } from '../../internal-form.ts'
import {
  atMostReplicas,
  collisionsNotFewer,
  noMoreReadyThanAvailable,
  nonNegatives,
  specAt,
  validateSelector,
  validateTemplateFor,
} from './validate-template.ts'

export function validateDeployment(object: Deployment): FieldError[] {
  return validateWith(object)
}

function validateWith({ spec }: Deployment, old?: Deployment): FieldError[] {
  const errors = [
    ...nonNegative(specAt.child('replicas'), spec.replicas),
    ...validateSelector(spec, 'deployment'),
    ...validateTemplateFor(spec, 'ReplicaSet', 'invalid label selector', old?.spec),
    ...validateStrategy(spec.strategy, specAt.child('strategy')),
    ...nonNegatives(spec, specAt, ['minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds']),
  ]
  const deadline = spec.progressDeadlineSeconds
  if (deadline !== undefined && deadline <= (spec.minReadySeconds ?? 0))
    errors.push(invalidValue(specAt.child('progressDeadlineSeconds'), deadline, 'must be greater than minReadySeconds'))
  return errors
}

function validateStrategy({ type, rollingUpdate }: DeploymentStrategy, at: FieldPath): FieldError[] {
  const here = at.child('rollingUpdate')
  if (type === 'Recreate') return rollingUpdate ? [forbiddenField(here, "may not be specified when strategy `type` is 'Recreate'")] : []
  if (type !== 'RollingUpdate') return [notSupported(at, internalForm(DeploymentStrategySchema, { type, rollingUpdate }), ['Recreate', 'RollingUpdate'])]
  if (!rollingUpdate) return [required(here, 'this should be defaulted and never be nil')]
  const { maxUnavailable, maxSurge } = rollingUpdate
  const errors = [...nonNegativeIntOrPercent(here.child('maxUnavailable'), maxUnavailable), ...nonNegativeIntOrPercent(here.child('maxSurge'), maxSurge)]
  if (isZeroIntOrPercent(maxUnavailable) && isZeroIntOrPercent(maxSurge))
    errors.push(invalidValue(here.child('maxUnavailable'), maxUnavailable ?? 0, 'may not be 0 when `maxSurge` is 0'))
  return [...errors, ...percentAtMost100(here.child('maxUnavailable'), maxUnavailable)]
}

export function validateDeploymentUpdate(object: Deployment, old: Deployment): FieldError[] {
  return [...validateWith(object, old), ...immutable(specAt.child('selector'), object.spec.selector, old.spec.selector, LabelSelectorSchema)]
}

export function validateDeploymentStatus({ status }: Deployment, old: Deployment): FieldError[] {
  const at = path('status')
  const errors = [
    ...nonNegatives(status, at, [
      'observedGeneration',
      'replicas',
      'updatedReplicas',
      'readyReplicas',
      'availableReplicas',
      'unavailableReplicas',
      'terminatingReplicas',
      'collisionCount',
    ]),
    ...atMostReplicas(status, at, ['updatedReplicas', 'readyReplicas', 'availableReplicas']),
    ...noMoreReadyThanAvailable(status, at),
  ]
  return [...errors, ...collisionsNotFewer(status, old.status)]
}
