/** Validation of DNS policy, DNS configuration and host aliases. */
import { type FieldError, type FieldPath, invalidValue, required } from '#apimachinery/field-error.ts'
import { isValidIp } from '#apimachinery/ip.ts'
import { isDns1123Subdomain } from '#apimachinery/names.ts'
import type { HostAlias, PodSpec } from '#api/gen/core/v1.ts'
import { complaints, requiredOneOf } from '../../../checks.ts'

const policies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']
const maxNameservers = 3
const maxSearches = 32
const maxSearchesLength = 2048

export function validateDns({ dnsPolicy, dnsConfig }: PodSpec, at: FieldPath): FieldError[] {
  const errors = requiredOneOf(at.child('dnsPolicy'), dnsPolicy, policies)
  const here = at.child('dnsConfig')
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {}
  if (dnsPolicy === 'None') {
    if (!dnsConfig) return [...errors, required(here, 'must provide `dnsConfig` when `dnsPolicy` is None')]
    if (nameservers.length === 0) return [...errors, required(here.child('nameservers'), 'must provide at least one DNS nameserver when `dnsPolicy` is None')]
  }
  if (nameservers.length > maxNameservers)
    errors.push(invalidValue(here.child('nameservers'), nameservers, `must not have more than ${maxNameservers} nameservers`))
  for (const [position, server] of nameservers.entries()) errors.push(...complaints(here.child('nameservers').index(position), server, isValidIp(server)))
  if (searches.length > maxSearches) errors.push(invalidValue(here.child('searches'), searches, `must not have more than ${maxSearches} search paths`))
  if (searches.join(' ').length > maxSearchesLength)
    errors.push(invalidValue(here.child('searches'), searches, `must not have more than ${maxSearchesLength} characters (including spaces) in the search list`))
  for (const [position, search] of searches.entries()) {
    const name = search === '.' ? '' : search.replace(/\.$/, '').replaceAll('_', 'x')
    if (name) errors.push(...complaints(here.child('searches').index(position), search, isDns1123Subdomain(name)))
  }
  for (const [position, { name }] of options.entries()) if (!name) errors.push(required(here.child('options').index(position), 'must not be empty'))
  return errors
}

export function validateHostAliases(aliases: readonly HostAlias[] | undefined, at: FieldPath): FieldError[] {
  return (aliases ?? []).flatMap(({ ip, hostnames }, position) => {
    const here = at.index(position)
    return [
      ...complaints(here.child('ip'), ip ?? '', isValidIp(ip ?? '')),
      ...(hostnames ?? []).flatMap((name) => complaints(here.child('hostnames'), name, isDns1123Subdomain(name))),
    ]
  })
}
