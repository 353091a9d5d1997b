import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, test } from 'node:test'
import { put, record } from '../../conformance/harness.ts'
import { storeConformance } from '../../conformance.ts'
import { StoreUnavailableError } from '../../types.ts'
import { openEtcdStore } from './index.ts'

/** K8TS_ETCD names a binary; otherwise the one of Debian's package etcd-server. */
const binary = [process.env.K8TS_ETCD ?? '', ...(process.env.PATH ?? '').split(delimiter).map((each) => join(each, 'etcd'))].find(
  (each) => each !== '' && existsSync(each),
)
let server: ChildProcess
let endpoint: string
let directory: string
let serverArguments: readonly string[]
let opened = 0

if (binary) {
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'k8ts-etcd-'))
    const [clientPort, peerPort] = [await freePort(), await freePort()]
    endpoint = `http://127.0.0.1:${clientPort}`
    const peer = `http://127.0.0.1:${peerPort}`
    const flags = {
      'data-dir': directory,
      'listen-client-urls': endpoint,
      'advertise-client-urls': endpoint,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `default=${peer}`,
    }
    serverArguments = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])
    await startServer(binary)
  })
  after(async () => {
    await killServer()
    rmSync(directory, { recursive: true })
  })
}

async function startServer(program: string): Promise<void> {
  server = spawn(program, serverArguments, { stdio: ['ignore', 'ignore', 'pipe'] })
  await new Promise<void>((resolve, reject) => {
    let output = ''
    server.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      if (/ready to serve client requests/.test(output)) resolve()
    })
    server.once('exit', () => reject(new Error(`etcd ended: ${output.slice(-2000)}`)))
  })
}

async function killServer(): Promise<void> {
  server.kill('SIGKILL')
  await once(server, 'exit')
}

storeConformance(
  'etcd',
  async () => {
    const config = { endpoints: [endpoint], prefix: `/test-${opened++}` }
    const store = await openEtcdStore(config)
    return {
      store,
      async reopen() {
        await store.close()
        return openEtcdStore(config)
      },
    }
  },
  { skip: binary ? undefined : 'no etcd here: install etcd-server or name a binary in K8TS_ETCD', modelSteps: 300 },
)

test('a watch goes on where it was when etcd comes back', { skip: binary ? false : 'no etcd here' }, async () => {
  const store = await openEtcdStore({ endpoints: [endpoint], prefix: '/restart' })
  const watch = await record(store, '/', store.revision())
  await put(store, '/a', '1')
  await watch.until(1)
  await killServer()
  await assert.rejects(put(store, '/b', '1'), StoreUnavailableError)
  await startServer(binary!)
  const other = await openEtcdStore({ endpoints: [endpoint], prefix: '/restart' })
  await put(other, '/c', '1')
  assert.deepEqual(
    (await watch.until(2)).map((event) => event.key),
    ['/a', '/c'],
  )
  await other.close()
  await store.close()
})

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}
