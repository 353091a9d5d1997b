/** Where device plugins register: a socket of the kubelet's in its device-plugins directory, made anew at each start so that they see it and come again. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '#base/log.ts'
import { serveSocket, Refusal, type SocketServer } from '../plugins/serve.ts'
import { checkpointName } from './checkpoint.ts'
import type { DevicePlugins } from './device-plugins.ts'
import { apiVersion, type DevicePluginOptions, deviceServices } from './messages.ts'

interface RegisterRequest {
  readonly version: string
  readonly endpoint: string
  readonly resource_name: string
  readonly options?: DevicePluginOptions | null
}

const ownSocket = 'kubelet.sock'

export async function serveDeviceRegistration(directory: string, plugins: DevicePlugins, log: Logger): Promise<SocketServer> {
  mkdirSync(directory, { recursive: true, mode: 0o750 })
  // Sockets of before lead to nobody that this kubelet knows.
  for (const each of readdirSync(directory, { withFileTypes: true })) {
    if (!each.isDirectory() && each.name !== checkpointName) rmSync(join(directory, each.name), { force: true })
  }
  return serveSocket(join(directory, ownSocket), deviceServices.Registration!, {
    unary: {
      Register({ version, endpoint, resource_name: resource, options }: RegisterRequest) {
        if (version !== apiVersion) {
          throw new Refusal(2, `requested API version ["${version}"] is not supported by kubelet. Supported version is ["${apiVersion}"]`)
        }
        if (!isExtendedResource(resource)) throw new Refusal(2, `the ResourceName "${resource}" is invalid`)
        if (endpoint.includes('/') || endpoint === '' || endpoint === ownSocket) throw new Refusal(2, `the endpoint "${endpoint}" is invalid`)
        // The plugin may answer nothing before it has its own answer.
        void plugins.add(resource, join(directory, endpoint), options).catch((error) => log.warn('cannot use a device plugin', { resource, error }))
        return {}
      },
    },
  })
}

/** A name of somebody's own domain: not of Kubernetes itself, nor of a quota. */
export function isExtendedResource(name: string): boolean {
  const [domain = '', rest, ...more] = name.split('/')
  if (rest === undefined || rest === '' || more.length > 0 || domain === '') return false
  if (domain === 'kubernetes.io' || domain.endsWith('.kubernetes.io') || name.startsWith('requests.')) return false
  return /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(domain) && /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(rest)
}
