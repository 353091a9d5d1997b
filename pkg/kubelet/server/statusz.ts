/** GET /statusz (KEP-4827): since when this kubelet runs, and what version it is; as text, or as the Statusz of config.k8s.io where asked for. */
import { statuszFields, statuszText, zPageNotice } from '#apimachinery/statusz.ts'

export interface StatuszInput {
  readonly version: string
  readonly startedAtMs: number
  readonly nowMs: number
}

export interface StatuszAnswer {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

const paths = ['/configz', '/healthz', '/metrics']
const warning = '299 - "This version of the statusz endpoint is deprecated. Please use a newer version."'

export function statusz({ version, startedAtMs, nowMs }: StatuszInput, accept: string | undefined): StatuszAnswer {
  const facts = { startedAtMs, nowMs, binaryVersion: version.replace(/^v/, ''), goVersion: `node${process.version}`, paths }
  const wanted = (accept ?? '*/*').split(',').map((each) => each.trim().toLowerCase())
  const api = wanted.map(documentVersion).find((each) => each !== undefined)
  if (api !== undefined) {
    const body = { kind: 'Statusz', apiVersion: `config.k8s.io/${api}`, metadata: { name: 'kubelet' }, ...statuszFields(facts) }
    return {
      status: 200,
      type: `application/json;g=config.k8s.io;v=${api};as=Statusz`,
      body: JSON.stringify(body, undefined, 2),
      ...(api === 'v1alpha1' ? { headers: { warning } } : {}),
    }
  }
  if (!wanted.some((each) => /^(text\/(plain|\*)|\*\/\*)/.test(each))) {
    const message = 'only the following media types are accepted: application/json, application/yaml, text/plain'
    const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason: 'NotAcceptable', code: 406 }
    return { status: 406, type: 'application/json', body: JSON.stringify(body, undefined, 2) }
  }
  return {
    status: 200,
    type: 'text/plain; charset=utf-8',
    body: `\nkubelet statusz\n${zPageNotice}\n\n${statuszText(facts)}`,
  }
}

/** Of a media type that asks for the document, by group and version too. */
function documentVersion(mediaType: string): string | undefined {
  const [type, ...parameters] = mediaType.split(';').map((each) => each.trim())
  if (type !== 'application/json' || !parameters.includes('as=statusz') || !parameters.includes('g=config.k8s.io')) return undefined
  return ['v1beta1', 'v1alpha1'].find((version) => parameters.includes(`v=${version}`))
}
