/** Flags about what is allowed: the modes, or the file that lists them. */
import { aggregateText } from '#apimachinery/field-error.ts'
import type { AssembleOptions } from '../assemble.ts'
import { abacAuthorizer, parsePolicies } from '../authz/abac.ts'
import { type AuthorizerSpec, parseAuthorizationConfiguration, plainTypes, type PlainType } from '../authz/configuration.ts'
import type { AuthorizerChoice } from '../authz/index.ts'
import { webhookAuthorizer } from '../authz/webhook.ts'
import { followFile } from '../configuration/followed-file.ts'
import { reviewClientOf } from '../review-client.ts'
import { asFlagError, fileOf, type FlagContext } from './file.ts'
import { durationFlag, FlagError, type Flags } from './parse.ts'

export function authorizationOptions(flags: Flags, context: FlagContext): Partial<AssembleOptions> {
  const file = flags['authorization-config']
  const text = file ? fileOf(flags, 'authorization-config') : ''
  const specs = asFlagError(() => (file ? inFile(flags, text) : fromModes(flags)))
  const policy = specs.some(({ type }) => type === 'ABAC')
    ? asFlagError(() => abacAuthorizer(parsePolicies(policyText(flags), flags['authorization-policy-file'])))
    : undefined
  const made = (all: readonly AuthorizerSpec[]): readonly AuthorizerChoice[] =>
    all.map((spec) => (spec.type === 'ABAC' && policy ? policy : choiceOf(spec, context)))
  const first = asFlagError(() => made(specs))
  if (!file) return { authorizers: first }
  let use: (authorizers: readonly AuthorizerChoice[]) => void = () => {}
  // What the server was started with, a file read again must have too, and nothing beside it but webhooks.
  const stays = specs.map(({ type }) => type).filter((type) => type !== 'Webhook')
  const apply = (now: string): void => {
    const next = parseAuthorizationConfiguration(now, stays)
    const more = next.find(({ type }) => type !== 'Webhook' && !stays.includes(type) && !['AlwaysAllow', 'AlwaysDeny'].includes(type))
    if (more) throw new Error(`authorizer type ${more.type} is not allowed if it was not enabled at initial server startup`)
    use(made(next))
  }
  return {
    authorizers: first,
    onAuthorizers: (replace) => {
      use = replace
    },
    background: [followFile({ path: file, text, clock: context.clock, log: context.log.named('authz'), apply })],
  }
}

function choiceOf(spec: AuthorizerSpec, { clock, log }: FlagContext): AuthorizerChoice {
  switch (spec.type) {
    case 'Webhook': {
      const { kubeConfigFile, ...webhook } = spec.webhook
      if (kubeConfigFile === undefined)
        throw new FlagError('authorization webhooks of type InClusterConfig are not supported: there is no kubeconfig in a cluster for its API server')
      return webhookAuthorizer({ ...webhook, ask: reviewClientOf(kubeConfigFile), clock, log: log.named('authz') })
    }
    case 'AlwaysAllow':
      return { name: spec.type, authorize: () => ({ decision: 'allow', reason: '' }) }
    case 'AlwaysDeny':
      return { name: spec.type, authorize: () => ({ decision: 'no-opinion', reason: 'Everything is forbidden.' }) }
    case 'ABAC':
      throw new FlagError('authorizer type ABAC is not allowed if it was not enabled at initial server startup')
    default:
      return spec.type
  }
}

function policyText(flags: Flags): string {
  const worded = (why: string): string => `invalid authorization config: ${why}`
  if (!flags['authorization-policy-file']) throw new FlagError(worded('open : no such file or directory'))
  return fileOf(flags, 'authorization-policy-file', worded)
}

const legacy = [
  'authorization-mode',
  'authorization-webhook-config-file',
  'authorization-webhook-version',
  'authorization-webhook-cache-authorized-ttl',
  'authorization-webhook-cache-unauthorized-ttl',
] as const

function inFile(flags: Flags, text: string): readonly AuthorizerSpec[] {
  if (legacy.some((name) => flags.given.has(name)))
    throw new FlagError('--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined')
  return parseAuthorizationConfiguration(text)
}

function fromModes(flags: Flags): readonly AuthorizerSpec[] {
  const modes = flags['authorization-mode'].split(',')
  const webhook = flags['authorization-webhook-config-file']
  const policy = flags['authorization-policy-file']
  const errors = modes.flatMap((mode) => {
    if (mode === 'Webhook') return webhook ? [] : ["authorization-mode Webhook's authorization config file not passed"]
    if (mode === 'ABAC') return policy ? [] : ["authorization-mode ABAC's authorization policy file not passed"]
    return isPlain(mode) ? [] : [`authorization-mode ${JSON.stringify(mode)} is not a valid mode`]
  })
  if (policy && !modes.includes('ABAC')) errors.push('cannot specify --authorization-policy-file without mode ABAC')
  if (webhook && !modes.includes('Webhook')) errors.push('cannot specify --authorization-webhook-config-file without mode Webhook')
  if (new Set(modes).size < modes.length)
    errors.push(`authorization-mode [${modes.map((mode) => JSON.stringify(mode)).join(' ')}] has mode specified more than once`)
  if (errors.length > 0) throw new FlagError(aggregateText(errors))
  return modes.map((mode): AuthorizerSpec => (isPlain(mode) ? { type: mode } : { type: 'Webhook', webhook: webhookOf(flags) }))
}

const isPlain = (mode: string): mode is PlainType => (plainTypes as readonly string[]).includes(mode)

function webhookOf(flags: Flags): Extract<AuthorizerSpec, { type: 'Webhook' }>['webhook'] {
  const version = flags['authorization-webhook-version']
  if (version !== 'v1' && version !== 'v1beta1')
    throw new FlagError(`unsupported webhook authorizer version ${JSON.stringify(version)}, supported versions are "v1", "v1beta1"`)
  return {
    name: 'default',
    kubeConfigFile: flags['authorization-webhook-config-file'],
    authorizedTtlMs: durationFlag(flags, 'authorization-webhook-cache-authorized-ttl'),
    unauthorizedTtlMs: durationFlag(flags, 'authorization-webhook-cache-unauthorized-ttl'),
    timeoutMs: 30_000,
    failurePolicy: 'NoOpinion',
    version,
    matchConditions: [],
  }
}
