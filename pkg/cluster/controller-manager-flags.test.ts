import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { adoptComponentOptions } from './commands/component-options.ts'
import { parseCommandLine } from './commands/command.ts'
import { up } from './commands/up.ts'
import { apiServerFlagsPath } from './components.ts'
import { adoptControllerManagerFlags, controllerManagerFlags, controllerManagerFlagsPath, signingAuthorities } from './controller-manager-flags.ts'
import { generateKeys, issueCa } from './pki/issue.ts'
import { UsageError } from './usage-error.ts'

test("a file of the API server's flags with one that is not known is refused, and nothing is kept of it", async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'k8ts-flags-'))
  t.after(() => rmSync(dataDir, { recursive: true }))
  const file = join(dataDir, 'given')
  const adopt = (isRunning = false) => adoptComponentOptions({ dataDir, name: 'c' } as never, { 'api-server-flags': file }, isRunning)
  writeFileSync(file, '--audit-log-path=-\n--nonsense=1\n')
  await assert.rejects(adopt(), new UsageError(`--api-server-flags ${file}: unknown flag: --nonsense`))
  assert.equal(existsSync(apiServerFlagsPath({ dataDir })), false)
  writeFileSync(file, '--audit-log-path=-\n')
  await assert.rejects(adopt(true), new UsageError('the cluster c is running; stop it before its API server is configured anew: k8ts down'))
  await adopt()
  assert.equal(readFileSync(apiServerFlagsPath({ dataDir }), 'utf8'), '--audit-log-path=-\n')
})

test('flags of the controllers are kept for later starts; what is wrong is refused with nothing written', (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'k8ts-flags-'))
  t.after(() => rmSync(dataDir, { recursive: true }))
  const { options } = parseCommandLine(
    up,
    ['--controller-manager-arg', 'node-monitor-grace-period=16s', '--controller-manager-arg=--node-eviction-rate=1'],
    () => {},
  )
  const given = options['controller-manager-arg'] as string
  assert.throws(
    () => adoptControllerManagerFlags({ dataDir }, 'cluster-cidr=10.0.0.0/8'),
    new UsageError('--controller-manager-arg: --cluster-cidr cannot be set here: the cluster decides it when it is made (k8ts up --help)'),
  )
  assert.equal(existsSync(controllerManagerFlagsPath({ dataDir })), false)
  adoptControllerManagerFlags({ dataDir }, given)
  assert.equal(readFileSync(controllerManagerFlagsPath({ dataDir }), 'utf8'), '--node-monitor-grace-period=16s\n--node-eviction-rate=1\n')
  const { nodeMonitorGracePeriodMs, zoneLimits } = controllerManagerFlags({ dataDir }).settings
  assert.deepEqual([nodeMonitorGracePeriodMs, zoneLimits?.nodeEvictionRate], [16_000, 1])
})

test('authorities of their own sign for all or for one signer, and must be such', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'k8ts-flags-'))
  t.after(() => rmSync(dataDir, { recursive: true }))
  const [keys, other] = [await generateKeys(), await generateKeys()]
  const [certificate, key, wrong] = ['ca.crt', 'ca.key', 'other.key'].map((name) => join(dataDir, name)) as [string, string, string]
  writeFileSync(certificate, await issueCa('own', keys, Date.now()))
  writeFileSync(key, keys.privateKey)
  writeFileSync(wrong, other.privateKey)
  const own = { caCertificate: 'cluster', caKey: 'cluster' }
  const authorities = (text: string) => {
    adoptControllerManagerFlags({ dataDir }, text)
    return signingAuthorities(controllerManagerFlags({ dataDir }).signing, own)
  }
  assert.deepEqual(authorities('cluster-signing-duration=1h'), { ...own, durationSeconds: 3600 })
  const all = authorities(`cluster-signing-cert-file=${certificate}\ncluster-signing-key-file=${key}`)
  assert.equal(all.caKey, keys.privateKey)
  const one = authorities(`cluster-signing-kubelet-client-cert-file=${certificate}\ncluster-signing-kubelet-client-key-file=${key}`)
  assert.deepEqual(Object.keys(one.bySigner!), ['kubernetes.io/kube-apiserver-client-kubelet'])
  assert.throws(
    () => authorities(`cluster-signing-cert-file=${certificate}\ncluster-signing-key-file=${wrong}`),
    /are no authority: the key is not that of the certificate/,
  )
  assert.throws(() => authorities(`cluster-signing-cert-file=${certificate}\ncluster-signing-key-file=${dataDir}/none`), /error reading CA file/)
})
