/** The programs that make up a cluster. Each is loaded only in the process that runs it. */
export interface Component {
  readonly name: string
  readonly load: () => Promise<(options: Readonly<Record<string, string>>) => Promise<void>>
}

export const components: readonly Component[] = [
  { name: 'supervise', load: async () => (await import('./supervise.ts')).run },
  { name: 'kube-apiserver', load: async () => (await import('./kube-apiserver.ts')).run },
  { name: 'controllers', load: async () => (await import('./controllers.ts')).run },
  { name: 'cloud-controller-manager', load: async () => (await import('./cloud-controller-manager.ts')).run },
  { name: 'hollow', load: async () => (await import('./hollow.ts')).run },
  { name: 'agent', load: async () => (await import('./agent.ts')).run },
]
