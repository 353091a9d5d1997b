/** Sprig's cryptography. */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomUUID,
  scryptSync,
  X509Certificate,
} from 'node:crypto'
import bcrypt from 'bcryptjs'
import { goFunction } from '../exec/signature.ts'
import { makeCertificate, pem } from '../crypto/certificate.ts'
import { isIP } from 'node:net'
import * as asn1 from '#base/der.ts'
import { printValue } from '../print/print.ts'
import { bytesToText, textToBytes } from '../print/quote.ts'
import { base64Fault } from './base-encodings.ts'
import { GoObject, type GoFunction, type Value } from '../types.ts'

const bcryptCost = 10
const maxRandomBytes = 16 * 1024 * 1024

class Certificate extends GoObject {
  readonly typeName = 'sprig.certificate'
  readonly certificate: string
  readonly key: string
  constructor(certificate: string, key: string) {
    super()
    this.certificate = certificate
    this.key = key
  }
  override field(name: string): Value {
    return name === 'Cert' ? this.certificate : name === 'Key' ? this.key : undefined
  }
  override print(): string {
    return `{${this.certificate} ${this.key}}`
  }
  override jsonFields(): readonly (readonly [string, Value])[] {
    return [
      ['Cert', this.certificate],
      ['Key', this.key],
    ]
  }
}

const hash = (algorithm: string): GoFunction => goFunction('string', (text: string) => createHash(algorithm).update(textToBytes(text)).digest('hex'))

function adler32(text: string): string {
  let [a, b] = [1, 0]
  for (const byte of textToBytes(text)) {
    a = (a + byte) % 65521
    b = (b + a) % 65521
  }
  return String(b * 65536 + a)
}

function bcryptHash(text: string): string {
  if (textToBytes(text).length > 72) return 'failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes'
  return bcrypt.hashSync(text, bcrypt.genSaltSync(bcryptCost)).replace(/^\$2b\$/, '$2a$')
}

function keyPem(key: KeyObject): string {
  if (key.asymmetricKeyType === 'rsa') return String(key.export({ type: 'pkcs1', format: 'pem' }))
  if (key.asymmetricKeyType === 'ec') return String(key.export({ type: 'sec1', format: 'pem' }))
  return String(key.export({ type: 'pkcs8', format: 'pem' }))
}

/** Go writes the numbers of a DSA key in one sequence, as OpenSSL did of old. */
function dsaKey(): string {
  const { privateKey } = generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 })
  const info = asn1.elementsOf(privateKey.export({ type: 'pkcs8', format: 'der' }))
  const [p, q, g] = asn1.elementsOf(asn1.elementsOf(info[1]!)[1]!).map(asn1.contentOf) as [Buffer, Buffer, Buffer]
  const x = asn1.contentOf(asn1.contentOf(info[2]!))
  const power = (base: bigint, exponent: bigint, modulus: bigint): bigint => {
    let result = 1n
    for (let [b, e] = [base % modulus, exponent]; e > 0n; e >>= 1n, b = (b * b) % modulus) if (e & 1n) result = (result * b) % modulus
    return result
  }
  const big = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`)
  const hex = power(big(g), big(x), big(p)).toString(16)
  const y = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return pem('DSA PRIVATE KEY', asn1.sequence(...[Buffer.from([0]), p, q, g, y, x].map(asn1.integer)))
}

function privateKey(type: string): string {
  switch (type) {
    case '':
    case 'rsa':
      return keyPem(generateKeyPairSync('rsa', { modulusLength: 4096 }).privateKey)
    case 'dsa':
      return dsaKey()
    case 'ecdsa':
      return keyPem(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey)
    case 'ed25519':
      return keyPem(generateKeyPairSync('ed25519').privateKey)
  }
  return `Unknown type ${type}`
}

function parseKey(text: string): KeyObject {
  const label = /-----BEGIN ([^-]+)-----/.exec(text)?.[1]
  if (label === undefined) throw new Error('no PEM data in input')
  if (label !== 'PRIVATE KEY' && !label.endsWith(' PRIVATE KEY')) throw new Error(`no private key data in PEM block of type ${label}`)
  try {
    return createPrivateKey(text)
  } catch (error) {
    if (label === 'PRIVATE KEY') throw new Error(`decoding PEM as PKCS#8: ${(error as Error).message}`)
    const type = label.slice(0, -' PRIVATE KEY'.length)
    if (!['RSA', 'EC', 'DSA'].includes(type)) throw new Error(`invalid private key type ${type}`)
    throw new Error(`parsing ${type} private key from PEM: ${(error as Error).message}`)
  }
}

