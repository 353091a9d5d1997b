import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeConfiguration } from './decode.ts'
import { withDefaults } from './defaults.ts'
import { fields } from './fields.ts'
import { completeConfiguration, loadConfiguration } from './load.ts'

const head = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n'

test('an empty configuration has upstream’s defaults', () => {
  const c = withDefaults({})
  assert.deepEqual(
    [
      c.maxPods,
      c.containerLogMaxSize,
      c.nodeStatusReportFrequency,
      c.serializeImagePulls,
      c.podPidsLimit,
      c.authentication.webhook.enabled,
      c.authorization.mode,
    ],
    [110, '10Mi', '5m0s', true, -1, true, 'Webhook'],
  )
  assert.equal(c.evictionHard['nodefs.available'], '10%')
})

test('some defaults follow from what is set', () => {
  assert.equal(withDefaults({ nodeStatusUpdateFrequency: '20s' }).nodeStatusReportFrequency, '20s')
  assert.equal(withDefaults({ maxParallelImagePulls: 4 }).serializeImagePulls, false)
  assert.deepEqual(withDefaults({ evictionHard: { 'memory.available': '1Gi' } }).evictionHard, { 'memory.available': '1Gi' })
  const merged = withDefaults({ evictionHard: { 'memory.available': '1Gi' }, mergeDefaultEvictionSettings: true }).evictionHard
  assert.deepEqual([merged['memory.available'], merged['imagefs.available']], ['1Gi', '15%'])
})

test('decoding names what is wrong', () => {
  for (const [text, message] of [
    ['maxPod: 3', 'failed to decode: strict decoding error: unknown field "maxPod"'],
    ['authentication: {x509: {clientCA: a}}', 'failed to decode: strict decoding error: unknown field "authentication.x509.clientCA"'],
    [
      'authorization: {webhook: [a]}',
      'failed to decode: json: cannot unmarshal array into Go struct field KubeletAuthorization.authorization.webhook of type v1beta1.KubeletWebhookAuthorization',
    ],
    [
      'reservedMemory: [{numaNode: a}]',
      'failed to decode: json: cannot unmarshal array into Go struct field KubeletConfiguration.reservedMemory of type []v1beta1.MemoryReservation',
    ],
    ['maxPods: "3"', 'failed to decode: json: cannot unmarshal string into Go struct field KubeletConfiguration.maxPods of type int32'],
    ['syncFrequency: 3', 'failed to decode: json: cannot unmarshal number into Go struct field KubeletConfiguration.syncFrequency of type string'],
    ['syncFrequency: 3x', 'failed to decode: time: unknown unit "x" in duration "3x"'],
  ] as const) {
    assert.throws(() => decodeConfiguration(`${head}${text}\n`), { name: 'ConfigurationError', message })
  }
  assert.throws(() => decodeConfiguration(`${head}maxPods: 3\nmaxPods: 4\n`), /strict decoding error: yaml: /)
  assert.throws(() => decodeConfiguration('apiVersion: v1\nkind: Pod\n'), /no kind "Pod" is registered for version "v1"/)
  assert.equal(decodeConfiguration(`${head}syncFrequency: 90s\n`).syncFrequency, '1m30s')
  const told: string[] = []
  assert.equal(decodeConfiguration(`${head}maxPods: 3\nmaxPods: 4\nmaxPod: 5\n`, (message) => told.push(message)).maxPods, 4)
  assert.match(told.join(), /^strict decoding error: yaml: .*key "maxPods" already set in map, unknown field "maxPod"$/s)
})

interface Recorded {
  readonly cases: readonly { readonly fields?: string; readonly text?: string; readonly answer: string }[]
}
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, 'recorded.json'), 'utf8')) as Recorded

