/** The file of --admission-control-config-file: AdmissionConfiguration of apiserver.config.k8s.io, with the configurations of plugins in it or in files of their own. */
import { readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { TolerationSchema } from '#api/gen/core/v1.ts'
import { aggregateText, type FieldError, fieldErrorText, invalidValue, notSupported, path } from '#apimachinery/field-error.ts'
import { formatGoDuration } from '#apimachinery/go-duration.ts'
import { parseYaml } from '#apimachinery/codec/index.ts'
import { type ConfigurationKinds, decodeConfiguration } from '../configuration/decode.ts'
import { apiserverKinds, int32, list, string, typeMeta, typesOf } from '../configuration/schemas.ts'
import { type EventLimit, limitTypes } from './optional/event-rate-limit.ts'
import type { NodeSelectors } from './optional/pod-node-selector.ts'
import type { TolerationLimits } from './optional/pod-toleration-restriction.ts'
import { defaultPodSecurity, type PodSecurityConfiguration, podSecurityKinds, validatePodSecurity } from './pod-security/configuration.ts'
import type { LimitedResource } from './quota/index.ts'
import type { PluginName } from './plugin-names.ts'

export interface AdmissionConfigurations {
  readonly podSecurity: PodSecurityConfiguration
  readonly eventLimits: readonly EventLimit[]
  readonly nodeSelectors: NodeSelectors
  readonly tolerations: TolerationLimits
  readonly limitedResources: readonly LimitedResource[]
  readonly imagePolicy?: ImagePolicyConfiguration
}

export interface ImagePolicyConfiguration {
  readonly kubeConfigFile: string
  readonly allowTtlMs: number
  readonly denyTtlMs: number
  readonly defaultAllow: boolean
}

export const defaultConfigurations: AdmissionConfigurations = {
  podSecurity: defaultPodSecurity,
  eventLimits: [],
  nodeSelectors: {},
  tolerations: {},
  limitedResources: [],
}

/** The text of a plugin's configuration; undefined: it has none. */
type TextOf = (name: PluginName) => string | undefined

/** Throws an Error in upstream's words. Only plugins that are on are looked at, in upstream's order. */
export function readAdmissionConfiguration(file: string | undefined, text: string, isOn: (name: PluginName) => boolean): AdmissionConfigurations {
  const textOf = file === undefined ? () => undefined : configurationsIn(file, text)
  const read = <T>(name: PluginName, make: (text: string | undefined) => T, otherwise: T): T => {
    if (!isOn(name)) return otherwise
    try {
      return make(textOf(name))
    } catch (error) {
      throw new Error(
        error instanceof InitializationError
          ? `failed to apply admission: failed to initialize admission plugin ${JSON.stringify(name)}: ${error.message}`
          : `failed to apply admission: couldn't init admission plugin ${JSON.stringify(name)}: ${(error as Error).message}`,
        { cause: error },
      )
    }
  }
  const imagePolicy = read('ImagePolicyWebhook', imagePolicyOf, undefined)
  const podSecurity = read('PodSecurity', podSecurityOf, defaultPodSecurity)
  const nodeSelectors = read('PodNodeSelector', nodeSelectorsOf, {})
  const tolerations = read('PodTolerationRestriction', tolerationsOf, {})
  const eventLimits = read('EventRateLimit', eventLimitsOf, [])
  for (const name of ['MutatingAdmissionWebhook', 'ValidatingAdmissionWebhook'] as const) read(name, checkWebhooks, undefined)
  const limitedResources = read('ResourceQuota', limitedResourcesOf, [])
  return { limitedResources, podSecurity, eventLimits, nodeSelectors, tolerations, ...(imagePolicy ? { imagePolicy } : {}) }
}

/** The plugin could be made, and yet not with this. */
class InitializationError extends Error {
  override readonly name = 'InitializationError'
}

function configurationsIn(file: string, text: string): TextOf {
  let plugins: readonly { readonly name?: string; readonly path?: string; readonly configuration?: unknown }[]
  try {
    plugins = decodeConfiguration(text, admissionKinds).object.plugins ?? []
  } catch (error) {
    throw new Error(`failed to apply admission: failed to read plugin config: ${(error as Error).message}`, { cause: error })
  }
  return (name) => {
    const plugin = plugins.find((each) => each.name === name)
    if (plugin?.configuration !== undefined) return JSON.stringify(plugin.configuration)
    if (!plugin?.path) return undefined
    try {
      return readFileSync(isAbsolute(plugin.path) ? plugin.path : join(dirname(file), plugin.path), 'utf8')
    } catch {
      // Upstream goes on without a file that is not there.
      return undefined
    }
  }
}

const admissionKinds: ConfigurationKinds = Object.fromEntries(Object.entries(apiserverKinds).filter(([name]) => name.endsWith(', AdmissionConfiguration')))

function podSecurityOf(text: string | undefined): PodSecurityConfiguration {
  const configuration = text === undefined ? defaultPodSecurity : decodeConfiguration(text, podSecurityKinds).object
  try {
    return validatePodSecurity(configuration)
  } catch (error) {
    throw new InitializationError((error as Error).message, { cause: error })
  }
}

const rateKinds: ConfigurationKinds = (() => {
  const type = typesOf('v1alpha1')
  const limit = type('Limit', { type: string, qps: int32, burst: int32, cacheSize: int32 })
  return { 'eventratelimit.admission.k8s.io/v1alpha1, Configuration': type('Configuration', { ...typeMeta, limits: list(limit) }) }
})()

function eventLimitsOf(text: string | undefined): readonly EventLimit[] {
  const given: Partial<EventLimit>[] | undefined = text === undefined ? undefined : decodeConfiguration(text, rateKinds, { onLenient: () => {} }).object.limits
  const at = path('limits')
  if (!given?.length) throw new Error(fieldErrorText(invalidValue(at, given, 'must not be empty')))
  const errors = given.flatMap(({ type = '', qps = 0, burst = 0, cacheSize = 0 }, index): FieldError[] => {
    const where = at.index(index)
    return [
      ...((limitTypes as readonly string[]).includes(type) ? [] : [notSupported(where.child('type'), type, limitTypes)]),
      ...(burst > 0 ? [] : [invalidValue(where.child('burst'), burst, 'must be positive')]),
      ...(qps > 0 ? [] : [invalidValue(where.child('qps'), qps, 'must be positive')]),
      ...(type === 'Server' || cacheSize >= 0 ? [] : [invalidValue(where.child('cacheSize'), cacheSize, 'must not be negative')]),
    ]
  })
  if (errors.length > 0) throw new Error(aggregateText(errors.map(fieldErrorText)))
  return given as EventLimit[]
}

const tolerationKinds: ConfigurationKinds = {
  'podtolerationrestriction.admission.k8s.io/v1alpha1, Configuration': typesOf('v1alpha1')('Configuration', {
    ...typeMeta,
    default: list(TolerationSchema),
    whitelist: list(TolerationSchema),
  }),
}

function tolerationsOf(text: string | undefined): TolerationLimits {
  return text === undefined ? {} : decodeConfiguration(text, tolerationKinds, { onLenient: () => {} }).object
}

/** Of no version, and read as it can be. */
function nodeSelectorsOf(text: string | undefined): NodeSelectors {
  const value = text === undefined ? undefined : (parseYaml(text).value as { podNodeSelectorPluginConfig?: unknown } | null)?.podNodeSelectorPluginConfig
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

const second = 1_000_000_000n
const minute = 60n * second

function imagePolicyOf(text: string | undefined): ImagePolicyConfiguration {
  if (text === undefined) throw new Error('no config specified')
  const { imagePolicy = {} } = (parseYaml(text).value ?? {}) as { imagePolicy?: Record<string, any> }
  const { kubeConfigFile = '', allowTTL = 0, denyTTL = 0, retryBackoff = 0, defaultAllow = false } = imagePolicy
  bounded(retryBackoff, { scale: 1_000_000n, min: 1n, max: 5n * minute, otherwise: 500_000_000n })
  const ttl = { scale: second, min: second, max: 30n * minute }
  const configuration = {
    kubeConfigFile,
    allowTtlMs: Number(bounded(allowTTL, { ...ttl, otherwise: 5n * minute })) / 1e6,
    denyTtlMs: Number(bounded(denyTTL, { ...ttl, otherwise: 30n * second })) / 1e6,
    defaultAllow,
  }
  if (kubeConfigFile !== '') checkFile(kubeConfigFile)
  return configuration
}

/** -1 turns it off, 0 is the default. */
function bounded(value: number, of: { readonly scale: bigint; readonly min: bigint; readonly max: bigint; readonly otherwise: bigint }): bigint {
  if (value === -1) return 0n
  if (value === 0) return of.otherwise
  const scaled = BigInt(value) * of.scale
  if (scaled < of.min || scaled > of.max)
    throw new Error(`valid value is between ${formatGoDuration(of.min)} and ${formatGoDuration(of.max)}, got ${formatGoDuration(scaled)}`)
  return scaled
}

function checkFile(file: string): void {
  if (!statSync(file, { throwIfNoEntry: false })) throw new Error(`stat ${file}: no such file or directory`)
}

const webhookKinds: ConfigurationKinds = (() => {
  const of = (version: string, kind: string) => typesOf(version)(kind, { ...typeMeta, kubeConfigFile: string })
  return {
    'apiserver.config.k8s.io/v1, WebhookAdmissionConfiguration': of('v1', 'WebhookAdmissionConfiguration'),
    'apiserver.config.k8s.io/v1alpha1, WebhookAdmission': of('v1alpha1', 'WebhookAdmission'),
  }
})()

/** What webhooks are shown of who calls them is not configured here. */
function checkWebhooks(text: string | undefined): undefined {
  const file: string = text === undefined ? '' : (decodeConfiguration(text, webhookKinds).object.kubeConfigFile ?? '')
  if (file === '') return
  if (!isAbsolute(file)) throw new Error(fieldErrorText(invalidValue(path('kubeConfigFile'), file, 'must be an absolute file path')))
  checkFile(file)
  throw new Error('credentials for admission webhooks are not supported: kubeConfigFile must not be set')
}

const quotaKinds: ConfigurationKinds = (() => {
  const type = typesOf('v1')
  const selector = type('ScopedResourceSelectorRequirement', { scopeName: string, operator: string, values: list(string) })
  const limited = type('LimitedResource', { apiGroup: string, resource: string, matchContains: list(string), matchScopes: list(selector) })
  const configuration = (kind: string) => type(kind, { ...typeMeta, limitedResources: list(limited) })
  return {
    'apiserver.config.k8s.io/v1, ResourceQuotaConfiguration': configuration('ResourceQuotaConfiguration'),
    'resourcequota.admission.k8s.io/v1beta1, Configuration': configuration('Configuration'),
    'resourcequota.admission.k8s.io/v1alpha1, Configuration': configuration('Configuration'),
  }
})()

function limitedResourcesOf(text: string | undefined): readonly LimitedResource[] {
  if (text === undefined) return []
  const { limitedResources = [] } = decodeConfiguration(text, quotaKinds).object
  if (limitedResources.some(({ matchScopes = [] }: { matchScopes?: unknown[] }) => matchScopes.length > 0))
    throw new Error('matchScopes of limitedResources is not supported')
  return limitedResources
}
