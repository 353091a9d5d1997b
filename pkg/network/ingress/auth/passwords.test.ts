import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import { hashSync } from 'bcryptjs'
import { FakeClock } from '#base/fake-clock.ts'
import { matchesHash } from './password-hashes.ts'
import { Passwords, TooManyPasswords } from './passwords.ts'

function rig(t: TestContext): { passwords: Passwords; clock: FakeClock } {
  const clock = new FakeClock()
  const passwords = new Passwords(clock)
  t.after(() => passwords.close())
  return { passwords, clock }
}

for (const kind of ['apr1', '1', '5', '6'])
  test(`a hash of kind ${kind} is what openssl makes of it, and of no other password`, () => {
    for (const password of ['pass word', 'x', 'a'.repeat(70), 'ünïcode']) {
      const hash = execFileSync('openssl', ['passwd', `-${kind}`, '-salt', 'xyz12345', '-stdin'], { input: `${password}\n` })
        .toString()
        .trim()
      assert.deepEqual([matchesHash(hash, password), matchesHash(hash, `${password}x`)], [true, false])
    }
  })

test('hashes with names in braces are read, and what is no hash is nobody’s', () => {
  assert.equal(matchesHash('{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', 'password'), true)
  // Python: base64.b64encode(hashlib.sha1(b"password" + b"salt").digest() + b"salt")
  assert.equal(matchesHash('{SSHA}yI6cZwQadOA1e+/f+T+H3eCQQhRzYWx0', 'password'), true)
  assert.equal(matchesHash('{PLAIN}password', 'password'), true)
  assert.equal(matchesHash('password', 'password'), undefined)
  assert.equal(matchesHash('$6$rounds=900000000$salt$x', 'password'), false, 'too many rounds')
})

test('bcrypt is checked beside the loop, and what was found is remembered', async (t) => {
  const { passwords } = rig(t)
  const hash = hashSync('secret', 4).replace('$2b$', '$2y$')
  const [right, wrong] = [passwords.matches(hash, 'secret'), passwords.matches(hash, 'wrong')]
  assert.ok(right instanceof Promise)
  assert.deepEqual(await Promise.all([right, wrong]), [true, false])
  assert.deepEqual([passwords.matches(hash, 'secret'), passwords.matches(hash, 'wrong')], [true, false], 'known at once')
  assert.equal(await passwords.matches('$2y$99$nonsense', 'x'), false)
})

test('too many at a time are refused, and a hash that takes too long lets nobody in', async (t) => {
  const { passwords, clock } = rig(t)
  const endless = `${hashSync('secret', 4).replace('$04$', '$30$')}`
  const asked = Array.from({ length: 64 }, (_, index) => passwords.matches(endless, String(index)))
  await assert.rejects(async () => passwords.matches(endless, 'one more'), TooManyPasswords)
  await clock.advance(10_000)
  assert.deepEqual(new Set(await Promise.all(asked)), new Set([false]))
  assert.equal(await passwords.matches(hashSync('secret', 4), 'secret'), true, 'another worker has taken its place')
})
