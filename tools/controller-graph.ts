/** Writes docs/controllers.md: who watches and who writes what, from the controllers' own declarations. `--check` only compares. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { controllerFactories } from '#controllers/index.ts'
import type { ControllerSettings } from '#controllers/types.ts'
import { createManager } from '#runtime/manager.ts'

const path = join(import.meta.dirname, '..', 'docs', 'controllers.md')

/** The document as the code has it now. */
export function controllerGraph(): string {
  const clock = new FakeClock()
  const never = async () => ({ certificate: '', key: '' })
  const settings: ControllerSettings = {
    rootCa: '',
    podCidr: '10.244.0.0/16',
    mintServiceAccountToken: () => '',
    clusterSigning: { caCertificate: '', caKey: '' },
    loadBalancerRange: '172.30.0.128/25',
    certificateAuthority: { createCa: never, issue: never },
  }
  const controllers = controllerFactories.map((make) => make(settings)).filter((each) => each !== undefined)
  const manager = createManager({ client: createFakeClient({ clock }), clock, log: silentLogger, controllers })
  return `# Controllers: who watches and who writes what\n\nWritten by \`tools/controller-graph.ts\` from the controllers' own declarations; the runtime refuses two owners of one output.\n\n${manager.graph().trim()}\n`
}

export function isUpToDate(): boolean {
  return existsSync(path) && readFileSync(path, 'utf8') === controllerGraph()
}

if (import.meta.main) {
  if (process.argv.includes('--check')) process.exit(isUpToDate() ? 0 : 1)
  writeFileSync(path, controllerGraph())
}
