/** tlsMinVersion, tlsCipherSuites and tlsCurvePreferences, by the names and numbers of Go's crypto/tls, as Node.js takes them. */
import type { SecureVersion } from 'node:tls'
import type { CompleteConfiguration } from '../configuration/defaults.ts'

export const tlsVersions: Readonly<Record<string, SecureVersion>> = {
  VersionTLS10: 'TLSv1',
  VersionTLS11: 'TLSv1.1',
  VersionTLS12: 'TLSv1.2',
  VersionTLS13: 'TLSv1.3',
}

/** Of TLS 1.3: these are always on, as Go has it. */
const always = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']

const suites: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: 'ECDHE-ECDSA-AES128-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: 'ECDHE-RSA-AES128-SHA256',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
  TLS_RSA_WITH_AES_128_CBC_SHA256: 'AES128-SHA256',
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA',
  TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA',
}

const curves: Readonly<Record<number, string>> = { 23: 'P-256', 24: 'P-384', 25: 'P-521', 29: 'X25519', 4588: 'X25519MLKEM768' }

export type TlsSettings = Pick<CompleteConfiguration, 'tlsMinVersion' | 'tlsCipherSuites' | 'tlsCurvePreferences'>

/** What no server could be started with, in upstream's words. */
export function tlsErrors({ tlsMinVersion, tlsCipherSuites = [], tlsCurvePreferences = [] }: TlsSettings): string[] {
  return [
    ...(tlsMinVersion && !Object.hasOwn(tlsVersions, tlsMinVersion) ? [`unknown tls version ${JSON.stringify(tlsMinVersion)}`] : []),
    ...tlsCipherSuites
      .filter((name) => !Object.hasOwn(suites, name) && !always.includes(name))
      .map((name) => `Cipher suite ${name} not supported or doesn't exist`),
    ...tlsCurvePreferences.filter((id) => !Object.hasOwn(curves, id)).map((id) => `tlsCurvePreferences: curve ${id} is not supported`),
  ]
}

export interface TlsLimits {
  readonly minVersion?: SecureVersion
  readonly ciphers?: string
  readonly ecdhCurve?: string
}

/** For tls.createServer. */
export function tlsLimits({ tlsMinVersion, tlsCipherSuites = [], tlsCurvePreferences = [] }: TlsSettings): TlsLimits {
  const minVersion = tlsVersions[tlsMinVersion ?? '']
  const ciphers = tlsCipherSuites.map((name) => suites[name]).filter((name) => name !== undefined)
  return {
    ...(minVersion ? { minVersion } : {}),
    ...(tlsCipherSuites.length > 0 ? { ciphers: [...always, ...ciphers].join(':') } : {}),
    ...(tlsCurvePreferences.length > 0 ? { ecdhCurve: tlsCurvePreferences.map((id) => curves[id]).join(':') } : {}),
  }
}