function addressesOf(list: readonly Value[] | null): string[] {
  return (list ?? []).map((each) => {
    if (typeof each !== 'string') throw new Error(`error parsing ip: ${printValue(each)} is not a string`)
    if (isIP(each) === 0) throw new Error(`error parsing ip: ${each}`)
    return each
  })
}

function dnsNamesOf(list: readonly Value[] | null): string[] {
  return (list ?? []).map((each) => {
    if (typeof each !== 'string') throw new Error(`error processing alternate dns name: ${printValue(each)} is not a string`)
    return each
  })
}

interface Wanted {
  readonly commonName: string
  readonly ips?: readonly Value[] | null
  readonly names?: readonly Value[] | null
  readonly days: bigint
  readonly isAuthority?: boolean
  readonly keyText?: string | undefined
  readonly authority?: Certificate
}

function certify(wanted: Wanted): Certificate {
  let key: KeyObject
  try {
    key = wanted.keyText === undefined ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey : parseKey(wanted.keyText)
  } catch (error) {
    throw new Error(`parsing private key: ${(error as Error).message}`)
  }
  let signer: { certificatePem: string; key: KeyObject } | undefined
  if (wanted.authority) {
    if (!wanted.authority.certificate.includes('-----BEGIN')) throw new Error('unable to decode certificate')
    try {
      signer = { certificatePem: wanted.authority.certificate, key: parseKey(wanted.authority.key) }
    } catch (error) {
      throw new Error(`error parsing private key: ${(error as Error).message}`)
    }
  }
  const certificate = makeCertificate({
    commonName: wanted.commonName,
    addresses: addressesOf(wanted.ips ?? null),
    dnsNames: dnsNamesOf(wanted.names ?? null),
    daysValid: Number(wanted.days),
    isAuthority: wanted.isAuthority ?? false,
    key,
    now: new Date(),
    ...(signer && { signer }),
  })
  return new Certificate(certificate, keyPem(key))
}

function buildCustomCert(certificate64: string, key64: string): Certificate {
  const decode = (text: string, what: string): string => {
    if (base64Fault(text) >= 0) throw new Error(`unable to decode base64 ${what}`)
    return bytesToText(Buffer.from(text, 'base64'))
  }
  const certificate = decode(certificate64, 'certificate')
  const key = decode(key64, 'private key')
  if (!certificate.includes('-----BEGIN')) throw new Error('unable to decode certificate')
  try {
    new X509Certificate(certificate)
  } catch (error) {
    throw new Error(`error parsing certificate: decodedCert.Bytes: ${(error as Error).message}`)
  }
  try {
    parseKey(key)
  } catch (error) {
    throw new Error(`error parsing private key: ${(error as Error).message}`)
  }
  return new Certificate(certificate, key)
}

const seedName = 'com.lyndir.masterpassword'
const passwordTemplates: Readonly<Record<string, readonly string[]>> = {
  maximum: ['anoxxxxxxxxxxxxxxxxx', 'axxxxxxxxxxxxxxxxxno'],
  long: [
    'CvcvnoCvcvCvcv',
    'CvcvCvcvnoCvcv',
    'CvcvCvcvCvcvno',
    'CvccnoCvcvCvcv',
    'CvccCvcvnoCvcv',
    'CvccCvcvCvcvno',
    'CvcvnoCvccCvcv',
    'CvcvCvccnoCvcv',
    'CvcvCvccCvcvno',
    'CvcvnoCvcvCvcc',
    'CvcvCvcvnoCvcc',
    'CvcvCvcvCvccno',
    'CvccnoCvccCvcv',
    'CvccCvccnoCvcv',
    'CvccCvccCvcvno',
    'CvcvnoCvccCvcc',
    'CvcvCvccnoCvcc',
    'CvcvCvccCvccno',
    'CvccnoCvcvCvcc',
    'CvccCvcvnoCvcc',
    'CvccCvcvCvccno',
  ],
  medium: ['CvcnoCvc', 'CvcCvcno'],
  short: ['Cvcn'],
  basic: ['aaanaaan', 'aannaaan', 'aaannaaa'],
  pin: ['nnnn'],
}
const upperConsonants = 'BCDFGHJKLMNPQRSTVWXYZ'
const lowerConsonants = 'bcdfghjklmnpqrstvwxyz'
const passwordCharacters: Readonly<Record<string, string>> = {
  V: 'AEIOU',
  C: upperConsonants,
  v: 'aeiou',
  c: lowerConsonants,
  A: `AEIOU${upperConsonants}`,
  a: `AEIOUaeiou${upperConsonants}${lowerConsonants}`,
  n: '0123456789',
  o: "@&%?,=[]_:-+*$#!'^~;()/.",
  x: `AEIOUaeiou${upperConsonants}${lowerConsonants}0123456789!@#$%^&*()`,
}

