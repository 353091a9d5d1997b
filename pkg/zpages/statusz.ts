/** What every server of Kubernetes says at /statusz (KEP-4827): since when it runs, and what version it is. */
import type { ZPage } from './answer.ts'

export interface StatuszFacts {
  readonly startedAtMs: number
  readonly nowMs: number
  readonly goVersion: string
  /** Without "v": "1.36.1". */
  readonly binaryVersion: string
  /** What else it answers. */
  readonly paths: readonly string[]
}

export function statuszPage(component: string, facts: StatuszFacts): ZPage {
  return { component, kind: 'Statusz', text: `\n${statuszText(facts)}`, document: statuszFields(facts) }
}

/** As upstream's text page has it, after title and notice. */
function statuszText({ startedAtMs, nowMs, goVersion, binaryVersion, paths }: StatuszFacts): string {
  const rows = [
    ['Started', unixDate(startedAtMs)],
    ['Up', upTime(Math.floor((nowMs - startedAtMs) / 1000))],
    ['Go version', goVersion],
    ['Binary version', binaryVersion],
    ['Emulation version', minorVersion(binaryVersion)],
    ['Paths', paths.join(' ')],
  ]
  return rows.map(([name, value]) => `${name}:  ${value}\n`).join('')
}

/** The fields of a Statusz of config.k8s.io. */
function statuszFields({ startedAtMs, nowMs, goVersion, binaryVersion, paths }: StatuszFacts): object {
  const startTime = new Date(startedAtMs).toISOString().replace(/\.\d+/, '')
  const uptimeSeconds = Math.floor((nowMs - startedAtMs) / 1000)
  return { startTime, uptimeSeconds, goVersion, binaryVersion, emulationVersion: minorVersion(binaryVersion), paths }
}

const minorVersion = (version: string): string => version.split('.').slice(0, 2).join('.')

/** As `date` writes it: "Sun Nov 29 09:45:16 UTC 2026". */
function unixDate(ms: number): string {
  const [weekday, day, month, year, time] = new Date(ms).toUTCString().replace(',', '').split(' ')
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} UTC ${year}`
}

function upTime(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${Math.floor(seconds / 3600)} hr ${two(Math.floor(seconds / 60) % 60)} min ${two(seconds % 60)} sec`
}
