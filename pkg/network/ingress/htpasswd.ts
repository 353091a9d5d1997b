/** Passwords as htpasswd writes them: apr1 (its default), {SHA}, {PLAIN}. Others (bcrypt, crypt) match nobody. */
import { createHash, timingSafeEqual } from 'node:crypto'

/** `file` is lines of "user:hash". */
export function checkFile(file: string, user: string, password: string): boolean {
  for (const line of file.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0 && line.slice(0, colon) === user) return checkHash(line.slice(colon + 1).trim(), password)
  }
  return false
}

export function checkHash(hash: string, password: string): boolean {
  if (hash.startsWith('{SHA}')) return same(hash.slice(5), createHash('sha1').update(password).digest('base64'))
  if (hash.startsWith('{PLAIN}')) return same(hash.slice(7), password)
  const apr1 = /^\$apr1\$([^$]{1,8})\$/.exec(hash)
  return apr1 ? same(hash, apr1Hash(password, apr1[1]!)) : false
}

function same(a: string, b: string): boolean {
  const [x, y] = [a, b].map((each) => createHash('sha256').update(each).digest())
  return timingSafeEqual(x!, y!)
}

const md5 = (...parts: (string | Buffer)[]): Buffer => {
  const hash = createHash('md5')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const digits = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Apache's MD5 variant: a thousand rounds that mix password, salt and the last digest. */
export function apr1Hash(password: string, salt: string): string {
  const word = Buffer.from(password)
  const inner = md5(word, salt, word)
  const parts: Buffer[] = [word, Buffer.from(`$apr1$${salt}`)]
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
  const triple = (a: number, b: number, c: number, length = 4): string => {
    let value = (a << 16) | (b << 8) | c
    let text = ''
    for (let index = 0; index < length; index++, value >>= 6) text += digits[value & 63]
    return text
  }
  const at = (index: number) => digest[index] ?? 0
  const groups = [0, 1, 2, 3].map((index) => triple(at(index), at(index + 6), at(index + 12)))
  return `$apr1$${salt}$${groups.join('')}${triple(at(4), at(10), at(5))}${triple(0, 0, at(11), 2)}`
}
