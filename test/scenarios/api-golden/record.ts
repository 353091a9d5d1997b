/**
 * Writes `recorded/NAME.json`: what a real kube-apiserver 1.36 (see `oracle.ts`) answers to each question of a list.
 * `./tools/node.sh --conditions=k8ts-source test/scenarios/api-golden/record.ts NAME...`; without names, all of them.
 * The server must be a fresh one, as lists leave what they set up.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { auditOf } from './audit.ts'
import { openApiFacts } from './openapi.ts'
import { realTarget } from './oracle.ts'
import { questionnaires } from './questions/index.ts'
import { askAll, kept } from './run.ts'

const names = process.argv.length > 2 ? process.argv.slice(2) : ['openapi', ...Object.keys(questionnaires)]
for (const name of names) {
  if (name === 'openapi') {
    writeFileSync(new URL('recorded/openapi.json', import.meta.url), `${JSON.stringify(await openApiFacts(realTarget()), null, 1)}\n`)
    continue
  }
  if (name === 'audit') {
    const log = process.env.K8TS_REAL_AUDIT_LOG
    if (!log) throw new Error('needs K8TS_REAL_AUDIT_LOG: the audit log of the real server, which has the policy of audit.ts')
    const eventsOf = async (id: string): Promise<any[]> =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.includes(`"auditID":"${id}"`))
        .map((line) => JSON.parse(line))
    writeFileSync(new URL('recorded/audit.json', import.meta.url), `${JSON.stringify(await auditOf(realTarget(), eventsOf))}\n`)
    continue
  }
  const list = questionnaires[name]
  if (!list) throw new Error(`no such list: ${name}`)
  const whole = new Set(list.questions.filter((question) => question.whole).map(({ key }) => key))
  const lines = [...(await askAll(realTarget(), list))].map(([key, answer]) => `${JSON.stringify(key)}: ${JSON.stringify(kept(answer, whole.has(key)))}`)
  writeFileSync(new URL(`recorded/${name}.json`, import.meta.url), `{\n${lines.join(',\n')}\n}\n`)
  process.stdout.write(`${name}: ${lines.length}\n`)
}
