/** Validation of priority levels (pkg/apis/flowcontrol/validation). */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, path, required } from '#apimachinery/field-error.ts'
import {
  type ExemptPriorityLevelConfiguration,
  type LimitedPriorityLevelConfiguration,
  type LimitResponse,
  type PriorityLevelConfiguration,
  PriorityLevelConfigurationSpecSchema,
  type QueuingConfiguration,
} from '#api/gen/flowcontrol/v1.ts'
import { oneOf } from '../../checks.ts'
import { internalForm } from '../../internal-form.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { mandatoryPriorityLevels } from './mandatory.ts'
import { validateConditionTypes } from './validate-flow-schema.ts'

const at = path('spec')
const maxQueues = 10_000_000
/** Bits of the hash that deals a hand of queues. */
const maxHashBits = 60

export function validatePriorityLevel(level: PriorityLevelConfiguration): FieldError[] {
  return [...validateSpec(level), ...validateFixed(level), ...validateConditionTypes(level.status?.conditions)]
}

function validateSpec({ metadata, spec: { type, limited, exempt } }: PriorityLevelConfiguration): FieldError[] {
  const errors: FieldError[] = []
  const [limitedAt, exemptAt] = [at.child('limited'), at.child('exempt')]
  if ((metadata.name === 'exempt') !== (type === 'Exempt'))
    errors.push(invalidValue(at.child('type'), type, "must be 'Exempt' if and only if `name` is 'exempt'"))
  if (type === 'Exempt')
    return [
      ...errors,
      ...(limited ? [forbiddenField(limitedAt, 'must be nil if the type is not Limited')] : []),
      ...(exempt ? validateShares(exempt, exemptAt) : []),
    ]
  if (type !== 'Limited') return [...errors, ...oneOf(at.child('type'), type, ['Exempt', 'Limited'])]
  if (exempt) errors.push(forbiddenField(exemptAt, 'must be nil if the type is Limited'))
  return [...errors, ...(limited ? validateLimited(limited, limitedAt) : [required(limitedAt, 'must not be empty when type is Limited')])]
}

/** Of what every cluster has, only the shares of the exempt level are the administrator's. */
function validateFixed({ metadata: { name }, spec }: PriorityLevelConfiguration): FieldError[] {
  const fixed = mandatoryPriorityLevels.find((each) => each.metadata.name === name)
  if (!fixed) return []
  const withoutShares = ({ exempt: _, ...rest }: PriorityLevelConfiguration['spec']) => rest
  if (name === 'exempt')
    return semanticEqual(withoutShares(spec), withoutShares(fixed.spec))
      ? []
      : [
          invalidValue(
            at,
            internalForm(PriorityLevelConfigurationSpecSchema, spec),
            `spec of '${name}' except the 'spec.exempt' field must equal the fixed value`,
          ),
        ]
  return semanticEqual(spec, fixed.spec)
    ? []
    : [invalidValue(at, internalForm(PriorityLevelConfigurationSpecSchema, spec), `spec of '${name}' must equal the fixed value`)]
}

type Shares = Pick<ExemptPriorityLevelConfiguration, 'nominalConcurrencyShares' | 'lendablePercent'>

function validateShares({ nominalConcurrencyShares: shares, lendablePercent }: Shares, at: FieldPath): FieldError[] {
  return [
    ...notBelowZero(shares, 'must be a non-negative integer', at.child('nominalConcurrencyShares')),
    ...validatePercent(lendablePercent, at.child('lendablePercent')),
  ]
}

function notBelowZero(value: number | null | undefined, why: string, at: FieldPath): FieldError[] {
  return value !== undefined && value !== null && value < 0 ? [invalidValue(at, value, why)] : []
}

function validatePercent(percent: number | undefined, at: FieldPath): FieldError[] {
  return percent !== undefined && (percent < 0 || percent > 100) ? [invalidValue(at, percent, 'must be between 0 and 100, inclusive')] : []
}

function validateLimited(limited: LimitedPriorityLevelConfiguration, at: FieldPath): FieldError[] {
  return [
    ...notBelowZero(limited.nominalConcurrencyShares, 'must be a non-negative integer', at.child('nominalConcurrencyShares')),
    ...validateResponse(limited.limitResponse, at.child('limitResponse')),
    ...validatePercent(limited.lendablePercent, at.child('lendablePercent')),
    ...notBelowZero(limited.borrowingLimitPercent, 'if specified, must be a non-negative integer', at.child('borrowingLimitPercent')),
  ]
}

function validateResponse({ type, queuing }: LimitResponse, at: FieldPath): FieldError[] {
  const here = at.child('queuing')
  if (type === 'Reject') return queuing ? [forbiddenField(here, 'must be nil if limited.limitResponse.type is not Limited')] : []
  if (type !== 'Queue') return oneOf(at.child('type'), type, ['Queue', 'Reject'])
  return queuing ? validateQueuing(queuing, here) : [required(here, 'must not be empty if limited.limitResponse.type is Limited')]
}

function validateQueuing({ queueLengthLimit, queues, handSize }: QueuingConfiguration, at: FieldPath): FieldError[] {
  const errors: FieldError[] = queueLengthLimit <= 0 ? [invalidValue(at.child('queueLengthLimit'), queueLengthLimit, 'must be positive')] : []
  const queuesAt = at.child('queues')
  if (queues <= 0) errors.push(invalidValue(queuesAt, queues, 'must be positive'))
  else if (queues > maxQueues) errors.push(invalidValue(queuesAt, queues, `must not be greater than ${maxQueues}`))
  return [...errors, ...validateHand(handSize, queues, at.child('handSize'))]
}

function validateHand(handSize: number, queues: number, at: FieldPath): FieldError[] {
  if (handSize <= 0) return [invalidValue(at, handSize, 'must be positive')]
  if (handSize > queues) return [invalidValue(at, handSize, `should not be greater than queues (${queues})`)]
  if (entropyBits(queues, handSize) <= maxHashBits) return []
  return [invalidValue(at, handSize, `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${maxHashBits}`)]
}

function entropyBits(queues: number, handSize: number): number {
  let bits = 0
  for (let dealt = 0; dealt < handSize; dealt++) bits += Math.log2(queues - dealt)
  return Math.ceil(bits)
}
