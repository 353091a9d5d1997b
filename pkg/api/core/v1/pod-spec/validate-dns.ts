/** Validation of DNS policy, DNS configuration and host aliases. */
import { type FieldError, type FieldPath, invalidValue, required } from '#apimachinery/field-error.ts'
import { isDns1123Subdomain, isDns1123SubdomainWithUnderscore } from '#apimachinery/names.ts'
import type { HostAlias, PodSpec } from '#api/gen/core/v1.ts'
import { complaints, legacyIp } from '../../../checks.ts'

export const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']
const maxNameservers = 3
const maxSearches = 32
const maxSearchesLength = 2048

export function validateDnsConfig({ dnsPolicy, dnsConfig }: PodSpec, at: FieldPath): FieldError[] {
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {}
  if (dnsPolicy === 'None') {
    if (!dnsConfig) return [required(at, 'must provide `dnsConfig` when `dnsPolicy` is None')]
    if (nameservers.length === 0) return [required(at.child('nameservers'), 'must provide at least one DNS nameserver when `dnsPolicy` is None')]
  }
  const errors: FieldError[] = []
  if (nameservers.length > maxNameservers)
    errors.push(invalidValue(at.child('nameservers'), nameservers, `must not have more than ${maxNameservers} nameservers`))
  for (const [position, server] of nameservers.entries()) errors.push(...legacyIp(at.child('nameservers').index(position), server))
  if (searches.length > maxSearches) errors.push(invalidValue(at.child('searches'), searches, `must not have more than ${maxSearches} search paths`))
  if (searches.join(' ').length > maxSearchesLength)
    errors.push(invalidValue(at.child('searches'), searches, `must not have more than ${maxSearchesLength} characters (including spaces) in the search list`))
  for (const [position, search] of searches.entries()) {
    const name = search.replace(/\.$/, '')
    if (search !== '.') errors.push(...complaints(at.child('searches').index(position), name, isDns1123SubdomainWithUnderscore(name)))
  }
  for (const [position, { name }] of options.entries()) if (!name) errors.push(required(at.child('options').index(position), 'must not be empty'))
  return errors
}

export function validateHostAliases(aliases: readonly HostAlias[] | undefined, at: FieldPath): FieldError[] {
  return (aliases ?? []).flatMap(({ ip = '', hostnames }, position) => {
    const here = at.index(position)
    return [
      ...legacyIp(here.child('ip'), ip),
      ...(hostnames ?? []).flatMap((name, index) => complaints(here.child('hostnames').index(index), name, isDns1123Subdomain(name))),
    ]
  })
}
