/** The generators of create. */
import type { Command, CommandEntry } from '../../types.ts'

const from = (name: string, summary: string, load: () => Promise<Command>, aliases: readonly string[] = []): CommandEntry => ({ name, summary, aliases, load })

const secret: Command = {
  usage: '(docker-registry | generic | tls)',
  summary: 'Create a secret with specified type.',
  subcommands: [
    from('docker-registry', 'Create a secret for use with a Docker registry', async () => (await import('./config-objects.ts')).secretDocker),
    from('generic', 'Create a secret from a local file, directory, or literal value', async () => (await import('./config-objects.ts')).secretGeneric),
    from('tls', 'Create a TLS secret', async () => (await import('./config-objects.ts')).secretTls),
  ],
}

const service: Command = {
  summary: 'Create a service using a specified subcommand.',
  subcommands: [
    from('clusterip', 'Create a ClusterIP service', async () => (await import('./network.ts')).clusterip),
    from('externalname', 'Create an ExternalName service', async () => (await import('./network.ts')).externalname),
    from('loadbalancer', 'Create a LoadBalancer service', async () => (await import('./network.ts')).loadbalancer),
    from('nodeport', 'Create a NodePort service', async () => (await import('./network.ts')).nodeport),
  ],
}

export const generators: readonly CommandEntry[] = [
  from('clusterrole', 'Create a cluster role', async () => (await import('./access.ts')).clusterrole),
  from('clusterrolebinding', 'Create a cluster role binding for a particular cluster role', async () => (await import('./access.ts')).clusterrolebinding),
  from('configmap', 'Create a config map from a local file, directory or literal value', async () => (await import('./config-objects.ts')).configmap, ['cm']),
  from('cronjob', 'Create a cron job with the specified name', async () => (await import('./workloads.ts')).cronjob, ['cj']),
  from('deployment', 'Create a deployment with the specified name', async () => (await import('./workloads.ts')).deployment, ['deploy']),
  from('ingress', 'Create an ingress with the specified name', async () => (await import('./network.ts')).ingress, ['ing']),
  from('job', 'Create a job with the specified name', async () => (await import('./workloads.ts')).job),
  from('namespace', 'Create a namespace with the specified name', async () => (await import('./config-objects.ts')).namespace, ['ns']),
  from('poddisruptionbudget', 'Create a pod disruption budget with the specified name', async () => (await import('./workloads.ts')).poddisruptionbudget, [
    'pdb',
  ]),
  from('priorityclass', 'Create a priority class with the specified name', async () => (await import('./config-objects.ts')).priorityclass, ['pc']),
  from('quota', 'Create a quota with the specified name', async () => (await import('./config-objects.ts')).quota, ['resourcequota']),
  from('role', 'Create a role with single rule', async () => (await import('./access.ts')).role),
  from('rolebinding', 'Create a role binding for a particular role or cluster role', async () => (await import('./access.ts')).rolebinding),
  from('secret', 'Create a secret using a specified subcommand', async () => secret),
  from('service', 'Create a service using a specified subcommand', async () => service, ['svc']),
  from('serviceaccount', 'Create a service account with the specified name', async () => (await import('./config-objects.ts')).serviceaccount, ['sa']),
  from('token', 'Request a service account token', async () => (await import('./config-objects.ts')).token),
]
