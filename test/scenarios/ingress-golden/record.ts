/**
 * Writes `recorded-1.15.json`: what ingress-nginx's controller 1.15 answers to the questions of `cases.ts`. As root, in a network namespace where nothing
 * else listens on ports 80 and 443, with the address 10.99.0.2 on its `lo`, an API server of 1.36 that the kubeconfig tells of, and such a controller for
 * the class `nginx` (with `use-http2: "false"`, nothing else but its defaults):
 *
 *   KUBECONFIG=… ./tools/node.sh test/scenarios/ingress-golden/record.ts [part of a case's name …]
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, type Seen, type Told } from './ask.ts'
import { backend, endpoints, withoutEndpoints } from './backends.ts'
import { cases, hostOf, secrets } from './cases.ts'
import { ingressesOf } from './ingresses.ts'
import { testAuthority } from '#network/ingress/tls/test-certificates.ts'

const address = '10.99.0.2'
const kubectl = (args: string[], input?: unknown) =>
  execFileSync('kubectl', args, { stdio: ['pipe', 'ignore', 'inherit'], ...(input ? { input: JSON.stringify(input) } : {}) })

let port = 9100
const objects: object[] = [{ apiVersion: 'v1', kind: 'Service', metadata: { name: withoutEndpoints }, spec: { ports: [{ name: 'web', port: 80 }] } }]
let askedPort = 0
let heard: Seen | undefined
for (const [name, count] of Object.entries(endpoints)) {
  objects.push({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ name: 'web', port: 80 }] } })
  for (let index = 0; index < count; index++) {
    const server = backend(name, name === 'ask' ? (seen) => (heard = seen) : undefined)
    server.listen(++port, '0.0.0.0')
    await once(server, 'listening')
    if (name === 'ask') askedPort = port
    objects.push({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-${index}`, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ name: 'web', port, protocol: 'TCP' }],
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
    })
  }
}
const { cert, key } = testAuthority('/CN=authority').sign('/CN=hosts', { dnsName: '*.test' })
const encoded = (values: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(values).map(([name, text]) => [name, Buffer.from(text).toString('base64')]))
objects.push({ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name: 'tls' }, data: encoded({ 'tls.crt': cert, 'tls.key': key }) })
for (const [name, values] of Object.entries(secrets)) objects.push({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: encoded(values) })
kubectl(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: objects })

const asked = `${address}:${askedPort}`
const chosen = process.argv.slice(2)
const file = new URL('recorded-1.15.json', import.meta.url)
const recorded: Record<string, Told[]> = chosen.length > 0 ? JSON.parse(readFileSync(file, 'utf8')) : {}
function takeAsked(): Seen | undefined {
  const seen = heard
  heard = undefined
  return seen
}
const place = { httpPort: 80, httpsPort: 443, asked, addresses: ['127.0.0.1', address], takeAsked }
const wanted = [...cases.entries()].filter(([, { name }]) => chosen.length === 0 || chosen.some((part) => name.includes(part)))
let batch = 0

/** Asks all of these; where a configuration with all of them is refused by nginx, each half alone. */
async function recordAll(some: typeof wanted): Promise<void> {
  const sentinel = { ...cases[0]!, name: 'sentinel' }
  const host = `sentinel${++batch}.test`
  const items = [...some.flatMap(([index, each]) => ingressesOf(each, hostOf(index), asked)), ...ingressesOf(sentinel, host, asked)]
  const list = { apiVersion: 'v1', kind: 'List', items: items.map((item) => ({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', ...item })) }
  try {
    kubectl(['create', '--validate=false', '-f', '-'], list)
  } catch {
    console.log('the API server refused some of them')
  }
  const isServed = await settled(host)
  if (isServed) {
    await sleep(1500)
    for (const [index, { name, questions }] of some) {
      recorded[name] = []
      for (const question of questions) recorded[name].push(await ask(question, hostOf(index), place))
      console.log(index, name)
    }
  }
  kubectl(['delete', 'ingress', '--all'])
  writeFileSync(file, written(recorded))
  if (isServed) return
  if (some.length === 1) {
    recorded[some[0]![1].name] = [{ error: 'nginx refuses the configuration' }]
    console.log('refused:', some[0]![1].name)
    return
  }
  const half = Math.ceil(some.length / 2)
  await recordAll(some.slice(0, half))
  await recordAll(some.slice(half))
}

/** A line for each answer, and of the cases only those that there are now. */
function written(all: Readonly<Record<string, readonly Told[]>>): string {
  const known = cases.filter(({ name }) => all[name])
  const lines = known.map(({ name }) => `${JSON.stringify(name)}: [\n${all[name]!.map((each) => JSON.stringify(each)).join(',\n')}\n]`)
  return `{\n${lines.join(',\n')}\n}\n`
}

async function settled(host: string): Promise<boolean> {
  for (let count = 0; count < 75; count++) {
    const answer = await ask({ path: '/foo' }, host, place)
    if ('status' in answer && answer.status === 200) return true
    await sleep(200)
  }
  return false
}

const size = Number(process.env.BATCH ?? 40)
for (let start = 0; start < wanted.length; start += size) await recordAll(wanted.slice(start, start + size))
process.exit(0)