/** The algorithm of Master Password, version 2. */
function derivePassword(counter: bigint, type: string, password: string, user: string, site: string): string {
  const templates = Object.hasOwn(passwordTemplates, type) ? passwordTemplates[type]! : undefined
  if (!templates) return `cannot find password template ${type}`
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  }
  const [userBytes, siteBytes] = [textToBytes(user), textToBytes(site)]
  const salt = Buffer.concat([Buffer.from(seedName), number(userBytes.length), userBytes])
  const key = scryptSync(textToBytes(password), salt, 64, { N: 32768, r: 8, p: 2, maxmem: 128 * 1024 * 1024 })
  const message = Buffer.concat([Buffer.from(seedName), number(siteBytes.length), siteBytes, number(Number(counter))])
  const seed = createHmac('sha256', key).update(message).digest()
  const template = templates[seed[0]! % templates.length]!
  return [...template]
    .map((element, at) => {
      const characters = passwordCharacters[element]!
      return characters[seed[at + 1]! % characters.length]
    })
    .join('')
}

/** The key is the password, cut or filled with zeros. */
function aesKey(password: string): Buffer {
  const key = Buffer.alloc(32)
  textToBytes(password).copy(key)
  return key
}

function encryptAES(password: string, text: string): string {
  if (text === '') return ''
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', aesKey(password), iv)
  return Buffer.concat([iv, cipher.update(textToBytes(text)), cipher.final()]).toString('base64')
}

function decryptAES(password: string, text: string): string {
  if (text === '') return ''
  const bytes = Buffer.from(text, 'base64')
  const fault = base64Fault(text)
  if (fault >= 0) throw new Error(`illegal base64 data at input byte ${fault}`)
  if (bytes.length < 16) throw new Error(`runtime error: slice bounds out of range [:16] with capacity ${bytes.length}`)
  if (bytes.length === 16) throw new Error('runtime error: index out of range [-1]')
  if (bytes.length % 16 !== 0) throw new Error('crypto/cipher: input not full blocks')
  const decipher = createDecipheriv('aes-256-cbc', aesKey(password), bytes.subarray(0, 16)).setAutoPadding(false)
  const plain = Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()])
  const padding = plain.at(-1)!
  if (padding > plain.length) throw new Error(`runtime error: slice bounds out of range [:${plain.length - padding}]`)
  return bytesToText(plain.subarray(0, plain.length - padding))
}

function randBytes(count: bigint): string {
  if (count < 0n || count > BigInt(maxRandomBytes)) throw new Error('runtime error: makeslice: len out of range')
  return randomBytes(Number(count)).toString('base64')
}

const lists = '[]interface {}, []interface {}'

export const cryptoFunctions: Readonly<Record<string, GoFunction>> = {
  sha1sum: hash('sha1'),
  sha256sum: hash('sha256'),
  sha512sum: hash('sha512'),
  adler32sum: goFunction('string', adler32),
  bcrypt: goFunction('string', bcryptHash),
  htpasswd: goFunction('string, string', (user: string, password: string) =>
    user.includes(':') ? `invalid username: ${user}` : `${user}:${bcryptHash(password)}`,
  ),
  genPrivateKey: goFunction('string', privateKey),
  derivePassword: goFunction('uint32, string, string, string, string', derivePassword),
  buildCustomCert: goFunction('string, string', buildCustomCert),
  genCA: goFunction('string, int', (commonName: string, days: bigint) => certify({ commonName, days, isAuthority: true })),
  genCAWithKey: goFunction('string, int, string', (commonName: string, days: bigint, keyText: string) =>
    certify({ commonName, days, isAuthority: true, keyText }),
  ),
  genSelfSignedCert: goFunction(`string, ${lists}, int`, (commonName: string, ips: Value[], names: Value[], days: bigint) =>
    certify({ commonName, ips, names, days }),
  ),
  genSelfSignedCertWithKey: goFunction(`string, ${lists}, int, string`, (commonName: string, ips: Value[], names: Value[], days: bigint, keyText: string) =>
    certify({ commonName, ips, names, days, keyText }),
  ),
  genSignedCert: goFunction(
    `string, ${lists}, int, sprig.certificate`,
    (commonName: string, ips: Value[], names: Value[], days: bigint, authority: Certificate) => certify({ commonName, ips, names, days, authority }),
  ),
  genSignedCertWithKey: goFunction(
    `string, ${lists}, int, sprig.certificate, string`,
    (commonName: string, ips: Value[], names: Value[], days: bigint, authority: Certificate, keyText: string) =>
      certify({ commonName, ips, names, days, authority, keyText }),
  ),
  encryptAES: goFunction('string, string', encryptAES),
  decryptAES: goFunction('string, string', decryptAES),
  randBytes: goFunction('int', randBytes),
  uuidv4: goFunction('', () => randomUUID()),
}
