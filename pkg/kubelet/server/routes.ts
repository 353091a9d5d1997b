/** What each path of the kubelet's API answers (streams aside). */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Pod } from '#api/gen/core/v1.ts'
import { configz } from '../configuration/index.ts'
import { cadvisorMetrics } from '../stats/cadvisor-metrics.ts'
import { resourceMetrics } from '../stats/resource-metrics.ts'
import { statsSummary } from '../stats/summary.ts'
import { checkpoint } from './checkpoint.ts'
import { serveLogs } from './container-logs.ts'
import { healthAnswer } from './healthz.ts'
import { HttpError } from './http-error.ts'
import { ownMetrics } from './own-metrics.ts'
import { volumeMetrics } from '../metrics/volume-metrics.ts'
import type { KubeletServerOptions } from './server.ts'
import { refuseNoStreams, streamTarget } from './stream-target.ts'
import { zPage } from './zpages.ts'

/** Without enableDebuggingHandlers these are refused. */
const debugging: ReadonlySet<string> = new Set(['exec', 'attach', 'portForward', 'run', 'containerLogs', 'logs'])
const metricsType = 'text/plain; version=0.0.4; charset=utf-8'
const systemLogs = '/var/log'

export function refuseDebugging({ configuration }: Pick<KubeletServerOptions, 'configuration'>, path: string): void {
  if (configuration && !configuration.enableDebuggingHandlers && debugging.has(path.split('/')[1] ?? ''))
    throw new HttpError(405, 'Debug endpoints are disabled.')
}

/** Of the paths that say so; the others are answered whatever the method. */
const methods: Readonly<Record<string, readonly string[]>> = {
  pods: ['GET'],
  runningpods: ['GET'],
  logs: ['GET'],
  containerLogs: ['GET'],
  stats: ['GET', 'POST'],
  run: ['POST'],
  checkpoint: ['POST'],
  exec: ['GET', 'POST'],
  attach: ['GET', 'POST'],
  portForward: ['GET', 'POST'],
}
/** Nothing is there without the slash. */
const directories: ReadonlySet<string> = new Set(['/stats', '/logs', '/runningpods'])

export interface Asked {
  readonly method: string
  readonly url: URL
  readonly accept?: string | undefined
  /** JSON is for people. */
  readonly pretty?: boolean
}

export async function answer(options: KubeletServerOptions, { method, url, accept, pretty = false }: Asked, response: ServerResponse): Promise<void> {
  const { pods, healthy, stats } = options
  refuseDebugging(options, url.pathname)
  const [, head, ...rest] = url.pathname.replace(/\/$/, '').split('/').map(decodeURIComponent)
  const text = (body: string, type = 'text/plain; charset=utf-8') => void response.writeHead(200, { 'content-type': type }).end(body)
  if (head !== undefined && Object.hasOwn(methods, head) && !methods[head]!.includes(method)) throw new HttpError(405, '405: Method Not Allowed')
  if (directories.has(url.pathname)) {
    const location = `${url.pathname}/`
    return void response.writeHead(307, { location, 'content-type': 'text/html; charset=utf-8' }).end(`<a href="${location}">Temporary Redirect</a>.\n\n`)
  }
  const json = (body: unknown) => text(JSON.stringify(body), 'application/json')
  switch (head) {
    case 'healthz': {
      const answered = rest.length > 1 ? undefined : healthAnswer(healthy, rest[0], url.searchParams)
      if (!answered) break
      if (answered.status !== 200) throw new HttpError(answered.status, answered.body)
      return text(answered.body)
    }
    case 'flagz':
    case 'statusz': {
      // Upstream serves them among what is for debugging.
      if (rest.length > 0 || url.pathname.endsWith('/') || options.configuration?.enableDebuggingHandlers === false) break
      const { status, headers, body } = zPage(options, head, { accept, pretty })
      return void response.writeHead(status, headers).end(body)
    }
    case 'pods':
      return json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods.list() })
    case 'runningpods':
      return json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: runningPods(options) })
    case 'containerLogs':
      return serveLogs(pods, rest, url.searchParams, response)
    case 'run':
      return text(await runCommand(options, url))
    case 'logs':
      if (options.configuration && !options.configuration.enableSystemLogHandler) break
      return serveSystemLogs(rest, text, response)
    case 'stats':
      if (rest[0] === 'summary' && rest.length === 1) return json(await statsSummary(stats, url.searchParams.get('only_cpu_and_memory') === 'true'))
      break
    case 'checkpoint':
      if (rest.length !== 3) break
      return json(await checkpoint(options, rest, url.searchParams))
    case 'configz':
      if (!options.configuration || rest.length > 0) break
      return json({ kubeletconfig: configz(options.configuration) })
    case 'metrics':
      if (rest.length === 0) return text(ownMetrics(options) + volumeMetrics(await statsSummary(stats, false)), metricsType)
      if (rest[0] === 'resource') return text(await resourceMetrics(stats), metricsType)
      if (rest[0] === 'cadvisor') return text(await cadvisorMetrics(stats), metricsType)
      if (rest[0] === 'probes') return text(options.probeMetrics(), metricsType)
      break
    case 'localVolumes':
      if (rest.length !== 1 || !options.localVolumes) break
      if (method === 'POST') return json({ path: options.localVolumes.create(rest[0]!) })
      if (method !== 'DELETE') throw new HttpError(405, 'Method Not Allowed')
      await options.localVolumes.remove(rest[0]!)
      return json({})
    case 'exec':
    case 'attach':
      refuseNoStreams(url.searchParams)
      streamTarget(options, url)
      throw new HttpError(400, 'Upgrade request required')
    case 'portForward':
      streamTarget(options, url)
      throw new HttpError(500, 'Upgrade request required')
  }
  throw new HttpError(404, '404 page not found\n')
}