test('a file is taken or refused as kubelet 1.36.1 does it, word by word; what it does not know is left out and told', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-kubelet-recorded-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const file = join(dir, 'config.yaml')
  const refusal = (text: string): string => {
    writeFileSync(file, text)
    try {
      loadConfiguration({ file, onLenient() {} })
      return ''
    } catch (error) {
      return (error as Error).message.replace(`failed to load kubelet config file, path: ${file}, error: `, '').replace(file, 'FILE')
    }
  }
  // Of these upstream's kubelet is told when its parts start, and this one here; or this one cannot do it, and says so.
  const isOurs =
    /is not supported by this kubelet as it is set: |Manager Policy option|bad value for option|policy option to integer|unknown policy: |None policy: |log max size|must be absolute|cannot reserve|failed to parse quantity|[Cc]ipher suite|unknown tls version|tlsCurve/
  const differing = recorded.cases
    .map(({ fields: below, text = `${head}failCgroupV1: false\n${below}\n`, answer }) => ({ text, answer, ours: refusal(text) }))
    .filter(({ answer, ours }) => ours !== answer && !(answer === '' && isOurs.test(ours)))
  assert.deepEqual(differing, [])
})

test('validation refuses with upstream’s words', () => {
  for (const [given, message] of [
    [
      { imageGCLowThresholdPercent: 90 },
      'imageGCLowThresholdPercent (--image-gc-low-threshold) 90 must be less than imageGCHighThresholdPercent (--image-gc-high-threshold) 85',
    ],
    [{ maxPods: -1 }, 'maxPods (--max-pods) -1 must not be a negative number'],
    [{ containerLogMaxFiles: 1 }, 'containerLogMaxFiles must be greater than 1'],
    [
      { serializeImagePulls: true, maxParallelImagePulls: 3 },
      'maxParallelImagePulls cannot be larger than 1 unless SerializeImagePulls (--serialize-image-pulls) is set to false',
    ],
    [{ showHiddenMetricsForVersion: '1.35', maxPods: -2 }, 'maxPods (--max-pods) -2 must not be a negative number'],
    [{ shutdownGracePeriodCriticalPods: '10s' }, 'shutdownGracePeriodCriticalPods {10s} must be <= shutdownGracePeriod {0s}'],
    [
      { crashLoopBackOff: { maxContainerRestartPeriod: '10m0s' } },
      'CrashLoopBackOff.MaxContainerRestartPeriod (got: 600 seconds) must be set between 1s and 300s',
    ],
    [{ cpuManagerPolicy: 'dynamic' }, 'unknown policy: "dynamic"'],
    [
      { cpuManagerPolicy: 'static', cpuManagerPolicyOptions: { 'align-by-socket': 'true' } },
      'CPU Manager Policy Alpha-level Options not enabled, but option "align-by-socket" provided',
    ],
    [{ topologyManagerPolicyOptions: { x: 'true' } }, 'unknown Topology Manager Policy option: "x"'],
    [
      { reservedMemory: [{ numaNode: 1, limits: { cpu: '1' } }] },
      'the limit type "cpu" for NUMA node 1 is not supported, only [memory hugepages-<HugePageSize>] is accepted',
    ],
    [{ reservedMemory: [{ numaNode: 0, limits: { memory: '0' } }] }, 'reserved memory may not be zero for NUMA node 0 and resource "memory"'],
    [
      {
        reservedMemory: [
          { numaNode: 0, limits: { memory: '1Gi' } },
          { numaNode: 0, limits: { memory: '1Gi' } },
        ],
      },
      'the reserved memory has a duplicate value for NUMA node 0 and resource "memory"',
    ],
    [{ hairpinMode: 'x' }, 'option "x" specified for hairpinMode (--hairpin-mode). Valid options are "none", "hairpin-veth" or "promiscuous-bridge"'],
    [
      { enforceNodeAllocatable: ['none', 'pods'] },
      'enforceNodeAllocatable (--enforce-node-allocatable) may not contain additional enforcements when "none" is specified',
    ],
  ] as const) {
    assert.throws(() => completeConfiguration(given), { message: `failed to validate kubelet configuration, error: invalid configuration: ${message}` })
  }
  assert.throws(() => completeConfiguration({ featureGates: { Nonsense: true } }), /unrecognized feature gate: Nonsense/)
  assert.throws(
    () => completeConfiguration({ showHiddenMetricsForVersion: '1.20' }),
    /error: invalid showHiddenMetricsForVersion: .* must be omitted or have the value '1.35'; only/,
  )
  const others = { featureGates: { SchedulerAsyncPreemption: false, GracefulNodeShutdown: true } }
  assert.doesNotThrow(() => completeConfiguration(others), 'gates of other components, and those that are as they are')
})

