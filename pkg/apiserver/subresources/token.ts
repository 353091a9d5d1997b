/** POST serviceaccounts/NAME/token: a bound token from the issuer that was given. */
import { type TokenRequest, TokenRequestSchema } from '#api/gen/authentication/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { notFound } from '#apimachinery/status-error.ts'
import { rfc3339 } from '#base/clock.ts'
import { negotiate } from '../negotiation.ts'
import { attributesOf, check, mutate } from '../registry/admit.ts'
import { defaultSeconds } from '../authn/token-request.ts'
import { bodyFormat, decodeAs } from '../registry/body.ts'
import { placeInNamespace } from '../registry/create.ts'
import { type Operation, resourceOf, writeOptions } from '../registry/operation.ts'
import { encoded } from '../registry/output.ts'
import type { Registry } from '../registry/registry.ts'
import { notAllowedHere } from '../response.ts'
import type { ApiResponse } from '../types.ts'
import { notServed } from './virtual.ts'

const definition = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', schema: TokenRequestSchema }

export async function requestToken(operation: Operation, registry: Registry): Promise<ApiResponse> {
  const { request, user, namespace, name, view, parts } = operation
  if (request.context.info.verb !== 'create') throw notAllowedHere()
  const handler = registry.options.virtual()['/serviceaccounts/token']
  if (!handler) throw notServed('serviceaccounts/token')
  const options = writeOptions(operation, 'CreateOptions')
  const object = decodeAs<TokenRequest>(definition, await request.body(), bodyFormat(request), options.fieldValidation, (text) => operation.warn(text))
  object.spec.expirationSeconds ??= defaultSeconds
  request.context.audit?.asked(object)
  placeInNamespace(operation, object)
  parts.fields.track(definition as ResourceDefinition, object, undefined, {
    manager: options.fieldManager,
    subresource: 'token',
    nowMs: parts.clock.now(),
    kinds: parts.kinds,
  })
  const attributes = attributesOf(operation, { operation: 'CREATE', object: object as never, dryRun: options.dryRun, kind: definition })
  await mutate(operation, attributes)
  await parts.hub.fresh()
  const account = view.cache.get(view.key(namespace, name))?.parse()
  if (!account) throw notFound(resourceOf(operation), name)
  // What validates sees whose token it will be.
  const { metadata } = object
  metadata.name ||= name
  metadata.uid ||= account.metadata.uid
  metadata.creationTimestamp ??= rfc3339(parts.clock.now())
  await check(operation, attributes)
  const answer = await handler(object, { user, namespace, name })
  request.context.audit?.annotate('authentication.kubernetes.io/issued-credential-id', `JTI=${idOf((answer as TokenRequest).status?.token ?? '')}`)
  return encoded(201, negotiate(request, { transforms: false, protobuf: true }), answer, TokenRequestSchema)
}

/** What the token calls itself, by which its uses are told apart. */
function idOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? 'e30', 'base64url').toString('utf8')).jti ?? ''
}
