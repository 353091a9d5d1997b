/** Claims as Go's decoder reads them into what is wanted; what does not fit is told in its words. */
import { jsonKind } from '#apimachinery/codec/errors.ts'

export type Claims = Record<string, unknown>

const cannot = (value: unknown, type: string): Error => new Error(`json: cannot unmarshal ${jsonKind(value)} into Go value of type ${type}`)

const texts = ['iss', 'sub', 'nonce', 'at_hash']

/** What every token of an issuer has in its own form; throws in Go's words. */
export function readClaims(text: string): Claims {
  const claims = JSON.parse(text) as Claims
  const wrong = texts.find((name) => ![undefined, null].includes(claims[name] as never) && typeof claims[name] !== 'string')
  if (wrong) throw new Error(`json: cannot unmarshal ${jsonKind(claims[wrong])} into Go struct field idToken.${wrong} of type string`)
  if (['exp', 'iat'].some((name) => claims[name] === null)) throw new Error('strconv.ParseFloat: parsing "": invalid syntax')
  return claims
}

/** A claim that another server tells must say which. */
export function checkSources({ _claim_names: names = {}, _claim_sources: sources = {} }: Claims): void {
  for (const source of Object.values(names as object) as string[]) {
    if (source === '') throw new Error('oidc: failed to obtain source from claim name')
    if (!Object.hasOwn(sources as object, source)) throw new Error('oidc: source does not exist')
  }
}

/** A null is as good as nothing. */
export function claimText(value: unknown): string {
  if (value === null) return ''
  if (typeof value !== 'string') throw cannot(value, 'string')
  return value
}

export function claimFlag(value: unknown): boolean {
  if (value === null) return false
  if (typeof value !== 'boolean') throw cannot(value, 'bool')
  return value
}

/** A string stands for a list of itself. */
export function claimTexts(value: unknown): string[] {
  if (value === null) return []
  if (Array.isArray(value) && value.every((each) => typeof each === 'string' || each === null)) return value.map((each) => each ?? '')
  return [claimText(value)]
}
