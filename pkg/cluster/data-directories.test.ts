import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { noClusterIn } from './commands/command.ts'
import { defaultDataDir } from './config.ts'
import { dataDirNamed, forgetDataDir, recordDataDir, recordedDataDir } from './data-directories.ts'

/** A cluster's directory, as far as a look-up needs one. */
function clusterIn(path: string): string {
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'config.json'), '{}')
  return path
}

function inFolder(act: (folder: string, records: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'data-directories-'))
  try {
    act(folder, join(folder, 'names'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('a cluster that was made elsewhere is found by its name, until it is deleted', () =>
  inFolder((folder, records) => {
    const dataDir = clusterIn(join(folder, 'test'))
    assert.equal(dataDirNamed('test', records), defaultDataDir('test'))
    recordDataDir('test', dataDir, records)
    recordDataDir('test', dataDir, records)
    assert.equal(dataDirNamed('test', records), dataDir)
    assert.equal(dataDirNamed('other', records), defaultDataDir('other'))
    assert.deepEqual(readdirSync(records), ['test'])
    forgetDataDir('test', dataDir, records)
    assert.equal(dataDirNamed('test', records), defaultDataDir('test'))
    assert.equal(existsSync(records), false, 'nothing is left behind')
  }))

test('the last place counts: one elsewhere, or the default one again', () =>
  inFolder((folder, records) => {
    const [first, second] = [clusterIn(join(folder, 'first')), clusterIn(join(folder, 'second'))]
    recordDataDir('test', first, records)
    recordDataDir('test', second, records)
    forgetDataDir('test', first, records)
    assert.equal(dataDirNamed('test', records), second, "another's deletion takes no record away")
    recordDataDir('test', defaultDataDir('test'), records)
    assert.equal(recordedDataDir('test', records), undefined)
  }))

test('where the cluster is gone from its directory, the name means its default place, and the failure says where it was', () =>
  inFolder((folder, records) => {
    const dataDir = clusterIn(join(folder, 'gone'))
    recordDataDir('test', dataDir, records)
    rmSync(dataDir, { recursive: true })
    assert.equal(dataDirNamed('test', records), defaultDataDir('test'))
    assert.equal(
      noClusterIn({ name: 'test' }, records).message,
      `there is no cluster in ${defaultDataDir('test')}, nor in ${dataDir}, where test was made; start one with: k8ts up --name test, or say where it is with --data-dir`,
    )
    assert.equal(noClusterIn({}, records).message, `there is no cluster in ${defaultDataDir()}; start one with: k8ts up, or say where it is with --data-dir`)
  }))

test('a name that is none is refused, not looked for', () =>
  inFolder((_, records) => {
    for (const name of ['../etc', 'A', '']) assert.throws(() => dataDirNamed(name, records), /invalid cluster name/)
  }))
