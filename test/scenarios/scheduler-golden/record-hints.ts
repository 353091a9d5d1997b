/**
 * Writes `hints-1.36.json`: `K8TS_REAL_KUBECONFIG=FILE K8TS_REAL_SCHEDULER_METRICS=URL NODE_TLS_REJECT_UNAUTHORIZED=0 ./tools/node.sh
 * test/scenarios/scheduler-golden/record-hints.ts` makes each change while the real kube-scheduler 1.36 has its pod waiting, and keeps
 * what came into its queues. It is started with `--authorization-always-allow-paths=/metrics`; for the rest see `record.ts`.
 */
import { writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { kubeconfigTransport, loadKubeconfig } from '#client/kubeconfig.ts'
import { Case, untilDecided } from './decide.ts'
import { hintCases } from './hint-cases.ts'
import { type Incoming, incomingOf, since } from './hints.ts'

const { K8TS_REAL_KUBECONFIG: path, K8TS_REAL_SCHEDULER_METRICS: metrics } = process.env
if (!path || !metrics) throw new Error('needs K8TS_REAL_KUBECONFIG and K8TS_REAL_SCHEDULER_METRICS of a real 1.36')
/** For its informers; for the first back-off; and for what follows from the change. */
const [settleMs, backoffMs, afterMs] = [400, 1200, 600]
const transport = kubeconfigTransport(loadKubeconfig(path))
const incoming = async (): Promise<Incoming> => incomingOf(await (await fetch(metrics)).text())
const recorded: Record<string, Record<string, Incoming>> = {}
let index = Date.now() % 1e9
for (const [name, { situation, changes }] of Object.entries(hintCases)) {
  const found: Record<string, Incoming> = {}
  recorded[name] = found
  for (const [what, change] of Object.entries(changes)) {
    const it = new Case(transport, index++, situation)
    try {
      await it.prepare()
      await setTimeout(settleMs)
      await it.ask()
      await untilDecided(it, ({ condition }) => condition !== undefined, 100)
      await setTimeout(backoffMs)
      const before = await incoming()
      await it.change(...change)
      await setTimeout(afterMs)
      found[what] = since(before, await incoming())
    } catch (error) {
      console.error(name, what, error)
    } finally {
      await it.clear()
    }
  }
}
writeFileSync(new URL('hints-1.36.json', import.meta.url), `${JSON.stringify(recorded, null, 2)}\n`)
transport.close()