/** What the runtime runs, in the little that a pod out of it can say. */
function runningPods({ pods }: KubeletServerOptions): Partial<Pod>[] {
  return pods.list().flatMap(({ metadata }) => {
    const running = pods.runtimeStatus(metadata.uid)?.containers.filter(({ state }) => state === 'running') ?? []
    if (running.length === 0) return []
    const { name, namespace, uid } = metadata
    return [
      {
        metadata: { name, namespace, uid } as Pod['metadata'],
        spec: { containers: running.map((each) => ({ name: each.name, image: each.imageId, resources: {} })) } as unknown as Pod['spec'],
        status: {} as Pod['status'],
      },
    ]
  })
}

/** POST /run/NAMESPACE/POD[/UID]/CONTAINER?cmd=…: runs to its end, and answers what it printed. */
async function runCommand({ pods, cri }: KubeletServerOptions, url: URL): Promise<string> {
  const [, , namespace = '', name = '', ...rest] = url.pathname.split('/').map(decodeURIComponent)
  const pod = pods.get(namespace, name)
  if (!pod) throw new HttpError(404, 'pod does not exist')
  const containerId = pods.containerId(pod.metadata.uid, rest.at(-1) ?? '')
  if (!containerId) throw new HttpError(404, `container ${rest.at(-1)} not found in pod ${name}_${namespace}`)
  const { stdout, stderr, exitCode } = await cri.runtime.execSync(containerId, (url.searchParams.get('cmd') ?? '').split(' '), 0)
  const output = Buffer.concat([stdout, stderr]).toString('utf8')
  if (exitCode !== 0) throw new HttpError(500, `command '${url.searchParams.get('cmd')}' exited with ${exitCode}: ${output}`)
  return output
}

/** The machine's /var/log, as a file server shows it. */
function serveSystemLogs(path: readonly string[], text: (body: string, type?: string) => void, response: ServerResponse): void {
  if (path.some((part) => part === '..' || part.includes('/'))) throw new HttpError(400, 'invalid path')
  let target: string
  try {
    target = realpathSync(join(systemLogs, ...path))
  } catch {
    throw new HttpError(404, '404 page not found')
  }
  if (target !== systemLogs && !target.startsWith(`${systemLogs}/`)) throw new HttpError(403, 'the path leads out of the logs')
  if (statSync(target).isFile()) return void response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(readFileSync(target))
  const names = readdirSync(target, { withFileTypes: true }).map((each) => (each.isDirectory() ? `${each.name}/` : each.name))
  const html = (name: string) => name.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`)
  text(
    `<!doctype html>\n<pre>\n${names
      .sort()
      .map((name) => `<a href="${encodeURI(name)}">${html(name)}</a>\n`)
      .join('')}</pre>\n`,
    'text/html; charset=utf-8',
  )
}
