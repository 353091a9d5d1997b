/** The file of --encryption-provider-config: EncryptionConfiguration of apiserver.config.k8s.io (validation as k8s.io/apiserver's ValidateEncryptionConfiguration). */
import { aggregateText, type FieldError, type FieldPath, fieldErrorText, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { durationMs } from '#apimachinery/go-duration.ts'
import { parseGoUrl } from '#apimachinery/go-url.ts'
import { decodeConfiguration } from '../configuration/decode.ts'
import { apiserverKinds } from '../configuration/schemas.ts'

export interface EncryptionConfiguration {
  readonly resources: readonly ResourceConfiguration[]
}

export interface ResourceConfiguration {
  readonly resources: readonly string[]
  readonly providers: readonly ProviderConfiguration[]
}

export interface ProviderConfiguration {
  readonly aesgcm?: KeysConfiguration
  readonly aescbc?: KeysConfiguration
  readonly secretbox?: KeysConfiguration
  readonly identity?: object
  readonly kms?: KmsConfiguration
}

export interface KeysConfiguration {
  readonly keys?: readonly { readonly name?: string; readonly secret?: string }[]
}

export interface KmsConfiguration {
  readonly apiVersion: string
  readonly name: string
  readonly endpoint: string
  readonly cachesize?: number
  readonly timeout: string
}

const decoded = 'error while parsing file: error decoding encryption provider configuration file'
const defaultCacheSize = 1000

/** Throws an Error in upstream's words. `isReloaded`: whether the file is read again while the server runs, which needs names of KMS providers that are unique. */
export function parseEncryptionConfiguration(text: string, file: string, isReloaded = false): EncryptionConfiguration {
  const shown = JSON.stringify(file)
  if (text === '') throw new Error(`error while parsing file: error while loading file: encryption provider configuration file ${shown} is empty`)
  const configuration = decode(text, shown)
  const errors = encryptionErrors(configuration, isReloaded)
  if (errors.length > 0) throw new Error(`error while parsing file: ${aggregateText(errors.map(fieldErrorText))}`)
  return configuration
}

function decode(text: string, shown: string): EncryptionConfiguration {
  let found: ReturnType<typeof decodeConfiguration>
  try {
    found = decodeConfiguration(text, apiserverKinds)
  } catch (error) {
    throw new Error(`${decoded} ${shown}: ${(error as Error).message}`, { cause: error })
  }
  const { apiVersion, kind, object } = found
  if (!kind.startsWith('EncryptionConfig')) throw new Error(`error while parsing file: got unexpected config type: ${apiVersion}, Kind=${kind}`)
  const resources: readonly ResourceConfiguration[] = object.resources ?? []
  return {
    resources: resources.map((each) => ({
      resources: each.resources ?? [],
      providers: (each.providers ?? []).map((provider) => (provider.kms ? { ...provider, kms: withDefaults(provider.kms) } : provider)),
    })),
  }
}

function withDefaults({ apiVersion = 'v1', name = '', endpoint = '', timeout = '3s', cachesize }: Partial<KmsConfiguration>): KmsConfiguration {
  const size = cachesize ?? (apiVersion === 'v1' ? defaultCacheSize : undefined)
  return { apiVersion, name, endpoint, timeout, ...(size === undefined ? {} : { cachesize: size }) }
}

const atLeastOne = (what: FieldPath | string): string => `at least one ${what.toString()} is required`

function encryptionErrors({ resources }: EncryptionConfiguration, isReloaded: boolean): FieldError[] {
  const root = path('resources')
  if (resources.length === 0) return [required(root, atLeastOne(root))]
  const kmsNames = new Set<string>()
  return resources.flatMap(({ resources: names, providers }, index) => {
    const [r, p] = [root.index(index).child('resources'), root.index(index).child('providers')]
    return [
      ...(names.length === 0 ? [required(r, atLeastOne(r))] : []),
      ...overlapErrors(names, r),
      ...names.flatMap((name, at) => resourceNameErrors(name, r.index(at))),
      ...(providers.length === 0 ? [required(p, atLeastOne(p))] : []),
      ...providers.flatMap((provider, at) => providerErrors(provider, p.index(at), kmsNames, isReloaded)),
    ]
  })
}

/** "deployments.apps" is of the group "apps", "*." everything of the core group. */
export function parseGroupResource(text: string): { readonly group: string; readonly resource: string } {
  const dot = text.indexOf('.')
  return dot < 0 ? { group: '', resource: text } : { group: text.slice(dot + 1), resource: text.slice(0, dot) }
}

function overlapErrors(names: readonly string[], at: FieldPath): FieldError[] {
  const all = names.map(parseGroupResource)
  const others = all.flatMap((one, index) => all.flatMap((other, place) => (place === index ? [] : [{ one, other }])))
  const isSame = ({ one, other }: (typeof others)[number]): boolean => one.group === other.group && one.resource === other.resource
  const duplicates = others.filter(isSame)
  // Upstream takes the first pair that is the same for no overlap.
  const overlaps = others
    .filter((pair) => pair !== duplicates[0])
    .some(({ one, other }) => (one.group === '*' && one.resource === '*') || (one.group === other.group && (one.resource === '*' || other.resource === '*')))
  return [
    ...(duplicates.length > 0 ? ['the same resource cannot be specified multiple times'] : []),
    ...(overlaps ? ["using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked"] : []),
  ].map((why) => invalidValue(at, names, why))
}

function resourceNameErrors(name: string, at: FieldPath): FieldError[] {
  const { group, resource } = parseGroupResource(name)
  const why =
    name.toLowerCase() !== name
      ? 'resource name should not contain capital letters'
      : name === '*'
        ? "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"
        : ['apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations'].includes(name)
          ? 'resources which do not have REST API/s cannot be encrypted'
          : group === 'events.k8s.io'
            ? "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file"
            : group === 'extensions'
              ? "'extensions' group has been removed and cannot be used for encryption"
              : group === '*' && resource !== '*'
                ? 'encrypting the same resource across groups is not supported'
                : undefined
  return why === undefined ? [] : [invalidValue(at, name, why)]
}

function providerErrors(provider: ProviderConfiguration, at: FieldPath, kmsNames: Set<string>, isReloaded: boolean): FieldError[] {
  const { aesgcm, aescbc, secretbox, kms, identity } = provider
  const found = [kms, aesgcm, aescbc, secretbox, identity].filter((each) => each !== undefined).length
  const errors: FieldError[] = []
  if (found === 0)
    errors.push(invalidValue(at, shownProvider(provider), 'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity'))
  if (found > 1)
    errors.push(invalidValue(at, shownProvider(provider), 'more than one provider specified in a single element, should split into different list elements'))
  if (kms) {
    errors.push(...kmsErrors(kms, at.child('kms'), kmsNames, isReloaded))
    kmsNames.add(kms.name)
  } else if (aesgcm) errors.push(...keysErrors(aesgcm, at.child('aesgcm', 'keys'), [16, 24, 32]))
  else if (aescbc) errors.push(...keysErrors(aescbc, at.child('aescbc', 'keys'), [16, 24, 32]))
  else if (secretbox) errors.push(...keysErrors(secretbox, at.child('secretbox', 'keys'), [32]))
  return errors
}

/** As upstream's own types print: nothing of a key's secret. */
function shownProvider({ aesgcm, aescbc, secretbox, identity, kms }: ProviderConfiguration): object {
  const keys = (each: KeysConfiguration | undefined): object | null =>
    each ? { Keys: each.keys?.map(({ name = '' }) => ({ Name: name, Secret: '[REDACTED]' })) ?? null } : null
  const { apiVersion, name, cachesize = null, endpoint, timeout } = kms ?? {}
  return {
    AESGCM: keys(aesgcm),
    AESCBC: keys(aescbc),
    Secretbox: keys(secretbox),
    Identity: identity ?? null,
    KMS: kms ? { APIVersion: apiVersion, Name: name, CacheSize: cachesize, Endpoint: endpoint, Timeout: timeout } : null,
  }
}

function keysErrors({ keys = [] }: KeysConfiguration, at: FieldPath, sizes: readonly number[]): FieldError[] {
  if (keys.length === 0) return [required(at, atLeastOne('keys'))]
  return keys.flatMap(({ name = '', secret = '' }, index) => {
    const where = at.index(index)
    return [
      ...(name === '' ? [required(where.child('name'), 'name is a mandatory field for a key')] : []),
      ...secretErrors(secret, where.child('secret'), sizes),
    ]
  })
}

function secretErrors(secret: string, at: FieldPath, sizes: readonly number[]): FieldError[] {
  if (secret === '') return [required(at, 'secret is a mandatory field for a key')]
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(secret)) return [invalidValue(at, 'REDACTED', 'secrets must be base64 encoded')]
  const { length } = Buffer.from(secret, 'base64')
  return sizes.includes(length)
    ? []
    : [invalidValue(at, 'REDACTED', `secret is not of the expected length, got ${length}, expected one of [${sizes.join(' ')}]`)]
}

