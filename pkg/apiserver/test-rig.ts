/** For unit tests of what reads through informers: a fake client with objects in it, and requests as the chain makes them. */
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient, type FakeClient } from '#client/fake/fake-client.ts'
import { createInformerFactory } from '#client/informer.ts'
import type { ReadAccess } from './cached-reader.ts'
import { type RequestInit, buildRequest } from './request.ts'
import type { AdmissionAttributes, AdmissionPlugin, ApiRequest, AuthorizerAttributes, UserInfo } from './types.ts'

export interface Rig extends ReadAccess {
  readonly client: FakeClient
  readonly clock: FakeClock
  /** Starts the informers and waits until they have synced. */
  start(): Promise<void>
  stop(): void
}

export function createRig(...objects: [ResourceRef<any>, ...object[]][]): Rig {
  // Real time, because certificates made in tests are valid from now.
  const clock = new FakeClock(Date.now())
  const client = createFakeClient({ clock })
  for (const [of, ...each] of objects) client.seed(of, ...each)
  const informers = createInformerFactory(client, { clock, log: silentLogger })
  const controller = new AbortController()
  return { clock, client, informers, start: () => informers.start(controller.signal), stop: () => controller.abort() }
}

export const alice: UserInfo = { name: 'alice', groups: ['dev', 'system:authenticated'] }
export const kubeletUser = (node: string): UserInfo => ({ name: `system:node:${node}`, groups: ['system:nodes', 'system:authenticated'] })

export function resourceAttributes(user: UserInfo, verb: string, resource: string, more: Partial<AuthorizerAttributes> = {}): AuthorizerAttributes {
  const [plural = '', subresource = ''] = resource.split('/')
  return { user, verb, isResourceRequest: true, path: '', group: '', version: 'v1', resource: plural, subresource, namespace: '', name: '', ...more }
}

/** What the registry tells plugins; `warnings` collects what they warn of. */
export function admissionAttributes(object: KubeObject | undefined, more: Partial<AdmissionAttributes> = {}): AdmissionAttributes & { warnings: string[] } {
  const warnings: string[] = []
  return {
    operation: 'CREATE',
    group: '',
    version: 'v1',
    kind: 'Pod',
    resource: 'pods',
    subresource: '',
    namespace: 'default',
    name: object?.metadata.name ?? '',
    user: alice,
    dryRun: false,
    object,
    options: {},
    warnings,
    warn: (text) => void warnings.push(text),
    ...more,
  }
}

/** Both phases of one plugin, as the registry runs them. */
export async function admit(plugin: AdmissionPlugin, attributes: AdmissionAttributes): Promise<void> {
  if (!plugin.handles(attributes)) return
  await plugin.admit?.(attributes)
  await plugin.validate?.(attributes)
}

export function fakeRequest(url: string, more: Partial<RequestInit> = {}): ApiRequest {
  return buildRequest({
    method: 'GET',
    url,
    headers: {},
    signal: new AbortController().signal,
    remoteAddress: '127.0.0.1',
    receivedAtMs: 0,
    body: async () => new Uint8Array(),
    async *bodyStream() {},
    ...more,
  })
}
