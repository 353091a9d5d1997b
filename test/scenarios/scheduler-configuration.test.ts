/** A KubeSchedulerConfiguration from its file to pods on nodes: two profiles, and an extender behind mutual TLS. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pods } from '#api/gen/resources.ts'
import { generateKeys, issueCa, issueLeaf } from '#cluster/pki/issue.ts'
import { adoptSchedulerConfiguration, schedulerConfiguration } from '#cluster/scheduler-configuration.ts'
import { startControlPlane } from './control-plane.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

async function certificates() {
  const now = Date.now()
  const caKeys = await generateKeys()
  const ca = await issueCa('extenders', caKeys, now)
  const leaf = async (commonName: string, usage: 'server' | 'client') => {
    const keys = await generateKeys()
    const request = { commonName, usages: [usage], dnsNames: usage === 'server' ? ['extender.test'] : [] }
    return { certificate: await issueLeaf(request, { certificate: ca, key: caKeys.privateKey }, keys.publicKey, now), key: keys.privateKey }
  }
  return { ca, server: await leaf('extender.test', 'server'), client: await leaf('scheduler', 'client') }
}

test('A configuration file names profiles and an extender behind mutual TLS; pods go where that one says', { timeout: 60_000 }, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'k8ts-scheduler-'))
  const { ca, server: own, client: mine } = await certificates()
  const callers = new Set<string>()
  const server = createServer({ ca, cert: own.certificate, key: own.key, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    callers.add((request.socket as any).getPeerCertificate().subject.CN)
    request.resume().on('end', () => response.end(JSON.stringify({ NodeNames: ['node-2'] })))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const file = join(dataDir, 'mine.yaml')
  writeFileSync(
    file,
    `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles: [{schedulerName: default-scheduler}, {schedulerName: second}]
extenders:
- urlPrefix: ${url}
  filterVerb: filter
  nodeCacheCapable: true
  enableHTTPS: true
  tlsConfig: {serverName: extender.test, caData: ${base64(ca)}, certData: ${base64(mine.certificate)}, keyData: ${base64(mine.key)}}
`,
  )
  adoptSchedulerConfiguration({ dataDir }, file)
  try {
    await using cluster = await startControlPlane({ scheduler: schedulerConfiguration({ dataDir })! })
    const { client, eventually } = cluster
    for (const schedulerName of ['default-scheduler', 'second', 'nobody']) {
      await client.create(pods, {
        metadata: { namespace: 'default', name: schedulerName },
        spec: { schedulerName, containers: [{ name: 'c', image: 'i' }] },
      } as any)
    }
    const nodeOf = async (name: string) => (await client.get(pods, { namespace: 'default', name })).spec.nodeName
    for (const name of ['default-scheduler', 'second']) assert.equal(await eventually(`${name} is placed`, () => nodeOf(name)), 'node-2')
    assert.equal(await nodeOf('nobody'), undefined)
    assert.deepEqual([...callers], ['scheduler'])
  } finally {
    server.closeAllConnections()
    server.close()
    rmSync(dataDir, { recursive: true })
  }
})

test('A file that the scheduler could not start with is refused, and the one before stays', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'k8ts-scheduler-'))
  try {
    const head = 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n'
    const file = join(dataDir, 'mine.yaml')
    assert.equal(schedulerConfiguration({ dataDir }), undefined)
    writeFileSync(file, `${head}podMaxBackoffSeconds: 60\n`)
    adoptSchedulerConfiguration({ dataDir }, file)
    writeFileSync(file, `${head}parallelism: 0\n`)
    assert.throws(() => adoptSchedulerConfiguration({ dataDir }, file), {
      message: `${file}: parallelism: Invalid value: 0: should be an integer value greater than zero`,
    })
    assert.equal(schedulerConfiguration({ dataDir })?.podMaxBackoffSeconds, 60)
    assert.match(readFileSync(join(dataDir, 'kube-scheduler.yaml'), 'utf8'), /podMaxBackoffSeconds/)
  } finally {
    rmSync(dataDir, { recursive: true })
  }
})
