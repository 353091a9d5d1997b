/** The ConfigMap that turns ACME on: kube-system/k8ts-acme (docs/networking.md says what stands in it). */
import type { ConfigMap } from '#api/gen/core/v1.ts'
import type { AcmeConfig } from './types.ts'

export const acmeConfigMap = { namespace: 'kube-system', name: 'k8ts-acme' }

/** Nothing where there is none. Throws what is wrong with it, in words for an event. */
export function acmeConfigOf(found: ConfigMap | undefined): AcmeConfig | undefined {
  if (!found) return undefined
  const { server = '', email, caCertificate, issuers, termsOfServiceAgreed } = found.data ?? {}
  const where = `ConfigMap ${acmeConfigMap.namespace}/${acmeConfigMap.name}`
  if (!URL.canParse(server)) throw new Error(`${where}: server must be the URL of an ACME directory`)
  if (termsOfServiceAgreed !== 'true') throw new Error(`${where}: termsOfServiceAgreed must be "true"; read the terms of ${server} first`)
  const names = issuers?.split(/[\s,]+/).filter((each) => each !== '')
  return { server, ...(email ? { email } : {}), ...(caCertificate ? { caCertificate } : {}), ...(names?.length ? { issuers: names } : {}) }
}

export function isForAcme(config: AcmeConfig | undefined, issuer: string): config is AcmeConfig {
  return config !== undefined && (config.issuers === undefined || config.issuers.includes(issuer))
}
