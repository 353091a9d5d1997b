import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runKubectl } from '../main.ts'
import { startRig } from '../testing/rig.ts'

const rig = await startRig()
after(() => rig[Symbol.asyncDispose]())

interface Proxy extends AsyncDisposable {
  readonly told: () => string
  readonly port: number
  readonly code: Promise<number>
}

/** Runs until it is disposed; the port is 0 on a socket. */
async function proxy(...flags: string[]): Promise<Proxy> {
  const stop = new AbortController()
  let text = ''
  const { promise, resolve } = Promise.withResolvers<number>()
  const write = (chunk: string | Uint8Array): void => {
    text += chunk
    const [, where = ''] = /Starting to serve on (\S+)\n/.exec(text) ?? []
    if (where !== '') resolve(Number(/:(\d+)$/.exec(where)?.[1] ?? 0))
  }
  const code = runKubectl(['proxy', ...flags], {
    stdin: (async function* () {})(),
    stdout: { write },
    stderr: { write },
    env: { HOME: rig.dir, KUBECONFIG: rig.kubeconfig },
    cwd: rig.dir,
    signal: stop.signal,
  })
  code.then(() => resolve(0))
  return {
    port: await promise,
    told: () => text,
    code,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await code
    },
  }
}

interface Ask {
  readonly host?: string
  readonly method?: string
  readonly socketPath?: string
}

function ask(port: number, path: string, { host, method = 'GET', socketPath }: Ask = {}): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const where = socketPath ? { socketPath } : { host: '127.0.0.1', port }
    const asked = request({ ...where, agent: false, path, method, headers: host ? { host } : {} }, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    asked.once('error', reject)
    asked.end()
  })
}

test('the API is reached with the credentials of the kubeconfig, and an interrupt ends it well', async () => {
  const running = await proxy('--port=0')
  const { status, text } = await ask(running.port, '/api/v1/namespaces/default')
  assert.equal(status, 200)
  assert.equal(JSON.parse(text).metadata.name, 'default')
  await running[Symbol.asyncDispose]()
  assert.equal(await running.code, 0)
  await assert.rejects(ask(running.port, '/version'), { code: 'ECONNREFUSED' })
})

test('hosts, paths and methods are filtered, however a path is written', async () => {
  await using open = await proxy('--port=0', '--reject-methods=^(DELETE|POST)$')
  const table: [path: string, how: Ask, status: number][] = [
    ['/version', {}, 200],
    ['/version', { host: 'localhost:8001' }, 200],
    ['/version', { host: 'evil.example.com' }, 403],
    ['/version', { host: 'localhost.evil.example.com' }, 403],
    ['/api/v1/namespaces/default/pods/x/exec?command=sh', {}, 403],
    ['/api/v1/namespaces/default/pods/x/attach', {}, 403],
    ['/api/v1/namespaces/default/pods/x/%65xec', {}, 403],
    ['/api/v1/namespaces/default/configmaps/x', { method: 'DELETE' }, 403],
    ['/api/v1/namespaces/default/configmaps/none', {}, 404],
  ]
  for (const [path, how, status] of table) assert.equal((await ask(open.port, path, how)).status, status, `${path} ${JSON.stringify(how)}`)
  await using narrow = await proxy('--port=0', '--accept-paths=^/version$')
  assert.equal((await ask(narrow.port, '/version')).status, 200)
  assert.equal((await ask(narrow.port, '/api')).status, 403)
  await using unfiltered = await proxy('--port=0', '--disable-filter')
  assert.match(unfiltered.told(), /^Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious\n/)
  assert.equal((await ask(unfiltered.port, '/version', { host: 'evil.example.com' })).status, 200)
})

test('static files are served below their prefix, and nothing above their folder', async () => {
  const www = join(rig.dir, 'www')
  mkdirSync(join(www, 'sub'), { recursive: true })
  writeFileSync(join(www, 'a.html'), '<p>a</p>')
  writeFileSync(join(www, 'sub', 'index.html'), 'sub')
  writeFileSync(join(rig.dir, 'secret'), 'secret')
  await using running = await proxy('--port=0', '--www=www', '--www-prefix=/my-static', '--api-prefix=/k8s/')
  const table: [path: string, status: number, text: RegExp][] = [
    ['/my-static/a.html', 200, /^<p>a<\/p>$/],
    ['/my-static/sub/', 200, /^sub$/],
    ['/my-static/nope', 404, /404 page not found/],
    ['/my-static/../secret', 404, /404 page not found/],
    ['/my-static/%2e%2e/secret', 404, /404 page not found/],
    ['/my-static/..%2fsecret', 404, /404 page not found/],
    ['/k8s/version', 200, /gitVersion/],
    ['/version', 404, /404 page not found/],
  ]
  for (const [path, status, text] of table) {
    const answer = await ask(running.port, path)
    assert.equal(answer.status, status, path)
    assert.match(answer.text, text, path)
  }
})

test('it serves on a socket, which it takes over from one that is gone, and does not mix it with a port', async () => {
  const socketPath = join(rig.dir, 'proxy.sock')
  {
    await using running = await proxy(`--unix-socket=${socketPath}`)
    assert.equal(running.told(), `Starting to serve on ${socketPath}\n`)
    assert.equal((await ask(0, '/version', { socketPath, host: 'anything' })).status, 200)
  }
  writeFileSync(join(rig.dir, 'file'), 'kept')
  assert.equal((await rig.ours(`proxy --unix-socket=${join(rig.dir, 'file')}`)).code, 1)
  assert.ok(existsSync(join(rig.dir, 'file')))
  assert.deepEqual(await rig.ours(`proxy --port=1 --unix-socket=${socketPath}`), {
    code: 1,
    stdout: '',
    stderr: 'error: cannot set --unix-socket and --port at the same time\n',
  })
})

test('a port that is taken is told', async () => {
  await using running = await proxy('--port=0')
  assert.equal((await rig.ours(`proxy --port=${running.port}`)).stderr, `error: listen tcp 127.0.0.1:${running.port}: bind: address already in use\n`)
})
