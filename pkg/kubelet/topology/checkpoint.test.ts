/** Files as kubelets of upstream have written them: read as they are, and written to the byte. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { cpuState } from '../cpus/state.ts'
import { readDeviceCheckpoint, writeDeviceCheckpoint } from '../devices/checkpoint.ts'
import { memoryState } from '../memory/state.ts'
import { readState, type StateFormat, writeState } from './checkpoint.ts'

function fileWith(t: TestContext, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'k8ts-state-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'state')
  writeFileSync(file, text)
  return file
}

const cpu = [
  '{"policyName":"none","defaultCpuSet":"","checksum":1353318690}',
  '{"policyName":"static","defaultCpuSet":"0-27","checksum":273146150}',
  '{"policyName":"static","defaultCpuSet":"0,13","entries":{"55784671-0e4e-49e2-b4d6-c0377ca14c81":{"app":"1-12"},"6c5f3038-adfc-485d-9943-3fd5e825300d":{"app":"14-27"}},"checksum":3558029577}',
]
const memory = [
  '{"policyName":"None","machineState":{},"checksum":4236770233}',
  '{"policyName":"static","machineState":{"0":{"numberOfAssignments":0,"memoryMap":{"memory":{"total":2048,"systemReserved":512,"allocatable":1536,"reserved":512,"free":1024}},"cells":[]}},"entries":{"pod":{"container1":[{"numaAffinity":[0],"type":"memory","size":512}]}},"checksum":4215593881}',
]
const formats: readonly (readonly [string, StateFormat<any>])[] = [
  ...cpu.map((text) => [text, cpuState] as const),
  ...memory.map((text) => [text, memoryState] as const),
]
for (const [text, format] of formats) {
  test(`the ${format.manager} manager's ${text.slice(0, 60)}… is read and written as upstream's kubelet does`, (t) => {
    const file = fileWith(t, text)
    const state = readState(file, JSON.parse(text).policyName, format)
    writeState(file, state, format)
    assert.equal(readFileSync(file, 'utf8'), text)
    writeFileSync(file, text.replace(/"checksum":/, '"checksum":1'))
    assert.throws(() => readState(file, JSON.parse(text).policyName, format), /checkpoint is corrupted/)
  })
}

const gpus = ['GPU-77a702db-e37f-3a74-d46d-c5713f66058c', 'GPU-9b341c59-f96b-ba85-c137-78c3652fea65', 'GPU-c1e9f249-b37b-81c2-a8d9-ba5ca0294841']
const allocation =
  'CkIKFk5WSURJQV9WSVNJQkxFX0RFVklDRVMSKEdQVS03N2E3MDJkYi1lMzdmLTNhNzQtZDQ2ZC1jNTcxM2Y2NjA1OGMaJAoOL2Rldi9udmlkaWFjdGwSDi9kZXYvbnZpZGlhY3RsGgJydxomCg8vZGV2L252aWRpYS11dm0SDy9kZXYvbnZpZGlhLXV2bRoCcncaMgoVL2Rldi9udmlkaWEtdXZtLXRvb2xzEhUvZGV2L252aWRpYS11dm0tdG9vbHMaAnJ3Gi4KEy9kZXYvbnZpZGlhLW1vZGVzZXQSEy9kZXYvbnZpZGlhLW1vZGVzZXQaAnJ3GiAKDC9kZXYvbnZpZGlhMBIML2Rldi9udmlkaWEwGgJydw=='
const pod = '513cb897-0262-4868-826f-aa943ee45a38'
const devices = `{"Data":{"PodDeviceEntries":[{"PodUID":"${pod}","ContainerName":"app","ResourceName":"nvidia.com/gpu","DeviceIDs":{"0":["${gpus[0]}"]},"AllocResp":"${allocation}"}],"RegisteredDevices":{"nvidia.com/gpu":${JSON.stringify(gpus)}}},"Checksum":133412836}`

test('the file of devices is read and written as upstream’s kubelet does, with the plugin’s answer in protobuf', (t) => {
  const file = fileWith(t, devices)
  const read = readDeviceCheckpoint(file)
  const [entry] = read.PodDeviceEntries
  assert.deepEqual([entry?.PodUID, entry?.DeviceIDs, entry?.AllocResp.envs], [pod, [gpus[0]], { NVIDIA_VISIBLE_DEVICES: gpus[0] }])
  assert.deepEqual(
    entry?.AllocResp.devices.map(({ container_path }) => container_path),
    ['/dev/nvidiactl', '/dev/nvidia-uvm', '/dev/nvidia-uvm-tools', '/dev/nvidia-modeset', '/dev/nvidia0'],
  )
  writeDeviceCheckpoint(file, read, () => [0])
  assert.equal(readFileSync(file, 'utf8'), devices)
  writeFileSync(file, devices.replace('"0":[', '"1":['))
  assert.throws(() => readDeviceCheckpoint(file), /is corrupted: its checksum does not match/)
})

test('without devices in use the file has upstream’s null; a device of no node stands at -1, one of several at each', (t) => {
  const none = '{"Data":{"PodDeviceEntries":null,"RegisteredDevices":{"nvidia.com/gpu":["GPU-0650a168-e770-3ea8-8ac3-8a1d419763e0"]}},"Checksum":3952659280}'
  const file = fileWith(t, none)
  const read = readDeviceCheckpoint(file)
  writeDeviceCheckpoint(file, read, () => [])
  assert.equal(readFileSync(file, 'utf8'), none)
  const AllocResp = { envs: {}, mounts: [], devices: [], annotations: {}, cdi_devices: [] }
  const entry = { PodUID: 'uid', ContainerName: 'c', ResourceName: 'example.com/thing', DeviceIDs: ['a', 'b'], AllocResp }
  writeDeviceCheckpoint(file, { PodDeviceEntries: [entry], RegisteredDevices: {} }, (_resource, id) => (id === 'a' ? [] : [0, 1]))
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')).Data.PodDeviceEntries[0].DeviceIDs, { '0': ['b'], '1': ['b'], '-1': ['a'] })
  assert.deepEqual(readDeviceCheckpoint(file).PodDeviceEntries[0]?.DeviceIDs.toSorted(), ['a', 'b'])
})
