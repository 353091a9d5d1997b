import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { FlagError } from '#base/flags.ts'
import { controllerManagerConfigz } from '../configz.ts'
import { controllerFactories } from '../index.ts'
import { controllerNames } from '../names.ts'
import { controllerManagerFlagValues, controllerManagerOptions } from './index.ts'
import { concurrentFlags, known } from './known.ts'
import { fixed, refused } from './left-out.ts'

/** Of kube-controller-manager 1.36.1: the names of --help, and what it says to wrong ones. */
const recorded: { readonly flags: readonly string[]; readonly refusals: readonly (readonly [string, string])[] } = JSON.parse(
  readFileSync(new URL('recorded.json', import.meta.url), 'utf8'),
)

test("without flags everything is as upstream's defaults have it", () => {
  const { settings, signing, election, requestLimit, allocatesNodeCidrs } = controllerManagerOptions('')
  assert.deepEqual(settings.controllers, ['*'])
  assert.deepEqual(settings.workers, {})
  assert.equal(settings.nodeCidrMaskSize, undefined)
  assert.deepEqual(signing, { durationSeconds: 365 * 24 * 3600 })
  assert.deepEqual([settings.nodeMonitorGracePeriodMs, settings.nodeStartupGracePeriodMs, settings.terminatedPodThreshold], [50_000, 60_000, 12_500])
  assert.deepEqual([election.elects, election.leaseDurationMs, requestLimit, allocatesNodeCidrs], [undefined, 15_000, undefined, true])
})

test('flags become settings', () => {
  const text = `--controllers=*,-ttl-after-finished-controller
--concurrent-deployment-syncs=9
--concurrent_rc_syncs=0x10
--node-monitor-grace-period=16s
--node-cidr-mask-size=26
--horizontal-pod-autoscaler-sync-period=5s
--horizontal-pod-autoscaler-tolerance=0.2
--node-eviction-rate=1.5
--enable-garbage-collector=false
--feature-gates=StorageVersionMigrator=true
--max-endpoints-per-slice=7
--endpointslice-updates-batch-period=500ms
--enable-dynamic-provisioning=false
--terminated-pod-gc-threshold=-1
--profiling=false`
  const { settings } = controllerManagerOptions(text)
  assert.deepEqual(settings.controllers, ['*', '-ttl-after-finished-controller', '-garbage-collector-controller'])
  assert.deepEqual(settings.workers, { 'deployment-controller': 9, 'replicationcontroller-controller': 16 })
  assert.deepEqual([settings.nodeMonitorGracePeriodMs, settings.nodeCidrMaskSize, settings.zoneLimits?.nodeEvictionRate], [16_000, 26, 1.5])
  assert.deepEqual([...settings.featureGates!], ['StorageVersionMigrator'])
  assert.deepEqual([settings.autoscaler?.syncMs, settings.autoscaler?.tolerance], [5_000, 0.2])
  assert.deepEqual([settings.endpoints?.perSlice, settings.endpoints?.sliceBatchMs, settings.volumes?.provisions], [7, 500, false])
  assert.equal(settings.terminatedPodThreshold, -1)
})

test('who leads, how fast is asked and who signs are settings of the program', () => {
  const own = controllerManagerOptions(`--leader-elect
--leader-elect-lease-duration=30s
--leader-elect-renew-deadline=20s
--leader-elect-resource-name=mine
--kube-api-qps=50
--controller-shutdown-timeout=1m
--allocate-node-cidrs=false
--cluster-signing-kubelet-client-cert-file=/a.crt
--cluster-signing-kubelet-client-key-file=/a.key`)
  assert.deepEqual(own.election, {
    elects: true,
    name: 'mine',
    namespace: 'kube-system',
    leaseDurationMs: 30_000,
    renewDeadlineMs: 20_000,
    retryPeriodMs: 2_000,
  })
  assert.deepEqual([own.requestLimit, own.shutdownTimeoutMs, own.allocatesNodeCidrs], [{ qps: 50, burst: 30 }, 60_000, false])
  assert.deepEqual(own.signing.files, { 'kubernetes.io/kube-apiserver-client-kubelet': { certificate: '/a.crt', key: '/a.key' } })
  assert.equal(controllerManagerOptions('--kube-api-qps=-1').requestLimit, undefined)
})

test('Controllers may be called as before 1.28; what a default 1.36 knows and does not run changes nothing', () => {
  const { controllers } = controllerManagerOptions('--controllers=*,-nodelifecycle,svm,-route,service-lb-controller,podgc').settings
  assert.deepEqual(controllers, ['*', '-node-lifecycle-controller', 'storage-version-migrator-controller', 'pod-garbage-collector-controller'])
})

