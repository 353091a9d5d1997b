/** Validation of what a single container's restarts follow instead of the pod's policy (KEP-753, KEP-5307, KEP-5532). */
import { type FieldError, type FieldPath, notSupported, required, tooMany } from '#apimachinery/field-error.ts'
import type { Container, ContainerRestartRule } from '#api/gen/core/v1.ts'
import { oneOf } from '../../../checks.ts'

const policies = ['Always', 'Never', 'OnFailure']
const actions = ['Restart', 'RestartAllContainers']
const maxRules = 20
const maxExitCodes = 255

export function validateRestart({ restartPolicy, restartPolicyRules: rules = [] }: Container, at: FieldPath): FieldError[] {
  const rulesAt = at.child('restartPolicyRules')
  const errors = restartPolicy === undefined ? [] : oneOf(at.child('restartPolicy'), restartPolicy, policies)
  if (rules.length === 0) return errors
  if (restartPolicy === undefined) errors.push(required(at.child('restartPolicy'), 'must specify restartPolicy when restart rules are used'))
  if (rules.length > maxRules) errors.push(tooMany(rulesAt, rules.length, maxRules))
  return [...errors, ...rules.flatMap((rule, position) => validateRule(rule, rulesAt.index(position)))]
}

function validateRule({ action, exitCodes }: ContainerRestartRule, at: FieldPath): FieldError[] {
  const here = at.child('exitCodes')
  const errors: FieldError[] = actions.includes(action ?? '') ? [] : [notSupported(at.child('action'), action ?? '', actions)]
  if (!exitCodes) return [...errors, required(here, 'must be specified')]
  const { operator, values = [] } = exitCodes
  errors.push(...oneOf(here.child('operator'), operator, ['In', 'NotIn']))
  if (values.length > maxExitCodes) errors.push(tooMany(here.child('values'), values.length, maxExitCodes))
  return errors
}
