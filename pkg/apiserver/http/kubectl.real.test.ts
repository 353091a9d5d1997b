import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { createClusterPki } from '#cluster/pki/cluster-pki.ts'
import { byCertificate, startTestApiServer } from '../testing.ts'

const run = promisify(execFile)
const missing = spawnSync('kubectl', ['version', '--client']).status !== 0 ? 'kubectl is not on PATH' : false

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: nginx:1, ports: [{containerPort: 80}]}]
`

test('kubectl gets, creates, applies, patches, scales, watches and deletes over TLS', { skip: missing }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'k8ts-apiserver-'))
  await using control = await startTestApiServer({ authenticators: [byCertificate] })
  try {
    const pki = await createClusterPki(join(dir, 'pki'), { addresses: [], nodes: [] })
    const listening = await control.server.listen({
      port: 0,
      tls: { cert: pki.apiServer.certificate, key: pki.apiServer.key, clientCa: pki.ca.certificate },
    })
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    const kubeconfig = join(dir, 'kubeconfig')
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${listening.port}`, 'certificate-authority-data': base64(pki.ca.certificate) } }],
      users: [{ name: 'u', user: { 'client-certificate-data': base64(pki.admin.certificate), 'client-key-data': base64(pki.admin.key) } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    }
    await writeFile(kubeconfig, JSON.stringify(config))
    const file = join(dir, 'web.yaml')
    await writeFile(file, manifest)
    const kubectl = async (...args: string[]) => (await run('kubectl', ['--kubeconfig', kubeconfig, '--cache-dir', join(dir, 'cache'), ...args])).stdout
    assert.match(await kubectl('get', 'namespaces'), /NAME +STATUS +AGE\ndefault +Active/)
    assert.equal(await kubectl('apply', '-f', file), 'deployment.apps/web created\n')
    assert.equal(await kubectl('apply', '-f', file), 'deployment.apps/web unchanged\n')
    assert.match(await kubectl('get', 'deploy', 'web'), /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +0\/2/)
    assert.equal(await kubectl('scale', 'deploy/web', '--replicas=5'), 'deployment.apps/web scaled\n')
    assert.equal(
      await kubectl('patch', 'deploy', 'web', '-p', '{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx:2"}]}}}}'),
      'deployment.apps/web patched\n',
    )
    const shown = JSON.parse(await kubectl('get', 'deploy', 'web', '-o', 'json'))
    assert.equal(shown.spec.replicas, 5)
    assert.equal(shown.spec.template.spec.containers[0].image, 'nginx:2')
    assert.equal(shown.spec.template.spec.containers[0].ports[0].containerPort, 80)
    assert.equal(await kubectl('apply', '--server-side', '--field-manager=me', '--force-conflicts', '-f', file), 'deployment.apps/web serverside-applied\n')
    assert.equal(await kubectl('create', 'service', 'clusterip', 'web', '--tcp=80:80'), 'service/web created\n')
    assert.match(await kubectl('get', 'svc', '-A'), /default +kubernetes +ClusterIP +10\.96\.0\.1 +<none> +443\/TCP/)
    assert.match(await kubectl('api-resources'), /deployments +deploy +apps\/v1 +true +Deployment/)
    assert.match(await kubectl('get', 'pods', '--field-selector=spec.nodeName=x'), /^$/)
    assert.match(await kubectl('explain', 'deployment.spec.replicas'), /FIELD: replicas <integer>/)
    await assert.rejects(kubectl('get', 'pod', 'nope'), /Error from server \(NotFound\): pods "nope" not found/)
    const watching = execFile('kubectl', ['--kubeconfig', kubeconfig, '--cache-dir', join(dir, 'cache'), 'get', 'configmaps', '-w', '--output-watch-events'])
    const seen = (async () => {
      let text = ''
      for await (const chunk of watching.stdout!) {
        text += chunk
        if (/ADDED +w/.test(text)) break
      }
      watching.kill()
      return text
    })()
    await kubectl('create', 'configmap', 'w', '--from-literal=a=b')
    assert.match(await seen, /EVENT +NAME +DATA +AGE\nADDED +w +1/)
    assert.equal(await kubectl('delete', 'deploy', 'web'), 'deployment.apps "web" deleted\n')
    await listening.close()
  } finally {
    await rm(dir, { recursive: true })
  }
})
