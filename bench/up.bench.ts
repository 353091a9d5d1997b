/**
 * `k8ts up` on an installed machine, from the command's start to its end: node Ready and DNS answering. Beside it, containerd alone
 * with the same configuration, from its start until CRI says that runtime and network are ready: no node can be Ready sooner.
 *
 *   ./tools/node.sh bench/up.bench.ts [--runs 4] [--markdown]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { planCluster } from '#cluster/config.ts'
import { writeContainerdConfiguration } from '#cluster/node/containerd.ts'
import { openCri } from '#kubelet/cri/index.ts'
import { numberFlag, withCluster } from './cluster.ts'
import { inSeconds, median, timed } from './figures.ts'
import { publish } from './report.ts'

const runs = numberFlag('runs', 4)
const goalMs = 3000
const [fresh, again, floorFresh, floorAgain]: number[][] = [[], [], [], []] as number[][]

await withCluster(async (cluster) => {
  for (let run = 0; run < runs; run++) {
    const floorDir = mkdtempSync(join(tmpdir(), 'k8ts-floor-'))
    try {
      floorFresh!.push(await containerdAlone(floorDir))
      fresh!.push(await timed(cluster.up))
      await cluster.down()
      floorAgain!.push(await containerdAlone(floorDir))
      again!.push(await timed(cluster.up))
      await cluster.delete()
    } finally {
      rmSync(floorDir, { recursive: true, force: true })
    }
    console.log(`run ${run + 1}: fresh ${inSeconds([fresh!.at(-1)!])}, existing ${inSeconds([again!.at(-1)!])}`)
  }
  const row = (what: string, ours: number[], floor: number[]) => ({
    what,
    figure: inSeconds(ours),
    beside: `containerd alone ${inSeconds(floor)}`,
    goal: 'under 3 s',
    met: median(ours) < goalMs,
  })
  publish({
    name: 'up',
    method: `\`k8ts up\` of one node, wall clock of the whole command, median (least to most) of ${runs} runs; containerd alone until CRI is ready, in turns with it.`,
    rows: [row('fresh data directory', fresh!, floorFresh!), row('existing data directory, after `k8ts down`', again!, floorAgain!)],
  })
})

async function containerdAlone(dataDir: string): Promise<number> {
  const config = planCluster({ name: 'floor', dataDir })
  const node = config.nodes[0]!
  const configuration = writeContainerdConfiguration(config, node)
  const start = performance.now()
  const containerd = spawn('containerd', ['--config', configuration, '--log-level', 'error'], { stdio: 'ignore' })
  const ended = once(containerd, 'exit')
  try {
    for (;;) {
      const cri = openCri(node.containerdSocket)
      try {
        const { conditions } = await cri.runtime.status()
        if (conditions.every(({ status }) => status)) return performance.now() - start
      } catch (error) {
        if (performance.now() - start > 30_000 || containerd.exitCode !== null) throw error
      } finally {
        cri.close()
      }
      await setTimeout(5)
    }
  } finally {
    containerd.kill('SIGTERM')
    await ended
  }
}
