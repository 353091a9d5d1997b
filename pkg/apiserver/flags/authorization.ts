/** Flags about what is allowed: the modes, or the file that lists them. */
import type { AssembleOptions } from '../assemble.ts'
import { type AuthorizerSpec, parseAuthorizationConfiguration } from '../authz/configuration.ts'
import { webhookAuthorizer } from '../authz/webhook.ts'
import { reviewClientOf } from '../review-client.ts'
import type { Authorizer } from '../types.ts'
import { fileOf, type FlagContext } from './file.ts'
import { durationFlag, FlagError, type Flags } from './parse.ts'

export function authorizationOptions(flags: Flags, { clock, log }: FlagContext): Partial<AssembleOptions> {
  const specs = specsOf(flags)
  const make = (spec: AuthorizerSpec): Authorizer | 'Node' | 'RBAC' => {
    switch (spec.type) {
      case 'Webhook': {
        const { kubeConfigFile, ...webhook } = spec.webhook
        return webhookAuthorizer({ ...webhook, ask: reviewClientOf(kubeConfigFile), clock, log: log.named('authz') })
      }
      case 'AlwaysAllow':
        return { name: spec.type, authorize: () => ({ decision: 'allow', reason: '' }) }
      case 'AlwaysDeny':
        return { name: spec.type, authorize: () => ({ decision: 'no-opinion', reason: 'Everything is forbidden.' }) }
      default:
        return spec.type
    }
  }
  return { authorizers: specs.map(make) }
}

function specsOf(flags: Flags): readonly AuthorizerSpec[] {
  if (flags['authorization-config']) {
    if (flags.given.has('authorization-mode'))
      throw new FlagError('--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined')
    try {
      return parseAuthorizationConfiguration(fileOf(flags, 'authorization-config'))
    } catch (error) {
      throw error instanceof FlagError ? error : new FlagError(`${flags['authorization-config']}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const modes = flags['authorization-mode'].split(',')
  if (new Set(modes).size < modes.length) {
    throw new FlagError(`authorization-mode [${modes.map((mode) => JSON.stringify(mode)).join(' ')}] has mode specified more than once`)
  }
  return modes.map((mode): AuthorizerSpec => {
    if (mode === 'Node' || mode === 'RBAC' || mode === 'AlwaysAllow' || mode === 'AlwaysDeny') return { type: mode }
    if (mode !== 'Webhook') throw new FlagError(`authorization-mode ${JSON.stringify(mode)} is not a valid mode`)
    const kubeConfigFile = flags['authorization-webhook-config-file']
    if (!kubeConfigFile) throw new FlagError("authorization-mode Webhook's authorization config file not passed")
    return {
      type: 'Webhook',
      webhook: {
        name: 'default',
        kubeConfigFile,
        authorizedTtlMs: durationFlag(flags, 'authorization-webhook-cache-authorized-ttl'),
        unauthorizedTtlMs: durationFlag(flags, 'authorization-webhook-cache-unauthorized-ttl'),
        timeoutMs: 30_000,
        failurePolicy: 'NoOpinion',
        matchConditions: [],
      },
    }
  })
}
