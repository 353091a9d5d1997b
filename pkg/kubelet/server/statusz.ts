/** GET /statusz (KEP-4827): since when this kubelet runs, and what version it is; as text, or as the Statusz of config.k8s.io where asked for. */

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
const notice = 'Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.'

export function statusz({ version, startedAtMs, nowMs }: StatuszInput, accept: string | undefined): StatuszAnswer {
  const binaryVersion = version.replace(/^v/, '')
  const emulationVersion = binaryVersion.split('.').slice(0, 2).join('.')
  const upSeconds = Math.floor((nowMs - startedAtMs) / 1000)
  const goVersion = `node${process.version}`
  const wanted = (accept ?? '*/*').split(',').map((each) => each.trim().toLowerCase())
  const api = wanted.map(documentVersion).find((each) => each !== undefined)
  if (api !== undefined) {
    const startTime = new Date(startedAtMs).toISOString().replace(/\.\d+/, '')
    const body = { kind: 'Statusz', apiVersion: `config.k8s.io/${api}`, metadata: { name: 'kubelet' }, startTime, uptimeSeconds: upSeconds }
    return {
      status: 200,
      type: `application/json;g=config.k8s.io;v=${api};as=Statusz`,
      body: JSON.stringify({ ...body, goVersion, binaryVersion, emulationVersion, paths }, undefined, 2),
      ...(api === 'v1alpha1' ? { headers: { warning } } : {}),
    }
  }
  if (!wanted.some((each) => /^(text\/(plain|\*)|\*\/\*)/.test(each))) {
    const message = 'only the following media types are accepted: application/json, application/yaml, text/plain'
    const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason: 'NotAcceptable', code: 406 }
    return { status: 406, type: 'application/json', body: JSON.stringify(body, undefined, 2) }
  }
  const up = `${Math.floor(upSeconds / 3600)} hr ${String(Math.floor(upSeconds / 60) % 60).padStart(2, '0')} min ${String(upSeconds % 60).padStart(2, '0')} sec`
  const rows = [
    ['Started', unixDate(startedAtMs)],
    ['Up', up],
    ['Go version', goVersion],
    ['Binary version', binaryVersion],
    ['Emulation version', emulationVersion],
    ['Paths', paths.join(' ')],
  ]
  return {
    status: 200,
    type: 'text/plain; charset=utf-8',
    body: `\nkubelet statusz\n${notice}\n\n${rows.map(([name, value]) => `${name}:  ${value}\n`).join('')}`,
  }
}

/** Of a media type that asks for the document, by group and version too. */
function documentVersion(mediaType: string): string | undefined {
  const [type, ...parameters] = mediaType.split(';').map((each) => each.trim())
  if (type !== 'application/json' || !parameters.includes('as=statusz') || !parameters.includes('g=config.k8s.io')) return undefined
  return ['v1beta1', 'v1alpha1'].find((version) => parameters.includes(`v=${version}`))
}

/** As `date` writes it: "Sun Nov 29 09:45:16 UTC 2026". */
function unixDate(ms: number): string {
  const [weekday, day, month, year, time] = new Date(ms).toUTCString().replace(',', '').split(' ')
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} UTC ${year}`
}
