import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

/** A process with nothing else to do than to wait for its certificate, which is signed at the second look. */
const joining = `
  const { requestNodeCertificate } = await import(process.argv[1])
  let looks = 0
  const client = {
    create: async (_resource, object) => ({ ...object, metadata: { name: 'csr-1' } }),
    get: async () => ({ metadata: { name: 'csr-1' }, status: looks++ > 0 ? { certificate: Buffer.from('signed').toString('base64') } : {} }),
  }
  const { certificate } = await requestNodeCertificate(client, { nodeName: 'n1', kind: 'client' })
  console.log(certificate)
`

test('a command that waits for its certificate does not end before it has it', async () => {
  const node = join(import.meta.dirname, '..', '..', '..', 'tools', 'node.sh')
  const { stdout } = await promisify(execFile)(node, ['--input-type=module', '--eval', joining, join(import.meta.dirname, 'certificate.ts')])
  assert.equal(stdout, 'signed\n')
})