test('what this kubelet cannot do is refused, not forgotten', () => {
  for (const [given, field] of [
    [{ cgroupDriver: 'systemd' }, 'cgroupDriver'],
    [{ readOnlyPort: 10255 }, 'readOnlyPort'],
    [{ enableControllerAttachDetach: false }, 'enableControllerAttachDetach'],
    [{ configMapAndSecretChangeDetectionStrategy: 'Cache' }, 'configMapAndSecretChangeDetectionStrategy'],
    [{ volumePluginDir: '/plugins' }, 'volumePluginDir'],
    [{ kernelMemcgNotification: true }, 'kernelMemcgNotification'],
    [{ kubeletCgroups: '/kubelet' }, 'kubeletCgroups'],
    [{ podCIDR: '10.0.0.0/24' }, 'podCIDR'],
    [{ logging: { format: 'json' } }, 'logging.format'],
    [{ tracing: {} }, 'tracing'],
    [{ featureGates: { MemoryQoS: true } }, 'featureGates.MemoryQoS'],
  ] as const) {
    assert.throws(() => completeConfiguration(given), new RegExp(`${field} is not supported by this kubelet as it is set: `), field)
  }
})

test('the documentation says of every field what becomes of it', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'nodes.md'), 'utf8')
  assert.deepEqual(
    Object.keys(fields).filter((name) => !new RegExp(`\`${name}[.\`:]`).test(text)),
    [],
  )
})

test('drop-ins go over the file by name, maps are merged and lists replaced', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-kubelet-config-'))
  t.after(() => rmSync(dir, { recursive: true }))
  mkdirSync(join(dir, 'd'))
  writeFileSync(join(dir, 'config.yaml'), `${head}maxPods: 5\nclusterDNS: [192.0.2.1, 192.0.2.2]\nevictionHard: {memory.available: 1Gi}\n`)
  writeFileSync(join(dir, 'd', '20-b.conf'), `${head}maxPods: 7\nclusterDNS: [192.0.2.3]\n`)
  writeFileSync(join(dir, 'd', '10-a.conf'), `${head}maxPods: 6\nevictionHard: {nodefs.available: 1Gi}\n`)
  writeFileSync(join(dir, 'd', 'ignored.yaml'), 'nonsense')
  const c = loadConfiguration({ base: { clusterDomain: 'cluster.local' }, file: join(dir, 'config.yaml'), directories: [join(dir, 'd'), join(dir, 'none')] })
  assert.deepEqual(
    [c.maxPods, c.clusterDNS, c.evictionHard, c.clusterDomain],
    [7, ['192.0.2.3'], { 'memory.available': '1Gi', 'nodefs.available': '1Gi' }, 'cluster.local'],
  )
  assert.equal(loadConfiguration({ file: join(dir, 'config.yaml'), flags: { maxPods: 9 } }).maxPods, 9)
  writeFileSync(join(dir, 'd', '30-c.conf'), `${head}maxPodz: 7\n`)
  assert.throws(
    () => loadConfiguration({ directories: [join(dir, 'd')] }),
    /path: .*30-c.conf, error: failed to decode: strict decoding error: unknown field "maxPodz"/,
  )
})
