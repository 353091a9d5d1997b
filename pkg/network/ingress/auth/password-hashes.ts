/** The password hashes of htpasswd and crypt(3) that take no long time: apr1 and MD5 ($1$), SHA-256 ($5$) and SHA-512 ($6$), {SHA}, {SSHA}, {PLAIN}. */
import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether the password has this hash; undefined when the hash is of none of these kinds. */
export function matchesHash(hash: string, password: string): boolean | undefined {
  if (hash.startsWith('{SHA}')) return same(hash.slice(5), createHash('sha1').update(password).digest('base64'))
  if (hash.startsWith('{SSHA}')) return matchesSalted(hash.slice(6), password)
  if (hash.startsWith('{PLAIN}')) return same(hash.slice(7), password)
  const md5Crypt = /^\$(apr1|1)\$([^$]{1,8})\$/.exec(hash)
  if (md5Crypt) return same(hash, md5Hash(password, md5Crypt[2]!, md5Crypt[1] as 'apr1' | '1'))
  const shaCrypt = /^\$([56])\$(?:rounds=(\d{1,9})\$)?([^$]{0,16})\$/.exec(hash)
  if (!shaCrypt) return undefined
  const rounds = shaCrypt[2] === undefined ? undefined : Number(shaCrypt[2])
  // More would hold up everybody else; nobody's tool writes them.
  if (rounds !== undefined && rounds > maxRounds) return false
  return same(hash, shaHash(password, shaCrypt[3]!, shaCrypt[1] === '5' ? 'sha256' : 'sha512', rounds))
}

const maxRounds = 20_000

function same(a: string, b: string): boolean {
  const [x, y] = [a, b].map((each) => createHash('sha256').update(each).digest())
  return timingSafeEqual(x!, y!)
}

/** SHA-1 of password and salt, with the salt behind it (RFC 2307's custom). */
function matchesSalted(encoded: string, password: string): boolean {
  const bytes = Buffer.from(encoded, 'base64')
  const salt = bytes.subarray(20)
  return same(bytes.subarray(0, 20).toString('hex'), createHash('sha1').update(password).update(salt).digest('hex'))
}

const md5 = (...parts: (string | Buffer)[]): Buffer => {
  const hash = createHash('md5')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const digits = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

export const apr1Hash = (password: string, salt: string): string => md5Hash(password, salt, 'apr1')

/** MD5 crypt, and Apache's variant of it: a thousand rounds that mix password, salt and the last digest. */
function md5Hash(password: string, salt: string, kind: 'apr1' | '1'): string {
  const word = Buffer.from(password)
  const inner = md5(word, salt, word)
  const parts: Buffer[] = [word, Buffer.from(`$${kind}$${salt}`)]
  for (let left = word.length; left > 0; left -= 16) parts.push(inner.subarray(0, Math.min(16, left)))
  for (let bits = word.length; bits > 0; bits >>= 1) parts.push((bits & 1) === 1 ? Buffer.from([0]) : word.subarray(0, 1))
  let digest = md5(...parts)
  for (let round = 0; round < 1000; round++) {
    const mix: (string | Buffer)[] = [round & 1 ? word : digest]
    if (round % 3) mix.push(salt)
    if (round % 7) mix.push(word)
    mix.push(round & 1 ? digest : word)
    digest = md5(...mix)
  }
  const at = (index: number) => digest[index] ?? 0
  const groups = [0, 1, 2, 3].map((index) => letters(at(index), at(index + 6), at(index + 12)))
  return `$${kind}$${salt}$${groups.join('')}${letters(at(4), at(10), at(5))}${letters(0, 0, at(11), 2)}`
}

/** Three bytes as four letters, the lowest bits first. */
function letters(a: number, b: number, c: number, length = 4): string {
  let value = (a << 16) | (b << 8) | c
  let text = ''
  for (let index = 0; index < length; index++, value >>= 6) text += digits[value & 63]
  return text
}

/** SHA-crypt: 5,000 rounds unless the hash names another number. */
function shaHash(password: string, salt: string, algorithm: 'sha256' | 'sha512', named?: number): string {
  const rounds = Math.max(1000, named ?? 5000)
  const size = algorithm === 'sha256' ? 32 : 64
  const digestOf = (...parts: Buffer[]): Buffer => {
    const hash = createHash(algorithm)
    for (const part of parts) hash.update(part)
    return hash.digest()
  }
  /** As many bytes of the digest, over and over, as are wanted. */
  const repeated = (digest: Buffer, length: number): Buffer => Buffer.alloc(length, digest)
  const [word, grain] = [Buffer.from(password), Buffer.from(salt)]
  const inner = digestOf(word, grain, word)
  const parts = [word, grain, repeated(inner, word.length)]
  for (let bits = word.length; bits > 0; bits >>= 1) parts.push((bits & 1) === 1 ? inner : word)
  let digest = digestOf(...parts)
  const p = repeated(digestOf(...Array.from({ length: word.length }, () => word)), word.length)
  const s = repeated(digestOf(...Array.from({ length: 16 + digest[0]! }, () => grain)), grain.length)
  for (let round = 0; round < rounds; round++) {
    const mix = [round & 1 ? p : digest]
    if (round % 3) mix.push(s)
    if (round % 7) mix.push(p)
    mix.push(round & 1 ? digest : p)
    digest = digestOf(...mix)
  }
  const third = Math.floor(size / 3)
  const at = (index: number) => digest[index] ?? 0
  // Each group takes one byte of every third, turned by one each time.
  const groups = Array.from({ length: third }, (_, index) => {
    const three = [index, index + third, index + 2 * third]
    const turn = algorithm === 'sha256' ? (3 - (index % 3)) % 3 : index % 3
    return letters(at(three[turn]!), at(three[(turn + 1) % 3]!), at(three[(turn + 2) % 3]!))
  })
  const last = algorithm === 'sha256' ? letters(0, at(31), at(30), 3) : letters(0, 0, at(63), 2)
  return `$${algorithm === 'sha256' ? 5 : 6}$${named === undefined ? '' : `rounds=${rounds}$`}${salt}$${groups.join('')}${last}`
}
