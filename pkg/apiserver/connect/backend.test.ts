import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentFor } from './backend.ts'

test('connections are shared as long as the certificate that is shown is the same one', () => {
  let certificate = 'one'
  const tls = {
    get certificate() {
      return certificate
    },
  }
  const first = agentFor(tls)
  assert.equal(agentFor(tls), first)
  certificate = 'two'
  const second = agentFor(tls)
  assert.notEqual(second, first)
  assert.equal(agentFor(tls), second)
})
