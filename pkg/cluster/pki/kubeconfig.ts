/** kubeconfig files with everything in them, as `kubeadm` writes them. */
import { stringify } from 'yaml'

export interface KubeconfigOptions {
  /** Name of cluster and context; the user is named `user`. Default "k8ts". */
  readonly name?: string
  readonly user: string
  /** "https://127.0.0.1:6443". */
  readonly server: string
  /** The CA's PEM. */
  readonly ca: string
  /** Certificate and key in PEM … */
  readonly certificate?: string
  readonly key?: string
  /** … or a bearer token. */
  readonly token?: string
  readonly namespace?: string
}

export interface Kubeconfig {
  apiVersion: 'v1'
  kind: 'Config'
  clusters: { name: string; cluster: Record<string, unknown> }[]
  users: { name: string; user: Record<string, unknown> }[]
  contexts: { name: string; context: Record<string, unknown> }[]
  'current-context': string
  preferences: Record<string, unknown>
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

export function kubeconfig({ name = 'k8ts', user, server, ca, certificate, key, token, namespace }: KubeconfigOptions): Kubeconfig {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { 'certificate-authority-data': base64(ca), server } }],
    users: [
      {
        name: user,
        user: {
          ...(certificate ? { 'client-certificate-data': base64(certificate) } : {}),
          ...(key ? { 'client-key-data': base64(key) } : {}),
          ...(token ? { token } : {}),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user, ...(namespace ? { namespace } : {}) } }],
    'current-context': name,
    preferences: {},
  }
}

export function kubeconfigText(options: KubeconfigOptions): string {
  return stringify(kubeconfig(options), { lineWidth: 0 })
}
