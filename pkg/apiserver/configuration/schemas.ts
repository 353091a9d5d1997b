/** The types of the configuration files that kube-apiserver's flags name (1.36: apiserver.config.k8s.io and its neighbours), in the schema language. */
import { boolean, duration, field, int32, json, list, map, named, string, struct } from '#apimachinery/schema/build.ts'
import type { FieldSchema, StructSchema, TypeSchema } from '#apimachinery/schema/types.ts'
import type { ConfigurationKinds } from './decode.ts'

type Fields = Readonly<Record<string, TypeSchema>>
/** What is of another kind than its type alone. */
type Facts = Readonly<Record<string, Partial<FieldSchema>>>

const typeMeta: Fields = { kind: string, apiVersion: string }
const pointer = { pointer: true, omitEmpty: true } as const

/** A type in one version of a group, by its name. */
function typesOf(version: string): (name: string, fields: Fields, facts?: Facts) => StructSchema {
  return (name, fields, facts = {}) =>
    struct(`io.k8s.apiserver.${version}.${name}`, () =>
      Object.entries(fields).map(([key, type], at) => field(key, at + 1, type, { omitEmpty: true, ...facts[key] })),
    )
}

const group = 'apiserver.config.k8s.io'

function authentication(version: string): StructSchema {
  const type = typesOf(version)
  const enumeration = (name: string) => named(name, [], false, version)
  const prefixed = type('PrefixedClaimOrExpression', { claim: string, prefix: string, expression: string }, { prefix: pointer })
  const issuer = type('Issuer', {
    url: string,
    discoveryURL: string,
    certificateAuthority: string,
    audiences: list(string),
    audienceMatchPolicy: enumeration('AudienceMatchPolicyType'),
    egressSelectorType: enumeration('EgressSelectorType'),
  })
  const mappings = type('ClaimMappings', {
    username: prefixed,
    groups: prefixed,
    uid: type('ClaimOrExpression', { claim: string, expression: string }),
    extra: list(type('ExtraMapping', { key: string, valueExpression: string })),
  })
  const jwt = type('JWTAuthenticator', {
    issuer,
    claimValidationRules: list(type('ClaimValidationRule', { claim: string, requiredValue: string, expression: string, message: string })),
    claimMappings: mappings,
    userValidationRules: list(type('UserValidationRule', { expression: string, message: string })),
  })
  const anonymous = type('AnonymousAuthConfig', { enabled: boolean, conditions: list(type('AnonymousAuthCondition', { path: string })) })
  return type('AuthenticationConfiguration', { ...typeMeta, jwt: list(jwt), anonymous }, { anonymous: pointer })
}

function authorization(version: string): StructSchema {
  const type = typesOf(version)
  const webhook = type(
    'WebhookConfiguration',
    {
      authorizedTTL: duration,
      cacheAuthorizedRequests: boolean,
      unauthorizedTTL: duration,
      cacheUnauthorizedRequests: boolean,
      timeout: duration,
      subjectAccessReviewVersion: string,
      matchConditionSubjectAccessReviewVersion: string,
      failurePolicy: string,
      connectionInfo: type('WebhookConnectionInfo', { type: string, kubeConfigFile: string }, { kubeConfigFile: pointer }),
      matchConditions: list(type('WebhookMatchCondition', { expression: string })),
    },
    { cacheAuthorizedRequests: pointer, cacheUnauthorizedRequests: pointer },
  )
  const authorizer = type('AuthorizerConfiguration', { type: string, name: string, webhook }, { webhook: pointer })
  return type('AuthorizationConfiguration', { ...typeMeta, authorizers: list(authorizer) })
}

function encryption(): StructSchema {
  const type = typesOf('v1')
  const keys = list(type('Key', { name: string, secret: string }))
  const provider = {
    aesgcm: type('AESConfiguration', { keys }),
    aescbc: type('AESConfiguration', { keys }),
    secretbox: type('SecretboxConfiguration', { keys }),
    identity: type('IdentityConfiguration', {}),
    kms: type(
      'KMSConfiguration',
      { apiVersion: string, name: string, cachesize: int32, endpoint: string, timeout: duration },
      { cachesize: pointer, timeout: pointer },
    ),
  }
  const providers = list(type('ProviderConfiguration', provider, Object.fromEntries(Object.keys(provider).map((name) => [name, pointer]))))
  return type('EncryptionConfiguration', { ...typeMeta, resources: list(type('ResourceConfiguration', { resources: list(string), providers })) })
}

function admission(version: string): StructSchema {
  const type = typesOf(version)
  const plugin = type('AdmissionPluginConfiguration', { name: string, path: string, configuration: json }, { configuration: pointer })
  return type('AdmissionConfiguration', { ...typeMeta, plugins: list(plugin) })
}

const tracing = (version: string): StructSchema =>
  typesOf(version)(
    'TracingConfiguration',
    { ...typeMeta, endpoint: string, samplingRatePerMillion: int32 },
    { endpoint: pointer, samplingRatePerMillion: pointer },
  )

function egress(version: string): StructSchema {
  const type = typesOf(version)
  const tls = type('TLSConfig', { caBundle: string, clientKey: string, clientCert: string })
  const transport = type(
    'Transport',
    { tcp: type('TCPTransport', { url: string, tlsConfig: tls }, { tlsConfig: pointer }), uds: type('UDSTransport', { udsName: string }) },
    { tcp: pointer, uds: pointer },
  )
  const connection = type('Connection', { proxyProtocol: string, transport }, { transport: pointer })
  return type('EgressSelectorConfiguration', { ...typeMeta, egressSelections: list(type('EgressSelection', { name: string, connection })) })
}

const inVersions = (of: string, versions: readonly string[], kind: string, make: (version: string) => StructSchema): ConfigurationKinds =>
  Object.fromEntries(versions.map((version) => [`${of}/${version}, ${kind}`, make(version)]))

const all = ['v1', 'v1beta1', 'v1alpha1']

/** One scheme has them all, so that a file of another kind is told as such. */
export const apiserverKinds: ConfigurationKinds = {
  ...inVersions(group, all, 'AuthenticationConfiguration', authentication),
  ...inVersions(group, all, 'AuthorizationConfiguration', authorization),
  ...inVersions(group, ['v1'], 'EncryptionConfiguration', encryption),
  ...inVersions(group, ['v1'], 'AdmissionConfiguration', admission),
  ...inVersions('apiserver.k8s.io', ['v1alpha1'], 'AdmissionConfiguration', admission),
  ...inVersions(group, all, 'TracingConfiguration', tracing),
  ...inVersions('apiserver.k8s.io', ['v1beta1', 'v1alpha1'], 'EgressSelectorConfiguration', egress),
  // The name that it had before there was a group.
  'v1, EncryptionConfig': encryption(),
}

export { boolean, int32, json, list, map, string, typeMeta, typesOf }
