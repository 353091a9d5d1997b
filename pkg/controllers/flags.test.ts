import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { FlagError } from '#base/flags.ts'
import { controllerManagerConfigz } from './configz.ts'
import { controllerManagerFlagValues, controllerManagerOptions } from './flags.ts'
import { controllerNames } from './names.ts'
import { controllerFactories } from './index.ts'

test("without flags everything is as upstream's defaults have it", () => {
  const options = controllerManagerOptions('')
  assert.deepEqual(options.controllers, ['*'])
  assert.deepEqual(options.workers, {})
  assert.equal(options.nodeCidrMaskSize, undefined)
  assert.equal(options.signingSeconds, 365 * 24 * 3600)
  assert.deepEqual([options.nodeMonitorGracePeriodMs, options.nodeStartupGracePeriodMs, options.terminatedPodThreshold], [50_000, 60_000, 12_500])
})

test('flags become settings', () => {
  const text = `--controllers=*,-ttl-after-finished-controller
--concurrent-deployment-syncs=9
--node-monitor-grace-period=16s
--node-cidr-mask-size=26
--horizontal-pod-autoscaler-sync-period=5s
--horizontal-pod-autoscaler-tolerance=0.2
--node-eviction-rate=1.5
--enable-garbage-collector=false
--feature-gates=StorageVersionMigrator=true`
  const options = controllerManagerOptions(text)
  assert.deepEqual(options.controllers, ['*', '-ttl-after-finished-controller', '-garbage-collector-controller'])
  assert.deepEqual(options.workers, { 'deployment-controller': 9 })
  assert.deepEqual([options.nodeMonitorGracePeriodMs, options.nodeCidrMaskSize, options.zoneLimits?.nodeEvictionRate], [16_000, 26, 1.5])
  assert.deepEqual([...options.featureGates!], ['StorageVersionMigrator'])
  assert.deepEqual([options.autoscaler?.syncMs, options.autoscaler?.tolerance], [5_000, 0.2])
})

test('Controllers may be called as before 1.28; what a default 1.36 knows and does not run changes nothing', () => {
  const { controllers } = controllerManagerOptions('--controllers=*,-nodelifecycle,svm,-route,service-lb-controller,podgc')
  assert.deepEqual(controllers, ['*', '-node-lifecycle-controller', 'storage-version-migrator-controller', 'pod-garbage-collector-controller'])
})

for (const [text, message] of [
  ['--node-monitor-grace-perio=16s', 'unknown flag: --node-monitor-grace-perio'],
  ['--controllers=*,-nonsense', '"nonsense" is not in the list of known controllers'],
  ['--cluster-cidr=10.0.0.0/8', 'unknown flag: --cluster-cidr'],
  ['--node-monitor-grace-period=soon', 'invalid argument "soon" for "--node-monitor-grace-period" flag: time: invalid duration "soon"'],
  ['--node-monitor-grace-period=5', 'invalid argument "5" for "--node-monitor-grace-period" flag: time: missing unit in duration "5"'],
  ['--concurrent-deployment-syncs=x', 'invalid argument "x" for "--concurrent-deployment-syncs" flag: strconv.ParseInt: parsing "x": invalid syntax'],
  ['--concurrent-job-syncs=0', 'concurrent-job-syncs must be greater than 0, but got 0'],
  ['--concurrent-resourceclaim-syncs=0', 'concurrent-resourceclaim-syncs must be larger than 0, got 0'],
  ['--concurrent-device-taint-eviction-syncs=0', 'concurrent-device-taint-eviction-syncs must be greater than zero, got 0'],
  ['--enable-garbage-collector=maybe', 'invalid argument "maybe" for "--enable-garbage-collector" flag: strconv.ParseBool: parsing "maybe": invalid syntax'],
  ['--controllers=*,--x', '"-x" is not in the list of known controllers'],
  ['--node-monitor-grace-period=0s', 'invalid argument "0s" for "--node-monitor-grace-period" flag: it must be greater than zero'],
  ['--concurrent-service-endpoint-syncs=0', 'concurrent-service-endpoint-syncs must not be less than 1, but got 0'],
  ['--concurrent-service-endpoint-syncs=51', 'concurrent-service-endpoint-syncs must not be more than 50, but got 51'],
  ['--node-eviction-rate=fast', 'invalid argument "fast" for "--node-eviction-rate" flag: strconv.ParseFloat: parsing "fast": invalid syntax'],
  ['--feature-gates=Magic=true', 'invalid argument "Magic=true" for "--feature-gates" flag: unrecognized feature gate: Magic'],
  ['--node-cidr-mask-size-ipv4=33', 'invalid argument "33" for "--node-cidr-mask-size-ipv4" flag: a size from 1 to 32 is wanted'],
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
  const concurrent = [
    'cron-job daemonset deployment device-taint-eviction endpoint ephemeralvolume gc horizontal-pod-autoscaler job namespace rc replicaset resource-quota',
    'resourceclaim service-endpoint serviceaccount-token statefulset ttl-after-finished validating-admission-policy-status',
  ]
  for (const each of concurrent.join(' ').split(' ')) {
    const [controller] = Object.keys(controllerManagerOptions(`--concurrent-${each}-syncs=3`).workers!)
    assert.ok(names.has(controller!), each)
  }
})

test('the configuration shown is that of kube-controller-manager, but for what the cluster decides', () => {
  const { answer } = JSON.parse(readFileSync(new URL('configz.recorded.json', import.meta.url), 'utf8'))
  const cluster = { leaderElect: false, clusterCidr: '', serviceCidr: '' }
  const ours = JSON.parse(JSON.stringify(controllerManagerConfigz({ flags: controllerManagerFlagValues(''), ...cluster })))
  const real = answer['kubecontrollermanager.config.k8s.io']
  Object.assign(real.Generic, { ClientConnection: ours.Generic.ClientConnection, Debugging: ours.Generic.Debugging })
  Object.assign(real.CSRSigningController, { ClusterSigningCertFile: '', ClusterSigningKeyFile: '' })
  Object.assign(real.SAController, { ServiceAccountKeyFile: '', RootCAFile: '' })
  real.KubeCloudShared.AllocateNodeCIDRs = true
  assert.equal(JSON.stringify(ours), JSON.stringify(real))
  const flags = controllerManagerFlagValues('--node-monitor-grace-period=90s\n--concurrent-job-syncs=7\n--enable-garbage-collector=0')
  const told = controllerManagerConfigz({ flags, ...cluster, serviceCidr: '10.0.0.0/16,fd00::/108' }) as any
  assert.equal(told.NodeLifecycleController.NodeMonitorGracePeriod, '1m30s')
  assert.equal(told.JobController.ConcurrentJobSyncs, 7)
  assert.equal(told.GarbageCollectorController.EnableGarbageCollector, false)
  assert.equal(told.NodeIPAMController.SecondaryServiceCIDR, 'fd00::/108')
})
