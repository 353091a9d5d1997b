/** Writes docs/controllers.md: who watches and who writes what, from the controllers' own declarations. `--check` only compares. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gatesToSwitch } from '#api/gated-fields.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { controllerFactories } from '#controllers/index.ts'
import type { ControllerSettings } from '#controllers/types.ts'
import type { CloudProvider, Instances, LoadBalancers, Routes } from '#cloud/types.ts'
import { cloudControllerFactories } from '#cloud/index.ts'
import type { Controller } from '#runtime/types.ts'
import { createManager } from '#runtime/manager.ts'

const path = join(import.meta.dirname, '..', 'docs', 'controllers.md')

/** The document as the code has it now. */
export function controllerGraph(): string {
  const clock = new FakeClock()
  const never = async () => ({ certificate: '', key: '' })
  const settings: ControllerSettings = {
    rootCa: '',
    podCidr: '10.244.0.0/16',
    featureGates: gatesToSwitch,
    mintServiceAccountToken: () => '',
    clusterSigning: { caCertificate: '', caKey: '' },
    certificateAuthority: { createCa: never, issue: never, signingRequest: async () => ({ request: Buffer.alloc(0), key: '' }) },
  }
  const controllers = controllerFactories.map((make) => make(settings)).filter((each) => each !== undefined)
  // A cloud that has everything, so that every controller shows.
  const nothing = new Proxy({}, { get: () => undefined })
  const provider: CloudProvider = { name: '', instances: nothing as Instances, loadBalancers: nothing as LoadBalancers, routes: nothing as Routes }
  const cloud = cloudControllerFactories.map((make) => make({ provider, clusterCidrs: ['10.244.0.0/16'] })).filter((each) => each !== undefined)
  const graphOf = (list: readonly Controller[]) =>
    createManager({ client: createFakeClient({ clock }), clock, log: silentLogger, controllers: list })
      .graph()
      .trim()
  return `# Controllers: who watches and who writes what

Written by \`tools/controller-graph.ts\` from the controllers' own declarations; the runtime refuses two owners of one output.
Each asks and writes as its account, a service account of kube-system, by the role \`system:controller:ACCOUNT\` alone; caches are filled, and
tokens of service accounts kept, by the manager's own user \`system:kube-controller-manager\`.

${graphOf(controllers)}

## The cloud's

Those of the cloud controller manager; the local cluster's cloud has instances and load balancers, and no routes.

${graphOf(cloud)}
`
}

export function isUpToDate(): boolean {
  return existsSync(path) && readFileSync(path, 'utf8') === controllerGraph()
}

if (import.meta.main) {
  if (process.argv.includes('--check')) process.exit(isUpToDate() ? 0 : 1)
  writeFileSync(path, controllerGraph())
}
