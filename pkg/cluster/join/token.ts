/** Join tokens: a bootstrap token (docs: "Authenticating with Bootstrap Tokens") with a pin of the CA's public key, as kubeadm's discovery has it. */
import { createHash, randomInt, X509Certificate } from 'node:crypto'
import { UsageError } from '../usage-error.ts'

export interface BootstrapToken {
  readonly id: string
  readonly secret: string
}

export interface JoinToken extends BootstrapToken {
  /** SHA-256 of the CA's public key, in hex. */
  readonly caHash: string
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
const prefix = 'K8TS1'
const bootstrapForm = /^([a-z0-9]{6})\.([a-z0-9]{16})$/
const joinForm = new RegExp(`^${prefix}([0-9a-f]{64})::(.*)$`)
const hashForm = /^(?:sha256:)?([0-9a-f]{64})$/i

export function createBootstrapToken(): BootstrapToken {
  const text = (length: number) => Array.from({ length }, () => letters[randomInt(letters.length)]).join('')
  return { id: text(6), secret: text(16) }
}

/** The hash that kubeadm calls --discovery-token-ca-cert-hash: it stays when the CA is renewed over the same key. */
export function publicKeyHash(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('hex')
}

export function formatJoinToken({ id, secret }: BootstrapToken, caHash: string): string {
  return `${prefix}${caHash}::${id}.${secret}`
}

/** Reads what `k8ts token create` printed; or kubeadm's form ID.SECRET, which needs the hash beside it. */
export function parseJoinToken(text: string, hash?: string): JoinToken {
  const joined = joinForm.exec(text)
  const [, id, secret] = bootstrapForm.exec(joined ? (joined[2] as string) : text) ?? []
  if (!id || !secret) throw new UsageError('--token is not a join token; make one on the server with: k8ts token create')
  const given = hash === undefined ? undefined : hashForm.exec(hash)?.[1]?.toLowerCase()
  if (hash !== undefined && given === undefined) throw new UsageError('--ca-cert-hash must be sha256: and 64 hexadecimal digits')
  const caHash = joined?.[1] ?? given
  if (caHash === undefined)
    throw new UsageError('this token does not say which server to trust; give --ca-cert-hash sha256:HASH, or a token of: k8ts token create')
  if (joined && given !== undefined && given !== joined[1]) throw new UsageError('--ca-cert-hash and --token name different certificate authorities')
  return { id, secret, caHash }
}

/** "24h", "30m", "0" (never ends) → milliseconds, as kubeadm's --ttl. */
export function parseTtl(text: string): number {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text)
  if (text === '0') return 0
  if (text === '' || !match) throw new UsageError(`--ttl must be a duration like 24h or 30m, or 0 for a token that never ends, not "${text}"`)
  const [hours, minutes, seconds] = match.slice(1).map((each) => Number(each ?? 0)) as [number, number, number]
  return ((hours * 60 + minutes) * 60 + seconds) * 1000
}
