/** Headers out of ConfigMaps that Ingresses name (ingress-nginx: custom-headers, auth-proxy-set-headers). */
import type { RequestFacts } from '../answer/answers.ts'
import { expandVariables } from './variables.ts'

const name = /^[a-zA-Z\d_-]+$/
const value = /^[a-zA-Z\d_ :;.,\\/"'?!(){}[\]@<>=\-+*#$&`|~^%]+$/
/** They say how a message is laid out, which is the proxy's own affair. */
const framing = new Set(['connection', 'content-length', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'])

export type ConfiguredHeaders = Readonly<Record<string, string>>

/** Nothing when there is no such ConfigMap or something in it can stand in no header: then the location answers nobody. */
export function headersIn(data: Readonly<Record<string, string>> | undefined): ConfiguredHeaders | undefined {
  if (data === undefined) return undefined
  const headers = Object.entries(data).map(([key, text]) => [key.toLowerCase(), text.trim()] as const)
  return headers.every(([key, text]) => name.test(key) && value.test(text) && !framing.has(key)) ? Object.fromEntries(headers) : undefined
}

export function expandedHeaders(headers: ConfiguredHeaders, facts: RequestFacts): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([key, text]) => [key, expandVariables(text, facts)]))
}
