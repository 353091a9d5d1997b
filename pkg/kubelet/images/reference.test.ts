import assert from 'node:assert/strict'
import { test } from 'node:test'
import { referenceError, withDefaultTag } from './reference.ts'

test('what is wrong with a name is told as the container runtimes tell it', () => {
  for (const [image, message] of [
    ['Bad//Name', 'invalid reference format: repository name (/Name) must be lowercase'],
    ['Nginx', 'invalid reference format: repository name (library/Nginx) must be lowercase'],
    ['example.com/Web:1', 'invalid reference format: repository name (Web) must be lowercase'],
    ['a b', 'invalid reference format'],
  ] as const) {
    assert.equal(withDefaultTag(image), undefined)
    assert.equal(referenceError(image), message)
  }
})
