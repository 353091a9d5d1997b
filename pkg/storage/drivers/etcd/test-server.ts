/** An etcd of a test's own, on free ports of this machine. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The binary that K8TS_ETCD names; the scenarios name that of Debian's package etcd-server. Undefined: tests of etcd are skipped. */
export const etcdBinary: string | undefined = [process.env.K8TS_ETCD ?? ''].find((each) => each !== '' && existsSync(each))

export const noEtcd = 'no etcd: name a binary in K8TS_ETCD (the scenarios suite does, with the package etcd-server)'

export interface TestEtcd {
  readonly endpoint: string
  start(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** Kills it and takes its data away. */
  remove(): Promise<void>
}

export async function startTestEtcd(binary: string): Promise<TestEtcd> {
  const directory = mkdtempSync(join(tmpdir(), 'k8ts-etcd-'))
  const [endpoint, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`]
  const flags = {
    'data-dir': directory,
    'listen-client-urls': endpoint,
    'advertise-client-urls': endpoint,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
  }
  const serverArguments = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])
  let server: ChildProcess
  const start = async (): Promise<void> => {
    server = spawn(binary, serverArguments, { stdio: ['ignore', 'ignore', 'pipe'] })
    await new Promise<void>((resolve, reject) => {
      let output = ''
      server.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk
        if (/ready to serve client requests/.test(output)) resolve()
      })
      server.once('exit', () => reject(new Error(`etcd ended: ${output.slice(-2000)}`)))
    })
  }
  const kill = async (): Promise<void> => {
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
  await start()
  return {
    endpoint,
    start,
    kill,
    async remove() {
      await kill()
      rmSync(directory, { recursive: true })
    },
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}