test('every flag of upstream has a place here: it sets something, says what is so, or is refused with a reason', () => {
  const here = [known, fixed, refused].flatMap((each) => Object.keys(each))
  assert.equal(new Set(here).size, here.length, 'in one place alone')
  // These two are not in --help any more, and are still read.
  assert.deepEqual(
    here.filter((name) => name !== 'allow-untagged-cloud' && name !== 'node-sync-period').sort(),
    [...recorded.flags].filter((name) => name !== 'help').sort(),
  )
  for (const name of Object.keys(refused))
    assert.throws(() => controllerManagerOptions(`--${name}=x`), new FlagError(`--${name} cannot be set here: ${refused[name]}`))
  for (const [name, { value, why }] of Object.entries(fixed)) {
    assert.doesNotThrow(() => controllerManagerOptions(`--${name}=${value}`))
    assert.throws(() => controllerManagerOptions(`--${name}=x`), new FlagError(`--${name}=x cannot be, only ${value}: ${why}`))
  }
})

test('the documentation names every flag that is refused or fixed', () => {
  const page = readFileSync(new URL('../../../docs/controller-manager-flags.md', import.meta.url), 'utf8')
  for (const name of [...Object.keys(known), ...Object.keys(fixed), ...Object.keys(refused)]) assert.ok(page.includes(`\`--${name}\``), name)
})

for (const [text, message] of recorded.refusals)
  test(`${text} is refused as upstream refuses it`, () => assert.throws(() => controllerManagerOptions(text.replaceAll(' --', '\n--')), new FlagError(message)))

for (const [text, message] of [
  ['--concurrent-deployment-syncs=0', 'concurrent-deployment-syncs must be greater than 0, but got 0'],
  ['--controllers=*,--x', '"-x" is not in the list of known controllers'],
  ['--node-monitor-grace-period=0s', 'node-monitor-grace-period must be greater than zero, but got 0s'],
  ['--controller-start-interval=-1s', 'controller-start-interval must not be less than zero, but got -1s'],
  ['--node-eviction-rate=-1', 'node-eviction-rate must not be less than 0'],
  ['--node-cidr-mask-size-ipv4=33', 'node-cidr-mask-size-ipv4 must be between 1 and 32, but got 33'],
  ['--leader-elect-lease-duration=5s', 'leaseDuration must be greater than renewDeadline'],
  ['--leader-elect-retry-period=9s', 'renewDeadline must be greater than retryPeriod*JitterFactor'],
  ['--cluster-signing-cert-file=x', 'need both --cluster-signing-cert-file and --cluster-signing-key-file'],
] as const)
  test(`${text} is refused`, () => assert.throws(() => controllerManagerOptions(text), new FlagError(message)))

test('each concurrent-* flag speaks of a controller that is there', () => {
  const never = () => Promise.reject(new Error('not asked for'))
  const certificateAuthority = { createCa: never, issue: never, signingRequest: never }
  const settings = {
    rootCa: '',
    podCidr: '10.244.0.0/16',
    mintServiceAccountToken: () => '',
    clusterSigning: { caCertificate: '', caKey: '' },
    certificateAuthority,
    featureGates: new Set(['StorageVersionMigrator']),
  }
  const names = new Set(controllerFactories.map((make) => make(settings)!.name))
  assert.deepEqual([...names].sort(), controllerNames)
  for (const name of concurrentFlags) {
    const [controller] = Object.keys(controllerManagerOptions(`--${name}=3`).settings.workers!)
    assert.ok(names.has(controller!), name)
  }
})

test('the configuration shown is that of kube-controller-manager, but for what the cluster decides', () => {
  const { answer } = JSON.parse(readFileSync(new URL('../configz.recorded.json', import.meta.url), 'utf8'))
  const cluster = { leaderElect: false, clusterCidr: '', serviceCidr: '' }
  const ours = JSON.parse(JSON.stringify(controllerManagerConfigz({ flags: controllerManagerFlagValues(''), ...cluster })))
  const real = answer['kubecontrollermanager.config.k8s.io']
  Object.assign(real.Generic, { ClientConnection: ours.Generic.ClientConnection, Debugging: ours.Generic.Debugging })
  Object.assign(real.CSRSigningController, { ClusterSigningCertFile: '', ClusterSigningKeyFile: '' })
  Object.assign(real.SAController, { ServiceAccountKeyFile: '', RootCAFile: '' })
  real.KubeCloudShared.AllocateNodeCIDRs = true
  assert.equal(JSON.stringify(ours), JSON.stringify(real))
  const flags = controllerManagerFlagValues(
    '--node-monitor-grace-period=90s\n--concurrent-job-syncs=7\n--enable-garbage-collector=0\n--max-endpoints-per-slice=9',
  )
  const told = controllerManagerConfigz({ flags, ...cluster, serviceCidr: '10.0.0.0/16,fd00::/108' }) as any
  assert.equal(told.NodeLifecycleController.NodeMonitorGracePeriod, '1m30s')
  assert.equal(told.JobController.ConcurrentJobSyncs, 7)
  assert.equal(told.GarbageCollectorController.EnableGarbageCollector, false)
  assert.equal(told.EndpointSliceController.MaxEndpointsPerSlice, 9)
  assert.equal(told.NodeIPAMController.SecondaryServiceCIDR, 'fd00::/108')
})
