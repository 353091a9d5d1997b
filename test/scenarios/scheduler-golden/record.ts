/**
 * Writes `recorded-1.36.json`: `K8TS_REAL_KUBECONFIG=FILE ./tools/node.sh test/scenarios/scheduler-golden/record.ts` puts every
 * situation to the real kube-scheduler and kube-apiserver 1.36 at the address in that file, and keeps what it has decided.
 * What is recorded already stays; with `--all` everything is asked again. Neither kubelet nor controllers may run there, no nodes may be there, and the admission plugins ServiceAccount and
 * TaintNodesByCondition are off, as they wait for controllers.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { kubeconfigTransport, loadKubeconfig } from '#client/kubeconfig.ts'
import { Case, type Decision, untilDecided } from './decide.ts'
import { situations } from './situations.ts'

const path = process.env.K8TS_REAL_KUBECONFIG
if (!path) throw new Error('needs the kubeconfig of a real 1.36 as K8TS_REAL_KUBECONFIG')
/** For its informers, and for what it writes after its first word. */
const settleMs = 600
const transport = kubeconfigTransport(loadKubeconfig(path))
const file = new URL('recorded-1.36.json', import.meta.url)
const known: Record<string, Decision> = process.argv.includes('--all') ? {} : JSON.parse(readFileSync(file, 'utf8'))
const recorded: Record<string, Decision> = {}
const base = Date.now() % 1e9
for (const [index, [name, situation]] of Object.entries(situations).entries()) {
  if (known[name]) {
    recorded[name] = known[name]
    continue
  }
  const it = new Case(transport, base + index, situation)
  try {
    await it.prepare()
    await setTimeout(settleMs)
    await it.ask()
    await untilDecided(it, ({ condition }) => condition !== undefined, 200)
    await setTimeout(settleMs)
    recorded[name] = await it.decision()
  } catch (error) {
    console.error(name, error)
  } finally {
    await it.clear()
  }
}
writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`)
transport.close()
