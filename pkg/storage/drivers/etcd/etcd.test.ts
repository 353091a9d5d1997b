import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before } from 'node:test'
import { storeConformance } from '../../conformance.ts'
import { openEtcdStore } from './index.ts'

/** K8TS_ETCD names a binary; otherwise the one of Debian's package etcd-server. */
const binary = [process.env.K8TS_ETCD ?? '', ...(process.env.PATH ?? '').split(delimiter).map((each) => join(each, 'etcd'))].find(
  (each) => each !== '' && existsSync(each),
)
let server: ChildProcess
let endpoint: string
let directory: string
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
    }
    const args = Object.entries({ ...flags, 'initial-cluster': `default=${peer}` }).flatMap(([name, value]) => [`--${name}`, value])
    server = spawn(binary, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    await new Promise<void>((resolve, reject) => {
      let output = ''
      server.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk
        if (/ready to serve client requests/.test(output)) resolve()
      })
      server.once('exit', () => reject(new Error(`etcd ended: ${output.slice(-2000)}`)))
    })
  })
  after(async () => {
    server.kill('SIGKILL')
    if (server.exitCode === null) await once(server, 'exit')
    rmSync(directory, { recursive: true })
  })
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

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}
