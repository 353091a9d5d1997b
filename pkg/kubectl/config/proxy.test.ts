/** Proxies between kubectl and the API server: of the kubeconfig, and of the environment. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
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
    const [refused, socks] = [
      await rig.ours(`get pods --kubeconfig=${through('ftp://x')}`),
      await rig.ours(`get pods --kubeconfig=${through('socks5://127.0.0.1:1')}`),
    ]
    assert.equal(
      refused.stderr,
      `Error in configuration: invalid 'proxy-url' "ftp://x" for cluster "rig": unsupported scheme "ftp", must be http, https, or socks5\n`,
    )
    assert.match(socks.stderr, /socks5 is not spoken here/)
  } finally {
    between.closeAllConnections()
    between.close()
  }
})
