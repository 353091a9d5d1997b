import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { configzName, schedulerConfigz } from './configz.ts'

const { answer } = JSON.parse(readFileSync(new URL('configz.recorded.json', import.meta.url), 'utf8'))

test('without a file the configuration is that of kube-scheduler, but for what serves and connects', () => {
  const ours = JSON.parse(JSON.stringify(schedulerConfigz()))
  const { clientConnection, ...real } = answer[configzName]
  assert.deepEqual(Object.keys(ours.clientConnection), Object.keys(clientConnection))
  assert.deepEqual({ ...ours, clientConnection }, { ...real, clientConnection, enableProfiling: false, enableContentionProfiling: false })
  assert.equal(JSON.stringify(ours.profiles), JSON.stringify(real.profiles), 'in its order too')
})

test('a file’s plugins and arguments are merged into the defaults', () => {
  const text = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
podMaxBackoffSeconds: 20
profiles:
- schedulerName: packing
  plugins:
    multiPoint:
      enabled: [{name: ImageLocality, weight: 5}, {name: Mine}]
      disabled: [{name: NodePorts}]
    score:
      disabled: [{name: "*"}]
  pluginConfig:
  - name: NodeResourcesFit
    args: {scoringStrategy: {type: MostAllocated}}
`
  const { podMaxBackoffSeconds, profiles } = schedulerConfigz(text) as any
  const [{ plugins, pluginConfig, schedulerName }] = profiles
  assert.deepEqual([podMaxBackoffSeconds, schedulerName], [20, 'packing'])
  const names = plugins.multiPoint.enabled.map(({ name }: { name: string }) => name)
  assert.ok(!names.includes('NodePorts'))
  assert.equal(names.at(-1), 'Mine')
  assert.deepEqual(plugins.multiPoint.enabled[names.indexOf('ImageLocality')], { name: 'ImageLocality', weight: 5 })
  assert.deepEqual(plugins.multiPoint.disabled, [{ name: 'NodePorts', weight: 0 }])
  assert.deepEqual(plugins.score, { disabled: [{ name: '*', weight: 0 }] })
  assert.equal(pluginConfig[0].args.scoringStrategy.type, 'MostAllocated')
  assert.equal(pluginConfig[0].args.scoringStrategy.resources.length, 2)
  assert.equal(pluginConfig.length, 8)
})
