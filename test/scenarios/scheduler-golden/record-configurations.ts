/**
 * Writes `configurations-1.36.json`: `K8TS_REAL_SCHEDULER=PROGRAM K8TS_REAL_KUBECONFIG=FILE ./tools/node.sh
 * test/scenarios/scheduler-golden/record-configurations.ts` gives every wrong file to the real kube-scheduler 1.36, and keeps what it
 * says. It does not get as far as asking the API server.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wrongConfigurations } from './wrong-configurations.ts'

const { K8TS_REAL_SCHEDULER: program, K8TS_REAL_KUBECONFIG: kubeconfig } = process.env
if (!program || !kubeconfig) throw new Error('needs a real kube-scheduler 1.36 as K8TS_REAL_SCHEDULER and a kubeconfig as K8TS_REAL_KUBECONFIG')
const directory = mkdtempSync(join(tmpdir(), 'k8ts-record-'))
const file = join(directory, 'scheduler.yaml')
const recorded: Record<string, string> = {}
for (const body of wrongConfigurations) {
  const own = body.startsWith('leaderElection') ? '' : 'leaderElection: {leaderElect: false}\n'
  writeFileSync(
    file,
    `apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nclientConnection: {kubeconfig: ${JSON.stringify(kubeconfig)}}\n${own}${body}\n`,
  )
  recorded[body] = said(program, ['--config', file, '--secure-port', '0']).replaceAll(file, 'FILE')
}
writeFileSync(new URL('configurations-1.36.json', import.meta.url), `${JSON.stringify(recorded, null, 2)}\n`)
rmSync(directory, { recursive: true })

/** The words of its failure; none where it goes on. */
function said(path: string, parameters: string[]): string {
  try {
    execFileSync(path, parameters, { timeout: 3000, stdio: 'pipe' })
    return ''
  } catch (error) {
    const text = String((error as { stderr?: Buffer }).stderr)
    const quoted = /"command failed" err=("(?:[^"\\]|\\.)*")/.exec(text)?.[1]
    return quoted ? JSON.parse(quoted) : ''
  }
}
