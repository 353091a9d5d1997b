/** The parts of a KubeletConfiguration that are documents of other packages: logging, tracing, taints, images of an allow list. */
import { isQualifiedName, isValidLabelValue } from '#apimachinery/names.ts'
import { bareName, referenceError } from '../images/reference.ts'
import type { CompleteConfiguration } from './defaults.ts'
import type { ConfiguredTaint } from './fields.ts'

const quote = (text: string): string => JSON.stringify(text)
const effects = ['', 'NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** As Go prints the struct. */
export function taintErrors({ registerWithTaints = [] }: CompleteConfiguration): string[] {
  return registerWithTaints.flatMap(({ key = '', value = '', effect = '' }: Partial<Record<keyof ConfiguredTaint, string>>) => {
    const isValid = isQualifiedName(key).length === 0 && (value === '' || isValidLabelValue(value).length === 0) && effects.includes(effect)
    return isValid ? [] : [`invalid taint: {${key} ${value} ${effect} <nil>}`]
  })
}

/** component-base's logs/api/v1. */
export function loggingErrors({ logging = {} }: CompleteConfiguration): string[] {
  const { format = 'text', vmodule = [] } = logging as { format?: string; vmodule?: readonly { filePattern?: string }[] }
  const errors: string[] = []
  if (!['', 'text', 'json'].includes(format)) errors.push(`logging.format: Invalid value: ${quote(format)}: Unsupported log format`)
  if (format === 'json' && vmodule.length > 0) errors.push('logging.vmodule: Forbidden: Only supported for text log format')
  vmodule.forEach(({ filePattern = '' }, index) => {
    const at = `logging.vmodule[${index}]`
    if (filePattern === '') errors.push(`${at}: Required value: File pattern must not be empty`)
    else if (/[=,]/.test(filePattern)) errors.push(`${at}: Invalid value: ${quote(filePattern)}: File pattern must not contain equal sign or comma`)
  })
  return errors
}

/** component-base's tracing/api/v1. */
export function tracingErrors({ tracing }: CompleteConfiguration): string[] {
  const rate = (tracing as { samplingRatePerMillion?: number } | undefined)?.samplingRatePerMillion ?? 0
  const at = `tracing.samplingRatePerMillion: Invalid value: ${rate}:`
  if (rate < 0) return [`${at} sampling rate must be positive`]
  return rate > 1_000_000 ? [`${at} sampling rate per million must be less than or equal to one million`] : []
}

const listField = 'preloadedImagesVerificationAllowlist'

export function allowListErrors(c: CompleteConfiguration): string | undefined {
  const patterns = c.preloadedImagesVerificationAllowlist ?? []
  if (patterns.length > 0 && c.imagePullCredentialsVerificationPolicy !== 'NeverVerifyAllowlistedImages') {
    return `can't set \`${listField}\` if \`imagePullCredentialsVertificationPolicy\` is not "NeverVerifyAllowlistedImages"`
  }
  const why = patterns.map(patternError).find((each) => each !== undefined)
  return why === undefined ? undefined : `invalid image pattern in \`${listField}\`: ${why}`
}

function patternError(pattern: string): string | undefined {
  if (pattern !== pattern.trim()) return `leading/trailing spaces are not allowed: ${pattern}`
  const isWildcard = pattern.endsWith('/*')
  const prefix = isWildcard ? pattern.slice(0, -1) : pattern
  if (prefix === '') return `the supplied pattern is too short: ${pattern}`
  if (prefix.includes('*')) return `not a valid wildcard pattern, only patterns ending with '/*' are allowed: ${pattern}`
  if (isWildcard) return prefix.length === 1 ? 'at least registry hostname is required' : undefined
  const name = bareName(pattern)
  if (name === undefined) return `failed to parse as an image name: ${referenceError(pattern)}`
  return name === pattern ? undefined : `neither tag nor digest is accepted in an image reference: ${pattern}`
}
