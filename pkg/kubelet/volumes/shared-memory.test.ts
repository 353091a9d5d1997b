import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { kubeletPaths } from '../paths.ts'
import { sharedMemory } from './shared-memory.ts'

let root: string
let mounts: string[]
const memory = () =>
  sharedMemory(kubeletPaths(root), async (path) => {
    mounts.push(path)
  })
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'k8ts-memory-'))
  mounts = []
})
afterEach(() => rmSync(root, { recursive: true }))

test('volumes of all pods lie in one mount, and are found at the place of upstream’s layout', async () => {
  const shared = memory()
  const [one, two] = await Promise.all([shared.directory('uid-1', 'secret', 'key'), shared.directory('uid-2', 'projected', 'key')])
  assert.deepEqual(mounts, [join(root, 'memory')])
  assert.ok(one.startsWith(join(root, 'memory', 'uid-1')) && two.startsWith(join(root, 'memory', 'uid-2')))
  writeFileSync(join(one, 'token'), 'secret')
  assert.equal(readFileSync(join(root, 'pods/uid-1/volumes/kubernetes.io~secret/key/token'), 'utf8'), 'secret')
  shared.remove('uid-1')
  assert.ok(!existsSync(one) && existsSync(two))
})

test('what a reboot took is made again behind the same link', async () => {
  const path = await memory().directory('uid-1', 'secret', 'key')
  rmSync(join(root, 'memory'), { recursive: true })
  assert.equal(await memory().directory('uid-1', 'secret', 'key'), path)
  assert.ok(existsSync(path))
  assert.equal(readlinkSync(join(root, 'pods/uid-1/volumes/kubernetes.io~secret/key')), path)
})

test('a mount of its own from an earlier version stays the volume, since containers look into it', async () => {
  const old = join(root, 'pods/uid-1/volumes/kubernetes.io~secret/key')
  mkdirSync(old, { recursive: true })
  assert.equal(await memory().directory('uid-1', 'secret', 'key'), old)
  assert.deepEqual(mounts, [old])
})

test('a mount that failed is tried again', async () => {
  let fails = true
  const shared = sharedMemory(kubeletPaths(root), async () => {
    if (fails) throw new Error('no memory')
  })
  await assert.rejects(shared.directory('uid-1', 'secret', 'key'), /no memory/)
  fails = false
  await shared.directory('uid-1', 'secret', 'key')
})
