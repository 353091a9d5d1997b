import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { CertificateSigningRequest } from '#api/gen/certificates/v1.ts'
import { certificateSigningRequests } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { generateKeys, issueCa, issueLeaf } from '#cluster/pki/issue.ts'
import { parseRequest } from '#controllers/certificates/request.ts'
import { keepCertificate } from './certificate-manager.ts'
import { readKeyPair, rotateAt, writeKeyPair } from './key-pair.ts'

const dir = mkdtempSync(join(tmpdir(), 'k8ts-certificates-'))
after(() => rmSync(dir, { recursive: true }))
const now = Date.parse('2026-01-01T00:00:00Z')
const caKeys = await generateKeys()
const ca = { certificate: await issueCa('ca', caKeys, now), key: caKeys.privateKey }
const subject = { commonName: 'system:node:n1', organizations: ['system:nodes'], dnsNames: ['n1'], addresses: ['192.0.2.1'] }
/** The cryptography is done by other threads, in their own time. */
const until = async (question: () => unknown) => {
  for (let turn = 0; turn < 2000; turn++) {
    if (await question()) return
    await setTimeout(1)
  }
  throw new Error('did not come to pass')
}

test('a certificate is asked for, taken when it is signed, kept, and replaced before it ends', async () => {
  const clock = new FakeClock(now)
  const client = createFakeClient({ clock })
  const stop = new AbortController()
  const path = join(dir, 'pki', 'kubelet-server-current.pem')
  const seen: string[] = []
  const done = keepCertificate({
    client,
    clock,
    log: silentLogger,
    signal: stop.signal,
    signerName: 'kubernetes.io/kubelet-serving',
    usages: ['digital signature', 'server auth'],
    subject,
    path,
    onCurrent: ({ certificate }) => void seen.push(certificate),
    random: () => 0.5,
  })
  const requests = async () => (await client.list(certificateSigningRequests)).items as CertificateSigningRequest[]
  const signed = new Set<string>()
  const sign = async ({ metadata, spec }: CertificateSigningRequest) => {
    signed.add(metadata.name)
    const parsed = await parseRequest(spec.request)
    assert.deepEqual([parsed.commonName, parsed.organizations, parsed.dnsNames, parsed.addresses], ['system:node:n1', ['system:nodes'], ['n1'], ['192.0.2.1']])
    const spki = Buffer.from(await crypto.subtle.exportKey('spki', parsed.publicKey)).toString('base64')
    const publicKey = `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n`
    const certificate = await issueLeaf({ ...subject, usages: ['server'] }, ca, publicKey, clock.now())
    const status = { certificate: Buffer.from(certificate).toString('base64') }
    await client.patch(certificateSigningRequests, { name: metadata.name }, { status }, { type: 'merge', subresource: 'status' })
  }
  /** Signs whatever is asked for until there are so many certificates. */
  const issued = (count: number, stepMs: number) =>
    until(async () => {
      for (const request of await requests()) if (!signed.has(request.metadata.name)) await sign(request)
      await clock.advance(stepMs)
      return seen.length >= count
    })
  await issued(1, 1000)
  assert.equal(readKeyPair(path, clock.now())?.certificate.trim(), seen[0]!.trim())
  assert.equal(statSync(path).mode & 0o777, 0o600)
  // Due at four fifths of its year.
  while (clock.now() - now < 290 * 86_400_000) await clock.advance(43_200_000)
  assert.equal(seen.length, 1)
  await issued(2, 600_000)
  assert.notEqual(seen[1], seen[0])
  stop.abort()
  await done
})

test('a pair that has ended, or is not one, counts as none', async () => {
  const path = join(dir, 'pair.pem')
  assert.equal(readKeyPair(path, now), undefined)
  const keys = await generateKeys()
  const pair = { certificate: await issueLeaf({ ...subject, usages: ['client'] }, ca, keys.publicKey, now), key: keys.privateKey }
  writeKeyPair(path, pair)
  assert.equal(readKeyPair(path, now)?.key, pair.key)
  assert.equal(readKeyPair(path, now + 366 * 86_400_000), undefined)
  assert.ok(rotateAt(pair, 0) < rotateAt(pair, 1) && rotateAt(pair, 1) < now + 365 * 86_400_000)
  writeKeyPair(path, { ...pair, key: (await generateKeys()).privateKey })
  assert.equal(readKeyPair(path, now), undefined, 'the key is another’s')
})
