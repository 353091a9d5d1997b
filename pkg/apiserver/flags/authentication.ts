/** Flags about who asks: token file, issuers, webhook, anonymous. */
import { isDeepStrictEqual } from 'node:util'
import { aggregateText, fieldErrorText, forbiddenField, path as fieldPath } from '#apimachinery/field-error.ts'
import type { AssembleOptions } from '../assemble.ts'
import {
  type AuthenticationConfiguration,
  authenticationErrors,
  loadAuthenticationConfiguration,
  validateAuthenticationConfiguration,
} from '../authn/configuration.ts'
import { oidcAuthenticator, signingAlgorithms } from '../authn/oidc/index.ts'
import type { JwtAuthenticatorConfig } from '../authn/oidc/types.ts'
import { parseTokenFile } from '../authn/static-token.ts'
import { defaultIssuer } from '../authn/token-issuer.ts'
import type { TokenAuthenticator } from '../authn/types.ts'
import { unionTokenAuthenticator } from '../authn/bearer-token.ts'
import { webhookTokenAuthenticator } from '../authn/webhook-token.ts'
import { type Background, followFile } from '../configuration/followed-file.ts'
import { reviewClientOf } from '../review-client.ts'
import { asFlagError, fileOf, type FlagContext } from './file.ts'
import { booleanFlag, durationFlag, FlagError, type Flags } from './parse.ts'

export function authenticationOptions(flags: Flags, context: FlagContext): Partial<AssembleOptions> {
  const { clock } = context
  checkIssuerFlags(flags)
  const file = flags['authentication-config']
  const text = file
    ? fileOf(flags, 'authentication-config', (why) => `failed to load authentication configuration from file ${JSON.stringify(file)}: ${why}`)
    : ''
  const configuration = asFlagError(() => configurationOf(flags, file ? loaded(file, text) : undefined))
  const { enabled = booleanFlag(flags, 'anonymous-auth'), conditions } = configuration.anonymous ?? {}
  const issuers = replaceable(configuration, context)
  const webhook = flags['authentication-token-webhook-config-file']
  const cacheTtlMs = durationFlag(flags, 'authentication-token-webhook-cache-ttl')
  const tokens = flags['token-auth-file']
  return {
    anonymous: enabled,
    ...(enabled && conditions?.length ? { anonymousPaths: conditions.map(({ path }) => path) } : {}),
    ...(tokens ? { staticTokens: asFlagError(() => parseTokenFile(fileOf(flags, 'token-auth-file'), tokens)) } : {}),
    tokenAuthenticators: (apiAudiences) => [
      issuers.authenticator,
      ...(webhook ? [webhookTokenAuthenticator({ ask: reviewClientOf(webhook), clock, cacheTtlMs, apiAudiences, version: webhookVersion(flags) })] : []),
    ],
    ...(file ? { background: [following(file, text, configuration, issuers, context)] } : {}),
  }
}

function loaded(file: string, text: string): AuthenticationConfiguration {
  try {
    return loadAuthenticationConfiguration(text)
  } catch (error) {
    throw new FlagError(`failed to load authentication configuration from file ${JSON.stringify(file)}: ${(error as Error).message}`)
  }
}

function checkIssuerFlags(flags: Flags): void {
  if (![...flags.given].some((name) => name.startsWith('oidc-'))) return
  if (flags['authentication-config']) throw new FlagError('authentication-config file and oidc-* flags are mutually exclusive')
  if (!flags['oidc-issuer-url'] || !flags['oidc-client-id'])
    throw new FlagError('oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set')
}

/** Of the file or of flags. */
function configurationOf(flags: Flags, inFile: AuthenticationConfiguration | undefined): AuthenticationConfiguration {
  if (inFile?.anonymous && flags.given.has('anonymous-auth')) {
    const why = forbiddenField(
      fieldPath('anonymous'),
      '--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file',
    )
    throw new FlagError(fieldErrorText(why))
  }
  const configuration = inFile ?? { jwt: flags['oidc-issuer-url'] ? [fromFlags(flags)] : [] }
  validateAuthenticationConfiguration(configuration, [defaultIssuer])
  const unknown = configuration.jwt.flatMap(({ algorithms = [] }) => algorithms).find((each) => !signingAlgorithms.includes(each))
  if (unknown !== undefined) throw new FlagError(`oidc: unsupported signing alg: ${JSON.stringify(unknown)}`)
  return configuration
}

function webhookVersion(flags: Flags): 'v1' | 'v1beta1' {
  const version = flags['authentication-token-webhook-version']
  if (version !== 'v1' && version !== 'v1beta1')
    throw new FlagError(`unsupported webhook authenticator version ${JSON.stringify(version)}, supported versions are "v1", "v1beta1"`)
  return version
}

interface Replaceable {
  readonly authenticator: TokenAuthenticator
  use(configuration: AuthenticationConfiguration): void
}

/** Those of a file read again take the place of those before. */
function replaceable(first: AuthenticationConfiguration, { clock }: FlagContext): Replaceable {
  const made = ({ jwt }: AuthenticationConfiguration) => unionTokenAuthenticator(jwt.map((config) => oidcAuthenticator({ config, clock })))
  let current = made(first)
  return {
    authenticator: { name: 'oidc', authenticateToken: (token, audiences) => current.authenticateToken(token, audiences) },
    use: (configuration) => {
      current = made(configuration)
    },
  }
}

function following(path: string, text: string, first: AuthenticationConfiguration, issuers: Replaceable, { clock, log }: FlagContext): Background {
  return followFile({
    path,
    text,
    clock,
    log: log.named('authn'),
    apply(now) {
      const configuration = loadAuthenticationConfiguration(now)
      const errors = authenticationErrors(configuration, [defaultIssuer])
      if (!isDeepStrictEqual(configuration.anonymous, first.anonymous))
        errors.push(forbiddenField(fieldPath('anonymous'), 'changed from initial configuration file'))
      if (errors.length > 0) throw new Error(aggregateText(errors.map(fieldErrorText)))
      issuers.use(configuration)
    },
  })
}

/** The --oidc-* flags as the one issuer that they describe. */
export function fromFlags(flags: Flags): JwtAuthenticatorConfig {
  const url = flags['oidc-issuer-url']
  const claim = flags['oidc-username-claim']
  const given = flags['oidc-username-prefix']
  // Without a word on it, only addresses go without the issuer before them.
  const prefix = given === '-' ? '' : given !== '' ? given : claim === 'email' ? '' : `${url}#`
  const groups = flags['oidc-groups-claim']
  const required = flags['oidc-required-claim'].split(',').filter((each) => each !== '')
  return {
    issuer: { url, audiences: [flags['oidc-client-id']], ...(flags['oidc-ca-file'] ? { certificateAuthority: fileOf(flags, 'oidc-ca-file') } : {}) },
    claimMappings: { username: { claim, prefix }, ...(groups ? { groups: { claim: groups, prefix: flags['oidc-groups-prefix'] } } : {}) },
    claimValidationRules: required.map((pair) => ({ claim: pair.split('=')[0]!, requiredValue: pair.slice(pair.indexOf('=') + 1) })),
    algorithms: flags['oidc-signing-algs'].split(','),
  }
}
