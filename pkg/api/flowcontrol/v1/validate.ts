/** Validation of flow schemas and priority levels. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { nameIsDnsSubdomain } from '#apimachinery/names.ts'
import type { FlowSchema, LimitedPriorityLevelConfiguration, PriorityLevelConfiguration } from '#api/gen/flowcontrol/v1.ts'
import { complaints, oneOf } from '../../checks.ts'

const at = path('spec')
const highestPrecedence = 10000
const maxQueues = 10_000_000

export function validateFlowSchema({ metadata, spec }: FlowSchema): FieldError[] {
  const errors: FieldError[] = []
  const precedence = spec.matchingPrecedence ?? 0
  if (precedence <= 0 || precedence > highestPrecedence)
    errors.push(invalidValue(at.child('matchingPrecedence'), precedence, `must be greater than 0 and less than or equal to ${highestPrecedence}`))
  if (precedence === 1 && metadata.name !== 'exempt')
    errors.push(invalidValue(at.child('matchingPrecedence'), precedence, "only the schema named 'exempt' may have matchingPrecedence 1"))
  if (spec.distinguisherMethod) errors.push(...oneOf(at.child('distinguisherMethod', 'type'), spec.distinguisherMethod.type, ['ByNamespace', 'ByUser']))
  const level = spec.priorityLevelConfiguration?.name
  const levelAt = at.child('priorityLevelConfiguration', 'name')
  errors.push(...(level ? complaints(levelAt, level, nameIsDnsSubdomain(level, false)) : [required(levelAt, 'must reference a priority level')]))
  for (const [position, { subjects, resourceRules, nonResourceRules }] of (spec.rules ?? []).entries()) {
    const here = at.child('rules').index(position)
    if ((subjects ?? []).length === 0) errors.push(required(here.child('subjects'), 'subjects must contain at least one value'))
    if ((resourceRules ?? []).length + (nonResourceRules ?? []).length === 0)
      errors.push(required(here, 'at least one of resourceRules and nonResourceRules has to be non-empty'))
  }
  return errors
}

export function validatePriorityLevel({ spec: { type, limited, exempt } }: PriorityLevelConfiguration): FieldError[] {
  const errors = oneOf(at.child('type'), type, ['Exempt', 'Limited'])
  if (type === 'Exempt' && limited) errors.push(forbiddenField(at.child('limited'), 'must be nil if the type is not Limited'))
  if (type === 'Limited' && exempt) errors.push(forbiddenField(at.child('exempt'), 'must be nil if the type is Limited'))
  if (type === 'Limited')
    errors.push(...(limited ? validateLimited(limited, at.child('limited')) : [required(at.child('limited'), 'must not be empty when type is Limited')]))
  return errors
}

function validateLimited(
  { nominalConcurrencyShares: shares = 0, lendablePercent, borrowingLimitPercent, limitResponse }: LimitedPriorityLevelConfiguration,
  at: FieldPath,
): FieldError[] {
  const errors: FieldError[] = []
  if (shares < 0) errors.push(invalidValue(at.child('nominalConcurrencyShares'), shares, 'must be a non-negative integer'))
  if (lendablePercent !== undefined && (lendablePercent < 0 || lendablePercent > 100))
    errors.push(invalidValue(at.child('lendablePercent'), lendablePercent, 'must be between 0 and 100, inclusive'))
  if (borrowingLimitPercent !== undefined && borrowingLimitPercent < 0)
    errors.push(invalidValue(at.child('borrowingLimitPercent'), borrowingLimitPercent, 'if specified, must be a non-negative integer'))
  const here = at.child('limitResponse')
  const { type, queuing } = limitResponse ?? {}
  errors.push(...oneOf(here.child('type'), type, ['Queue', 'Reject']))
  if (type === 'Reject' && queuing) errors.push(forbiddenField(here.child('queuing'), 'must be nil if limited.limitResponse.type is not Limited'))
  if (type !== 'Queue') return errors
  if (!queuing) return [...errors, required(here.child('queuing'), 'must not be empty if limited.limitResponse.type is Limited')]
  if (queuing.queueLengthLimit <= 0) errors.push(invalidValue(here.child('queuing', 'queueLengthLimit'), queuing.queueLengthLimit, 'must be positive'))
  if (queuing.queues <= 0) errors.push(invalidValue(here.child('queuing', 'queues'), queuing.queues, 'must be positive'))
  else if (queuing.queues > maxQueues) errors.push(invalidValue(here.child('queuing', 'queues'), queuing.queues, `must not be greater than ${maxQueues}`))
  if (queuing.handSize <= 0) errors.push(invalidValue(here.child('queuing', 'handSize'), queuing.handSize, 'must be positive'))
  else if (queuing.handSize > queuing.queues)
    errors.push(invalidValue(here.child('queuing', 'handSize'), queuing.handSize, `should not be greater than queues (${queuing.queues})`))
  return errors
}
