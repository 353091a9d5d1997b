/** The account's key, in kube-system/k8ts-acme-account; made once, since the server knows the account by it. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { secrets } from '#api/gen/resources.ts'
import { isAlreadyExists, isNotFound } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'

const accountSecret = { namespace: 'kube-system', name: 'k8ts-acme-account' }
const field = 'tls.key'

export async function accountKey(client: Client): Promise<KeyObject> {
  const known = await stored(client)
  if (known) return known
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  try {
    await client.create(secrets, { metadata: accountSecret, type: 'Opaque', data: { [field]: Buffer.from(pem).toString('base64') } })
    return privateKey
  } catch (error) {
    // Another controller of ours was quicker.
    const theirs = isAlreadyExists(error) ? await stored(client) : undefined
    if (theirs) return theirs
    throw error
  }
}

async function stored(client: Client): Promise<KeyObject | undefined> {
  try {
    const { data = {} } = await client.get(secrets, accountSecret)
    return createPrivateKey(Buffer.from(data[field] ?? '', 'base64').toString())
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