function kmsErrors(kms: KmsConfiguration, at: FieldPath, names: ReadonlySet<string>, isReloaded: boolean): FieldError[] {
  const { apiVersion, name, endpoint, cachesize, timeout } = kms
  const errors: FieldError[] = []
  if (name === '') errors.push(required(at.child('name'), 'name is a mandatory field for a provider'))
  if (apiVersion !== 'v1' && name.includes(':')) errors.push(invalidValue(at.child('name'), name, `invalid KMS provider name ${name}, must not contain ':'`))
  if ((isReloaded || apiVersion !== 'v1') && names.has(name))
    errors.push(invalidValue(at.child('name'), name, `duplicate KMS provider name ${name}, names must be unique`))
  if (durationMs(timeout) <= 0) errors.push(invalidValue(at.child('timeout'), timeout, 'timeout should be a positive value'))
  errors.push(...endpointErrors(endpoint, at.child('endpoint')))
  if (apiVersion !== 'v1' && cachesize !== undefined) errors.push(invalidValue(at.child('cachesize'), cachesize, 'cachesize is not supported in v2'))
  if (apiVersion === 'v1' && cachesize === 0)
    errors.push(invalidValue(at.child('cachesize'), cachesize, 'cachesize should be a positive value, or negative to disable'))
  if (apiVersion !== 'v1' && apiVersion !== 'v2')
    errors.push(invalidValue(at.child('apiVersion'), apiVersion, 'unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported'))
  return errors
}

function endpointErrors(endpoint: string, at: FieldPath): FieldError[] {
  if (endpoint === '') return [invalidValue(at, '', 'endpoint is a mandatory field for a kms')]
  try {
    const { scheme } = parseGoUrl(endpoint)
    return scheme === 'unix' ? [] : [invalidValue(at, endpoint, `unsupported scheme ${JSON.stringify(scheme)} for KMS provider, only unix is supported`)]
  } catch (error) {
    return [invalidValue(at, endpoint, `invalid endpoint for kms provider, error: ${(error as Error).message}`)]
  }
}
