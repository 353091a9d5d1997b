/** What the controllers and the scheduler show of themselves by TLS: their certificate, who may ask, their flags and configuration. */
import { existsSync, readFileSync } from 'node:fs'
import type { Clock } from '#base/clock.ts'
import type { Client } from '#client/types.ts'
import { controllerManagerFlagTexts } from '#cluster/controller-manager-flags.ts'
import { generateKeys, issueLeaf } from '#cluster/pki/issue.ts'
import type { KeyPair } from '#cluster/pki/types.ts'
import { schedulerFlagTexts } from '#cluster/scheduler-flags.ts'
import { schedulerConfigPath } from '#cluster/scheduler-configuration.ts'
import { type ClusterConfig, familiesOf } from '#cluster/types.ts'
import { gitVersion } from '#cluster/version.ts'
import { configzName as managerName, controllerManagerConfigz } from '#controllers/configz.ts'
import type { SecureDoor } from '#runtime/serve-health.ts'
import { configzName as schedulerName, schedulerConfigz } from '#scheduler/config/configz.ts'
import { apiComponentReviews, componentAccess } from './component-access.ts'

export interface DoorInput {
  /** The component's own: it may review tokens and access. */
  readonly client: Client
  readonly port: number
}

export interface ComponentDoors {
  controllerManager(input: DoorInput & { readonly leaderElect: boolean }): SecureDoor
  scheduler(input: DoorInput & { readonly leaderElect: boolean }): SecureDoor
}

/** The certificate is made anew at each start, as upstream's is that is told of none; ours the cluster's authority signs. */
export async function componentDoors(config: ClusterConfig, ca: KeyPair, clock: Clock): Promise<ComponentDoors> {
  const keys = await generateKeys()
  const request = { commonName: 'localhost', usages: ['server'], dnsNames: ['localhost'], addresses: ['127.0.0.1'] } as const
  const certificate = await issueLeaf(request, ca, keys.publicKey, clock.now())
  const startedAtMs = clock.now()
  const binaryVersion = gitVersion.replace(/^v/, '').replace(/\+.*/, '')
  const common = ({ client }: DoorInput) => ({
    certificate,
    key: keys.privateKey,
    clientCa: ca.certificate,
    refusal: componentAccess(apiComponentReviews(client), clock),
    facts: () => ({ startedAtMs, nowMs: clock.now(), goVersion: `node${process.version}`, binaryVersion }),
  })
  const families = familiesOf(config)
  const clusterCidr = families.map(({ podCidr }) => podCidr).join(',')
  const serviceCidr = families.map(({ serviceCidr: range }) => range).join(',')
  return {
    controllerManager({ leaderElect, ...input }) {
      const flags = controllerManagerFlagTexts(config)
      return {
        ...common(input),
        component: 'kube-controller-manager',
        flags: {
          ...flags,
          controllers: `[${flags.controllers || '*'}]`,
          'bind-address': '127.0.0.1',
          'cluster-cidr': clusterCidr,
          'leader-elect': String(leaderElect),
          'secure-port': String(input.port),
          'service-cluster-ip-range': serviceCidr,
          'use-service-account-credentials': 'true',
        },
        configuration: { [managerName]: controllerManagerConfigz({ flags, leaderElect, clusterCidr, serviceCidr }) },
      }
    },
    scheduler({ leaderElect, ...input }) {
      const flags = schedulerFlagTexts(config)
      const file = schedulerConfigPath(config)
      const isThere = existsSync(file)
      return {
        ...common(input),
        component: 'kube-scheduler',
        flags: { ...flags, 'bind-address': '127.0.0.1', config: isThere ? file : '', 'leader-elect': String(leaderElect), 'secure-port': String(input.port) },
        configuration: { [schedulerName]: schedulerConfigz(isThere ? readFileSync(file, 'utf8') : '', flags, leaderElect) },
      }
    },
  }
}
