/**
 * Envelope encryption by a KMS v2 plugin: a seed that the plugin has sealed, and for each value a key of its own that is derived from the
 * seed. The plugin is asked once a minute whether its key is still the same; when it is another, there is a new seed. Upstream: apiserver's
 * encryptionconfig (kmsv2PluginProbe) and storage/value/encrypt/envelope/kmsv2.
 */
import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto'
import { type Clock, rfc3339, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { aesGcm } from '../aes.ts'
import type { Opened, PrefixedProvider } from '../provider.ts'
import { checkEncryptedObject, checkKeyId, decodeEncryptedObject, encodeEncryptedObject, type EncryptedObject } from './encrypted-object.ts'
import type { KmsService } from './service.ts'

export interface KmsProviderOptions {
  readonly name: string
  readonly service: KmsService
  readonly clock: Clock
  readonly log: Logger
}

const wellMs = 60_000
const unwellMs = 10_000
/** So long a seed seals without the plugin having been well meanwhile. */
const writableMs = 3 * 60_000
const seedBytes = 32
const infoBytes = 32

interface State {
  readonly seed: Buffer
  readonly object: Omit<EncryptedObject, 'data'>
  readonly expiresMs: number
}

export class KmsProvider implements PrefixedProvider {
  readonly prefix: string
  readonly #options: KmsProviderOptions
  #state: State | undefined
  #version = ''
  #failure: string | undefined = 'not asked yet'
  /** Seeds and keys by how the plugin has sealed them. */
  readonly #known = new Map<string, Buffer>()

  constructor(options: KmsProviderOptions) {
    this.#options = options
    this.prefix = `k8s:enc:kms:v2:${options.name}:`
  }

  /** What is wrong with the plugin; undefined: it is well. */
  get failure(): string | undefined {
    return this.#failure
  }

  /** Asks at once, then in the background until the signal. A plugin that is not there yet is waited for, but not here. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#probe()
    const { clock, service } = this.#options
    void (async () => {
      while (!signal.aborted) {
        await sleep(clock, this.#failure === undefined ? wellMs : unwellMs, signal)
        if (!signal.aborted) await this.#probe()
      }
      service.close()
    })()
  }

  seal(name: string, plain: Uint8Array): Buffer {
    const state = this.#current()
    const now = this.#options.clock.now()
    if (now > state.expiresMs)
      throw new Error(
        `encryptedDEKSource with keyID hash ${JSON.stringify(hashOf(state.object.keyId))} expired at ${rfc3339(state.expiresMs)} (current time is ${rfc3339(now)})`,
      )
    const info = randomBytes(infoBytes)
    return encodeEncryptedObject({ ...state.object, data: Buffer.concat([info, aesGcm(derived(state.seed, info)).seal(name, plain)]) })
  }

  open(name: string, sealed: Buffer): Opened {
    const object = this.#read(sealed)
    const { object: current } = this.#current()
    const key = this.#known.get(keyOf(object))
    if (!key) throw new Error('failed to decrypt DEK, error: the KMS plugin has not been asked')
    const { plain } = dataOf(object, key, name)
    return { plain, isStale: object.keyId !== current.keyId || object.sourceType !== current.sourceType }
  }

  needs(sealed: Buffer): boolean {
    try {
      return !this.#known.has(keyOf(this.#read(sealed)))
    } catch {
      return false
    }
  }

  async prepare(sealed: Buffer): Promise<void> {
    const object = this.#read(sealed)
    const { source: ciphertext, keyId, annotations } = object
    try {
      this.#known.set(keyOf(object), await this.#options.service.decrypt(randomUUID(), { ciphertext, keyId, annotations }))
    } catch (error) {
      throw new Error(`failed to decrypt DEK, error: ${(error as Error).message}`, { cause: error })
    }
  }

  #read(sealed: Buffer): EncryptedObject {
    const object = decodeEncryptedObject(sealed)
    checkEncryptedObject(object)
    return object
  }

  #current(): State {
    if (!this.#state) throw new Error('got unexpected nil transformer')
    return this.#state
  }

  async #probe(): Promise<void> {
    const { name, log } = this.#options
    this.#failure = await this.#problem()
    if (this.#failure !== undefined) log.warn('the KMS plugin is not well', { name, error: this.#failure })
  }

  async #problem(): Promise<string | undefined> {
    const { name, service } = this.#options
    try {
      const { version, healthz, keyId } = await service.status()
      const errors: string[] = []
      if (healthz !== 'ok') errors.push(`got unexpected healthz status: ${healthz}`)
      if (version !== 'v2' && version !== 'v2beta1') errors.push(`expected KMSv2 API version v2, got ${version}`)
      else {
        this.#version ||= version
        if (this.#version !== version)
          errors.push(`KMSv2 API version should not change after the initial status response version ${this.#version}, got ${version}`)
      }
      errors.push(...(await this.#follow(keyId)))
      return errors.length === 0 ? undefined : `kmsv2 Provider ${name} is not healthy, error: ${errors.length > 1 ? `[${errors.join(', ')}]` : errors[0]}`
    } catch (error) {
      return `failed to perform status section of the healthz check for KMS Provider ${name}, error: ${(error as Error).message}`
    }
  }

  /** A seed goes on as long as the plugin's key is the one that has sealed it. */
  async #follow(keyId: string): Promise<string[]> {
    try {
      checkKeyId(keyId)
    } catch (error) {
      return [`got invalid KMSv2 KeyID hash ${JSON.stringify(keyId === '' ? '' : hashOf(keyId))}: ${(error as Error).message}`]
    }
    // The time counts from before the plugin was asked.
    const expiresMs = this.#options.clock.now() + writableMs
    if (this.#state?.object.keyId === keyId) {
      this.#state = { ...this.#state, expiresMs }
      return []
    }
    try {
      this.#state = await this.#newState(keyId, expiresMs)
      return []
    } catch (error) {
      return [`failed to rotate DEK statusKeyIDHash=${JSON.stringify(hashOf(keyId))}: ${(error as Error).message}`]
    }
  }

  async #newState(keyId: string, expiresMs: number): Promise<State> {
    const seed = randomBytes(seedBytes)
    const sealed = await this.#options.service.encrypt(randomUUID(), seed)
    const object = { keyId: sealed.keyId, source: sealed.ciphertext, annotations: sealed.annotations, sourceType: 1 as const }
    checkEncryptedObject({ ...object, data: Buffer.from([0]) })
    if (sealed.keyId !== keyId) throw new Error(`encryptKeyIDHash=${JSON.stringify(hashOf(sealed.keyId))} is another`)
    this.#known.set(keyOf(object), seed)
    return { seed, object, expiresMs }
  }
}

const hashOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

/** HKDF-Expand (RFC 5869) with SHA-256, of one block: seeds are random, and need no extraction. */
const derived = (seed: Buffer, info: Buffer): Buffer =>
  createHmac('sha256', seed)
    .update(info)
    .update(Buffer.from([1]))
    .digest()

function dataOf({ data, sourceType }: EncryptedObject, key: Buffer, name: string): Opened {
  if (sourceType === 0) return aesGcm(key).open(name, data)
  if (data.length < infoBytes) throw new Error('the stored data was shorter than the required size')
  return aesGcm(derived(key, data.subarray(0, infoBytes))).open(name, data.subarray(infoBytes))
}

function keyOf({ sourceType, source, keyId, annotations }: Omit<EncryptedObject, 'data'>): string {
  const hash = createHash('sha256')
    .update(`${sourceType}:${source.length}:`)
    .update(source)
    .update(`${Buffer.byteLength(keyId)}:${keyId}`)
  for (const [name, value] of Object.entries(annotations).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${name.length}:${name}${value.length}:`).update(value)
  return hash.digest('base64')
}
