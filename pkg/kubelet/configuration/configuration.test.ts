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

test('decoding is strict, and names what is wrong', () => {
  for (const [text, message] of [
    ['maxPod: 3', 'failed to decode: strict decoding error: unknown field "maxPod"'],
    ['authentication: {x509: {clientCA: a}}', 'failed to decode: strict decoding error: unknown field "authentication.x509.clientCA"'],
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
