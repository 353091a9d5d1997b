/** Flags about who asks: token file, issuers, webhook, anonymous. */
import { basename } from 'node:path'
import type { AssembleOptions } from '../assemble.ts'
import { parseAuthenticationConfiguration } from '../authn/configuration.ts'
import { oidcAuthenticator } from '../authn/oidc/index.ts'
import type { JwtAuthenticatorConfig } from '../authn/oidc/types.ts'
import { parseTokenFile } from '../authn/static-token.ts'
import { webhookTokenAuthenticator } from '../authn/webhook-token.ts'
import { reviewClientOf } from '../review-client.ts'
import { fileOf, type FlagContext } from './file.ts'
import { booleanFlag, durationFlag, FlagError, type Flags } from './parse.ts'

export function authenticationOptions(flags: Flags, { clock }: FlagContext): Partial<AssembleOptions> {
  const file = flags['authentication-config']
  if (file && [...flags.given].some((name) => name.startsWith('oidc-')))
    throw new FlagError('authentication-config file and oidc-* flags are mutually exclusive')
  const configuration = file ? inFile(file, () => parseAuthenticationConfiguration(fileOf(flags, 'authentication-config'))) : undefined
  if (configuration?.anonymous && flags.given.has('anonymous-auth'))
    throw new FlagError('--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file')
  const { enabled = booleanFlag(flags, 'anonymous-auth'), conditions } = configuration?.anonymous ?? {}
  const jwt = configuration?.jwt ?? (flags['oidc-issuer-url'] ? [fromFlags(flags)] : [])
  const issuers = jwt.map((config) => oidcAuthenticator({ config, clock }))
  const webhook = flags['authentication-token-webhook-config-file']
  const cacheTtlMs = durationFlag(flags, 'authentication-token-webhook-cache-ttl')
  return {
    anonymous: enabled,
    ...(enabled && conditions?.length ? { anonymousPaths: conditions.map(({ path }) => path) } : {}),
    ...(flags['token-auth-file'] ? { staticTokens: inFile(basename(flags['token-auth-file']), () => parseTokenFile(fileOf(flags, 'token-auth-file'))) } : {}),
    tokenAuthenticators: (apiAudiences) => [
      ...issuers,
      ...(webhook ? [webhookTokenAuthenticator({ ask: reviewClientOf(webhook), clock, cacheTtlMs, apiAudiences })] : []),
    ],
  }
}

function inFile<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof FlagError ? error : new FlagError(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The --oidc-* flags as the one issuer that they describe. */
export function fromFlags(flags: Flags): JwtAuthenticatorConfig {
  const url = flags['oidc-issuer-url']
  const clientId = flags['oidc-client-id']
  if (!clientId) throw new FlagError('oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set')
  if (!url.startsWith('https://')) throw new FlagError(`jwt[0].issuer.url: Invalid value: ${JSON.stringify(url)}: URL scheme must be https`)
  const claim = flags['oidc-username-claim']
  const given = flags['oidc-username-prefix']
  // Without a word on it, only addresses go without the issuer before them.
  const prefix = given === '-' ? '' : given !== '' ? given : claim === 'email' ? '' : `${url}#`
  const groups = flags['oidc-groups-claim']
  const required = flags['oidc-required-claim'].split(',').filter((each) => each !== '')
  return {
    issuer: { url, audiences: [clientId], ...(flags['oidc-ca-file'] ? { certificateAuthority: fileOf(flags, 'oidc-ca-file') } : {}) },
    claimMappings: { username: { claim, prefix }, ...(groups ? { groups: { claim: groups, prefix: flags['oidc-groups-prefix'] } } : {}) },
    claimValidationRules: required.map((pair) => ({ claim: pair.split('=')[0]!, requiredValue: pair.slice(pair.indexOf('=') + 1) })),
    algorithms: flags['oidc-signing-algs'].split(','),
  }
}
