/** What is said of addresses that are taken for old times' sake (k8s.io/apimachinery/pkg/util/validation/ip.go, KEP-4858). */
import type { FieldPath } from '#apimachinery/field-error.ts'
import { canonicalIpv6, isIpv4Address, isIpv6Address, numberToIp, parseCidr, parseIpSloppy } from '#apimachinery/ip.ts'

export function ipWarnings(at: FieldPath, value: string): string[] {
  const ip = parseIpSloppy(value)
  if (ip === undefined) return []
  const isMapped = isIpv6Address(value) && !ip.includes(':')
  if (isMapped || (!isIpv4Address(value) && !isIpv6Address(value)))
    return [`${at}: non-standard IP address ${JSON.stringify(value)} is invalid: use ${JSON.stringify(ip)}`]
  if (!isIpv6Address(value) || canonicalIpv6(value) === value) return []
  return [`${at}: IPv6 address ${JSON.stringify(value)} should be in RFC 5952 canonical format (${JSON.stringify(ip)})`]
}

export function cidrWarnings(at: FieldPath, value: string): string[] {
  const cidr = parseCidr(value)
  if (cidr === undefined) return []
  const [text, length = ''] = value.split('/')
  const network = `${numberToIp(cidr.network, cidr.family)}/${cidr.prefixLength}`
  const warnings: string[] = []
  if (cidr.network !== cidr.address) {
    const single = `${numberToIp(cidr.address, cidr.family)}/${cidr.family === 4 ? 32 : 128}`
    const which = `${JSON.stringify(network)} or ${JSON.stringify(single)}`
    warnings.push(`${at}: CIDR value ${JSON.stringify(value)} is ambiguous in this context (should be ${which}?)`)
  }
  const isStandard = (isIpv4Address(text ?? '') || isIpv6Address(text ?? '')) && !(length.length > 1 && length.startsWith('0'))
  if (!isStandard) warnings.push(`${at}: non-standard CIDR value ${JSON.stringify(value)} is invalid: use ${JSON.stringify(network)}`)
  if (warnings.length > 0 || cidr.family === 4 || network === value) return warnings
  return [`${at}: IPv6 CIDR value ${JSON.stringify(value)} should be in RFC 5952 canonical format (${JSON.stringify(network)})`]
}
