/**
 * Public charts, which are fetched and never committed: where they are, and what is kept of their rendering. A digest a
 * document is enough to tell which one differs; lines in which the real Helm does not agree with itself (passwords,
 * certificates and their checksums) are left out of it but for their key.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Source {
  readonly commit: string
  /** Folders of charts, or of folders of charts. */
  readonly folders: readonly string[]
}

/** Repositories of git by owner and name, each at one commit. */
export const sources: Readonly<Record<string, Source>> = {
  'argoproj/argo-helm': { commit: 'af0a9310bacbaa4636018dfe22c801a6d33a5c43', folders: ['charts'] },
  'bitnami/charts': {
    commit: '5165628ae06697f8f68a670bef7739d93c4b7f44',
    folders:
      'airflow cassandra clickhouse common consul elasticsearch etcd external-dns fluentd grafana harbor jenkins kafka keycloak kong mariadb mariadb-galera memcached metallb minio mongodb mongodb-sharded mysql nats nginx opensearch parse postgresql postgresql-ha rabbitmq redis redis-cluster spark thanos tomcat valkey wildfly wordpress zookeeper'
        .split(' ')
        .map((name) => `bitnami/${name}`),
  },
  'DandyDeveloper/charts': { commit: '6224454507be15acba7a619c33fa6148a06bcf85', folders: ['charts'] },
  'grafana/helm-charts': { commit: '7a0ab968961a165318ab95ff678908c3b9bc3240', folders: ['charts'] },
  'grafana-community/helm-charts': { commit: '3386a1156177c6bcd7fdb1ad4c6b1dda094296e0', folders: ['charts'] },
  'hashicorp/vault-helm': { commit: 'aa1c92e4adddbce9660e536dfe5222a88eda6d52', folders: ['.'] },
  'kubernetes/ingress-nginx': { commit: 'dbb11b92ddb77bee9c35e462479129354c84f939', folders: ['charts'] },
  'prometheus-community/helm-charts': { commit: 'cf408a290aec489277a94450bb3511432477a53a', folders: ['charts'] },
  'traefik/traefik-helm-chart': { commit: 'a8a66d0098703627b2cf352c66b1725c196a734a', folders: ['.'] },
}

/** Where a dependency of a name is taken from, whatever repository its chart names. */
const dependencies: Readonly<Record<string, readonly [repository: string, folder: string]>> = {
  alertmanager: ['prometheus-community/helm-charts', 'charts/alertmanager'],
  common: ['bitnami/charts', 'bitnami/common'],
  etcd: ['bitnami/charts', 'bitnami/etcd'],
  grafana: ['grafana-community/helm-charts', 'charts/grafana'],
  'kube-state-metrics': ['prometheus-community/helm-charts', 'charts/kube-state-metrics'],
  mariadb: ['bitnami/charts', 'bitnami/mariadb'],
  memcached: ['bitnami/charts', 'bitnami/memcached'],
  minio: ['bitnami/charts', 'bitnami/minio'],
  mongodb: ['bitnami/charts', 'bitnami/mongodb'],
  postgresql: ['bitnami/charts', 'bitnami/postgresql'],
  'prometheus-node-exporter': ['prometheus-community/helm-charts', 'charts/prometheus-node-exporter'],
  'prometheus-pushgateway': ['prometheus-community/helm-charts', 'charts/prometheus-pushgateway'],
  'prometheus-windows-exporter': ['prometheus-community/helm-charts', 'charts/prometheus-windows-exporter'],
  redis: ['bitnami/charts', 'bitnami/redis'],
  'redis-ha': ['DandyDeveloper/charts', 'charts/redis-ha'],
  zookeeper: ['bitnami/charts', 'bitnami/zookeeper'],
}

/** A rendering: a chart and one of its own files of values, if any. */
export interface Rendering {
  readonly chart: string
  readonly values?: string
}

/** A digest, and the lines that are made by chance. */
export type Digest = string | readonly [string, ...number[]]

/**
 * The documents by source, kind and name; of a rendering with a file of values only those with lines of chance, and one
 * digest for the rest, since the record would be too large.
 */
export interface Recorded extends Rendering {
  readonly documents: Readonly<Record<string, Digest>>
  readonly rest?: string
}

/**
 * Brings every repository into the folder, at its commit. `place` is an address of repositories with {owner} and {name}
 * in it, such as https://github.com/{owner}/{name}, or the same of folders of git on this machine.
 */
