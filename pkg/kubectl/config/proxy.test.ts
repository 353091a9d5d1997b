/** Proxies between kubectl and the API server: of the kubeconfig, and of the environment. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { startRig } from '../testing/rig.ts'
import { proxyOfEnvironment } from './proxy.ts'

const proxy = 'http://proxy.example:3128'
const environments: readonly (readonly [server: string, env: Record<string, string>, wanted: string | undefined])[] = [
  ['https://api.example.com:6443', {}, undefined],
  ['https://api.example.com:6443', { HTTPS_PROXY: proxy }, proxy],
  ['https://api.example.com:6443', { https_proxy: 'proxy.example:3128' }, proxy],
  ['https://api.example.com:6443', { HTTP_PROXY: proxy }, undefined],
  ['http://api.example.com', { HTTP_PROXY: proxy }, proxy],
  ['https://127.0.0.1:6443', { HTTPS_PROXY: proxy }, undefined],
  ['https://localhost:6443', { HTTPS_PROXY: proxy }, undefined],
  ['https://[::1]:6443', { HTTPS_PROXY: proxy }, undefined],
  ['https://api.example.com', { HTTPS_PROXY: proxy, NO_PROXY: '*' }, undefined],
  ['https://api.example.com', { HTTPS_PROXY: proxy, NO_PROXY: 'other, example.com' }, undefined],
  ['https://api.example.com', { HTTPS_PROXY: proxy, no_proxy: '.example.com' }, undefined],
  ['https://example.com', { HTTPS_PROXY: proxy, NO_PROXY: '.example.com' }, proxy],
  ['https://anexample.com', { HTTPS_PROXY: proxy, NO_PROXY: 'example.com' }, proxy],
  ['https://api.example.com:6443', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example.com:443' }, proxy],
  ['https://api.example.com:6443', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example.com:6443' }, undefined],
  ['https://10.1.2.3:6443', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, undefined],
  ['https://10.1.2.3:6443', { HTTPS_PROXY: proxy, NO_PROXY: '10.2.0.0/16,10.1.2.4' }, proxy],
  ['https://[fd00::7]:6443', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::/8' }, undefined],
]
for (const [server, env, wanted] of environments) {
  test(`${server} with ${JSON.stringify(env)} is reached ${wanted ? 'through the proxy' : 'directly'}`, () =>
    assert.equal(proxyOfEnvironment(server, env), wanted))
}

test("proxy-url: requests and streams go through it, and what is no proxy is refused in the original's words", async () => {
  await using rig = await startRig()
  const asked: string[] = []
  const between = createServer()
  between.on('connect', ({ url = '' }, client) => {
    asked.push(url)
    const [host, port] = url.split(':')
    const server = connect(Number(port), host!, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      server.pipe(client).pipe(server)
    })
    server.on('error', () => client.destroy())
    client.on('error', () => server.destroy())
  })
  await once(between.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(between.address() as AddressInfo).port}`
  const through = (to: string): string => {
    const path = join(rig.dir, 'through')
    writeFileSync(path, readFileSync(rig.kubeconfig, 'utf8').replace(/^( *)server: /m, `$1proxy-url: ${to}\n$&`))
    return path
  }
  try {
    const lists = await rig.ours(`get namespaces -o name --kubeconfig=${through(url)}`)
    assert.deepEqual([lists.code, lists.stdout.includes('namespace/default\n'), lists.stderr], [0, true, ''])
    assert.ok(asked.length > 0)
    const wrong = `invalid 'proxy-url' "ftp://x" for cluster "rig": unsupported scheme "ftp", must be http, https, or socks5\n`
    const refused = through('ftp://x')
    assert.equal((await rig.ours(`get pods --kubeconfig=${refused}`)).stderr, `error: ${wrong}`)
    assert.equal((await rig.ours(`get pods -n default --kubeconfig=${refused}`)).stderr, `Error in configuration: ${wrong}`)
  } finally {
    between.closeAllConnections()
    between.close()
  }
})

/** Speaks SOCKS5 to any host as if it were this machine, to who says these words. */
function socksProxy(credentials: string, asked: string[]): Server {
  return createTcpServer((client) => {
    client.on('error', () => client.destroy())
    const steps: ((bytes: Buffer) => void)[] = [
      (bytes) => client.write(Buffer.from([5, credentials === '' ? 0 : bytes.includes(2) ? 2 : 255])),
      ...(credentials === ''
        ? []
        : [
            (bytes: Buffer) =>
              void client.write(
                Buffer.from([
                  1,
                  bytes
                    .subarray(2)
                    .toString()
                    .replace(/[\0-\x1f]/g, ':') === credentials
                    ? 0
                    : 1,
                ]),
              ),
          ]),
      (bytes) => {
        const host = bytes[3] === 3 ? bytes.subarray(5, 5 + bytes[4]!).toString() : [...bytes.subarray(4, 8)].join('.')
        asked.push(host)
        const port = bytes.readUInt16BE(bytes.length - 2)
        const server = connect(port, '127.0.0.1', () => {
          client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
          server.pipe(client).pipe(server)
        })
        server.on('error', () => void client.end(Buffer.from([5, 5, 0, 1, 0, 0, 0, 0, 0, 0])))
      },
    ]
    client.on('data', (bytes: Buffer) => steps.shift()?.(bytes))
  })
}

test('proxy-url: a SOCKS5 proxy is gone through, with a name and a password, and looks names up itself', async () => {
  await using rig = await startRig()
  for (const credentials of ['', 'user:word']) {
    const asked: string[] = []
    const between = socksProxy(credentials, asked)
    await once(between.listen(0, '127.0.0.1'), 'listening')
    const at = `127.0.0.1:${(between.address() as AddressInfo).port}`
    const path = join(rig.dir, 'through-socks')
    const ask = async (proxy: string, host = '127.0.0.1') => {
      const text = readFileSync(rig.kubeconfig, 'utf8').replace(
        /^( *)server: (.*)127\.0\.0\.1/m,
        `$1proxy-url: ${proxy}\n$1tls-server-name: localhost\n$1server: $2${host}`,
      )
      writeFileSync(path, text)
      return rig.ours(`get namespace default -o name --kubeconfig=${path}`)
    }
    try {
      const user = credentials === '' ? '' : `${credentials}@`
      assert.deepEqual(await ask(`socks5://${user}${at}`), { code: 0, stdout: 'namespace/default\n', stderr: '' })
      assert.deepEqual(await ask(`socks5://${user}${at}`, 'api.example.com'), { code: 0, stdout: 'namespace/default\n', stderr: '' })
      assert.ok(asked.includes('127.0.0.1') && asked.includes('api.example.com'), asked.join())
      const wrong = await ask(`socks5://${credentials === '' ? '127.0.0.1:1' : at}`)
      assert.deepEqual([wrong.code, wrong.stdout], [1, ''])
      assert.match(wrong.stderr, credentials === '' ? /was refused/ : /no acceptable authentication methods/)
    } finally {
      between.close()
    }
  }
})
