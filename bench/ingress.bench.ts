/**
 * The data plane of Ingresses: our proxy beside Debian's HAProxy and nginx, each with one thread, in front of the same server. Installs
 * nginx-light, haproxy and wrk when they are missing and it may.
 *
 *   ./tools/node.sh bench/ingress.bench.ts [--seconds 5] [--hosts 100] [--markdown]
 */
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { heapFlags } from '#cluster/program.ts'
import { numberFlag } from './cluster.ts'
import { publish, type Row } from './report.ts'

const seconds = numberFlag('seconds', 5)
const hosts = numberFlag('hosts', 100)
const directory = mkdtempSync(join(tmpdir(), 'k8ts-bench-ingress-'))
process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
const ports = { server: 18_080, nginx: 18_081, haproxy: 18_082 }
const children: ChildProcess[] = []

interface Figures {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuMicroseconds: number
  readonly megabytes: number
}

function install(): void {
  const missing = Object.entries({ nginx: 'nginx-light', haproxy: 'haproxy', wrk: 'wrk' }).filter(
    ([program]) => !['/usr/sbin/', '/usr/bin/'].some((each) => existsSync(each + program)),
  )
  if (missing.length === 0) return
  if (process.getuid?.() !== 0) throw new Error(`install first: apt-get install ${missing.map(([, name]) => name).join(' ')}`)
  // Nobody's services are to be started by this.
  const policy = '/usr/sbin/policy-rc.d'
  const had = existsSync(policy)
  if (!had) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', ...missing.map(([, name]) => name)], {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  } finally {
    if (!had) rmSync(policy)
  }
}

const nginxHead = (name: string) => `daemon off; master_process off; worker_processes 1; pid ${directory}/${name}.pid; error_log ${directory}/${name}.log crit;
events { worker_connections 1024; }
http { access_log off; client_body_temp_path ${directory}/b; proxy_temp_path ${directory}/p; fastcgi_temp_path ${directory}/f; uwsgi_temp_path ${directory}/u; scgi_temp_path ${directory}/s; keepalive_requests 1000000;`

const forwarded =
  'X-Real-IP $remote_addr; proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Host $http_host; proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Request-ID $request_id'
const configurations = {
  server: `${nginxHead('server')} server { listen 127.0.0.1:${ports.server}; location / { default_type text/plain; return 200 '${'x'.repeat(1024)}'; } } }`,
  nginx: `${nginxHead('nginx')} upstream web { server 127.0.0.1:${ports.server}; keepalive 64; keepalive_requests 1000000; }
${Array.from({ length: hosts }, (_, index) => `server { listen 127.0.0.1:${ports.nginx}; server_name host-${index}.test; location / { proxy_pass http://web; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_set_header Host $http_host; proxy_set_header ${forwarded}; } }`).join('\n')} }`,
  haproxy: `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend front
  bind 127.0.0.1:${ports.haproxy}
  unique-id-format %[uuid()]
  unique-id-header X-Request-ID
  http-request set-header X-Real-IP %[src]
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Proto http
  use_backend web if { req.hdr(host) -m beg host- }
backend web
  http-reuse always
  server one 127.0.0.1:${ports.server}
`,
}

function start(program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  children.push(child)
  return child
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const socket = connect(port, '127.0.0.1')
    const open = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false)
    socket.destroy()
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`nobody listens on port ${port}`)
}

/** As the node's agent runs it. */
async function startOurs(accessLog?: string): Promise<{ child: ChildProcess; port: number }> {
  return startProgram('ingress-server.ts', [String(ports.server), String(hosts), ...(accessLog ? [accessLog] : [])])
}

async function startProgram(file: string, args: readonly string[]): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(join(import.meta.dirname, file), args, { execArgv: [...process.execArgv, ...heapFlags('agent')] })
  children.push(child)
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return { child, port }
}

/** Microseconds of processor time until now; a process's threads counted together. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

function megabytesOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

function wrk(port: number, connections: number, duration: number): string {
  const host = `Host: host-${Math.floor(hosts / 2)}.test`
  const args = ['-t1', `-c${connections}`, `-d${duration}s`, '--latency', '-H', host, `http://127.0.0.1:${port}/some/path?query=1`]
  return execFileSync('wrk', args, { encoding: 'utf8' })
}

function measure(pid: number, port: number): Figures {
  wrk(port, 32, 2)
  const before = cpuOf(pid)
  const text = wrk(port, 32, seconds)
  const used = cpuOf(pid) - before
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(text)
  const count = Number(/(\d+) requests in/.exec(text)?.[1])
  const milliseconds = (share: string) => {
    const [, value = '', unit = ''] = new RegExp(`${share}%\\s+([\\d.]+)(us|ms|s)`).exec(text) ?? []
    return Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit as 'us' | 'ms' | 's']
  }
  return { perSecond: count / seconds, p50Ms: milliseconds('50'), p99Ms: milliseconds('99'), cpuMicroseconds: used / count, megabytes: megabytesOf(pid) }
}

install()
try {
  for (const [name, text] of Object.entries(configurations)) writeFileSync(join(directory, `${name}.conf`), text)
  start('/usr/sbin/nginx', ['-c', join(directory, 'server.conf')])
  await listening(ports.server)
  const nginx = start('/usr/sbin/nginx', ['-c', join(directory, 'nginx.conf')])
  const haproxy = start('/usr/sbin/haproxy', ['-db', '-f', join(directory, 'haproxy.cfg').replace('.cfg', '.conf')])
  await listening(ports.nginx)
  await listening(ports.haproxy)
  const ours = await startOurs()
  const bare = await startProgram('bare-proxy.ts', [String(ports.server)])
  const logged = await startOurs(join(directory, 'access.log'))
  const results: [string, Figures][] = [
    ['k8ts', measure(ours.child.pid!, ours.port)],
    ['k8ts, with its access log', measure(logged.child.pid!, logged.port)],
    ['the least on node:http', measure(bare.child.pid!, bare.port)],
    ['nginx', measure(nginx.pid!, ports.nginx)],
    ['HAProxy', measure(haproxy.pid!, ports.haproxy)],
  ]
  const rows: Row[] = results.map(([what, { perSecond, p50Ms, p99Ms, cpuMicroseconds, megabytes }]) => ({
    what,
    figure: `${Math.round(perSecond).toLocaleString('en-US')} requests/s`,
    beside: `p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms; ${cpuMicroseconds.toFixed(0)} µs of processor a request; ${megabytes.toFixed(0)} MB resident`,
  }))
  publish({
    name: 'ingress',
    method: `wrk with 32 kept connections for ${seconds} s, each asking one request after another for 1 KiB, through one proxy after another with one thread each and ${hosts} hosts, to the same nginx. Client, proxy and server share the machine's cores, so processor time is the steadier figure.`,
    rows,
  })
} finally {
  for (const child of children) child.kill()
}
process.exit(0)