export function fetchCharts(place: string, folder: string): void {
  for (const [repository, { commit, folders }] of Object.entries(sources)) {
    const into = join(folder, repository)
    if (existsSync(join(into, commit))) continue
    const [owner, name] = repository.split('/') as [string, string]
    const address = place.replace('{owner}', owner).replace('{name}', name)
    const git = existsSync(address) ? address : fetched(address, commit, join(folder, `${owner}+${name}.git`))
    mkdirSync(into, { recursive: true })
    const archive = execFileSync('git', ['--git-dir', git, 'archive', commit, '--', ...folders], { maxBuffer: 1024 ** 3 })
    execFileSync('tar', ['-x', '-C', into], { input: archive })
    mkdirSync(join(into, commit))
  }
  // Dependencies lie where `helm dependency build` would put them.
  for (const chart of chartsIn(folder)) placeDependencies(folder, join(folder, chart), 3)
}

function placeDependencies(folder: string, chart: string, depth: number): void {
  for (const name of dependenciesOf(chart)) {
    const from = dependencies[name]
    const to = join(chart, 'charts', name)
    if (from && !existsSync(to)) {
      mkdirSync(join(chart, 'charts'), { recursive: true })
      execFileSync('cp', ['-R', join(folder, ...from), to])
    }
    if (depth > 0 && existsSync(to)) placeDependencies(folder, to, depth - 1)
  }
}

function fetched(address: string, commit: string, git: string): string {
  if (!existsSync(git)) execFileSync('git', ['init', '--quiet', '--bare', git])
  execFileSync('git', ['--git-dir', git, 'fetch', '--quiet', '--depth=1', address, commit], { stdio: ['ignore', 'ignore', 'pipe'] })
  return git
}

function dependenciesOf(chart: string): string[] {
  const block = /^dependencies:\n((?:[ #-].*\n|\n)*)/m.exec(readFileSync(join(chart, 'Chart.yaml'), 'utf8'))?.[1] ?? ''
  return [...block.matchAll(/^[ -]+name: *["']?([\w-]+)/gm)].map((match) => match[1]!)
}

function chartsIn(folder: string): string[] {
  const below = (path: string, depth: number): string[] => {
    if (existsSync(join(folder, path, 'Chart.yaml'))) return [path]
    if (depth === 0) return []
    const inner = readdirSync(join(folder, path), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    return inner.flatMap((entry) => below(join(path, entry.name), depth - 1)).toSorted()
  }
  return Object.entries(sources).flatMap(([repository, { folders }]) => folders.flatMap((each) => below(join(repository, each), 2)))
}

/** Every chart with its default values, and with each file of values in its folder ci/. */
export function renderings(folder: string): Rendering[] {
  return chartsIn(folder).flatMap((chart): Rendering[] => {
    const ci = join(folder, chart, 'ci')
    const files = existsSync(ci) ? readdirSync(ci).filter((name) => name.endsWith('.yaml')) : []
    return [{ chart }, ...files.toSorted().map((name) => ({ chart, values: `ci/${name}` }))]
  })
}

export const argumentsOf = (folder: string, { chart, values }: Rendering): string[] => [
  ...['template', 'compared', join(folder, chart), '--namespace', 'compared'],
  ...(values ? ['-f', join(folder, chart, values)] : []),
]

/** The documents of what was printed, by source, kind and name. */
export function documentsOf(text: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const document of text.split(/^---\n/m).filter((each) => each.trim() !== '')) {
    const line = (pattern: RegExp): string => pattern.exec(document)?.[1] ?? ''
    const name = [line(/^# Source: [^/]*\/(.*)$/m), line(/^kind: (.*)$/m), line(/^ {2}name: (.*)$/m)].join(' ')
    let key = name
    for (let count = 2; found.has(key); count++) key = `${name} ${count}`
    found.set(key, document.trim())
  }
  return found
}

export function digestOf(document: string, chance: readonly number[] = []): string {
  const lines = document.split('\n').map((line, at) => (chance.includes(at) ? line.slice(0, line.indexOf(':') + 1) : line))
  return createHash('sha256').update(lines.join('\n')).digest('base64url').slice(0, 12)
}

export const digestOfAll = (digests: readonly (readonly [key: string, digest: string])[]): string =>
  digestOf(
    digests
      .map(([key, digest]) => `${key} ${digest}`)
      .toSorted()
      .join('\n'),
  )
