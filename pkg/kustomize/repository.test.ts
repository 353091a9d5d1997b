import assert from 'node:assert/strict'
import { test } from 'node:test'
import { repositoryOf } from './repository.ts'

test('an address is taken apart into what to clone, the folder in it, and the revision', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['https://github.com/org/repo', 'https://github.com/org/repo', '', ''],
    ['https://github.com/org/repo/a/b?ref=v1', 'https://github.com/org/repo', 'a/b', 'v1'],
    ['github.com/org/repo//a?version=v2', 'https://github.com/org/repo', 'a', 'v2'],
    ['github.com/org/repo?version=v2&ref=v3', 'https://github.com/org/repo', '', 'v3'],
    ['http://github.com/org/repo.git/a', 'https://github.com/org/repo.git', 'a', ''],
    ['git@github.com:org/repo.git//a', 'git@github.com:org/repo.git', 'a', ''],
    ['ssh://git@github.com/org/repo', 'git@github.com:org/repo', '', ''],
    ['git::https://example.com/org/repo.git', 'https://example.com/org/repo.git', '', ''],
    ['https://example.com:8443/org/repo/deep', 'https://example.com:8443/org/repo', 'deep', ''],
    ['ssh://user@example.com/org/repo//x', 'ssh://user@example.com/org/repo', 'x', ''],
    ['user@example.com:group/repo.git/x', 'user@example.com:group/repo.git', 'x', ''],
    ['https://example.com/org/project/_git/repo/a/b', 'https://example.com/org/project/_git/repo', 'a/b', ''],
    ['file:///srv/repo', 'file:///srv/repo', '', ''],
    ['file:///srv/repo//a/b?ref=main', 'file:///srv/repo', 'a/b', 'main'],
    ['FILE:///srv/repo.git/a', 'file:///srv/repo.git', 'a', ''],
  ]
  for (const [raw, address, folder, revision] of cases) {
    const found = repositoryOf(raw)
    assert.deepEqual([found?.address, found?.folder, found?.revision], [address, folder, revision], raw)
  }
})

test('what is no address of a repository is a folder', () => {
  for (const path of [
    'base',
    '../base',
    './a',
    '/srv/repo',
    'example.com/org/repo',
    'https://example.com',
    'https://example.com/org',
    'github.com/org',
    'https://github.com/org/repo//../x',
    '',
  ])
    assert.equal(repositoryOf(path), undefined, path)
})

test('the time limit is in seconds or a duration, and submodules come unless they are refused', () => {
  const of = (query: string) => {
    const { timeoutMs, submodules } = repositoryOf(`https://github.com/org/repo?${query}`)!
    return [timeoutMs, submodules]
  }
  assert.deepEqual(of(''), [27_000, true])
  assert.deepEqual(of('timeout=61&submodules=false'), [61_000, false])
  assert.deepEqual(of('timeout=1m30s&submodules=0'), [90_000, false])
  assert.deepEqual(of('timeout=0&submodules=what'), [27_000, true])
  assert.deepEqual(of('timeout=soon'), [27_000, true])
})
