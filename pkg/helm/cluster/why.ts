/** Why objects did not become what they were waited for, in the words of `k8ts why`. Not in the original. */
import { type Clock, sleep } from '#base/clock.ts'
import { why, whyText } from '#kubectl/why/index.ts'
import type { Finding, Reader } from '#kubectl/why/types.ts'
import type { ClusterObject } from './objects.ts'
import type { Readiness } from './readiness.ts'

/** What was waited for in vain: `live` is undefined when it could not be read. */
export interface Lacking {
  readonly each: ClusterObject
  readonly state: Readiness
  readonly live?: any
}

/** Of many that lack, the first ones are told of. */
const mostTold = 20
/** The cluster may be what is wrong: nobody waits longer than this for explanations. */
const longestMs = 10_000

export const identity = ({ resource, namespace, name }: ClusterObject): string => `${resource.kind}/${namespace}/${name}`

async function findings({ state, live }: Lacking, reader: Reader): Promise<readonly Finding[]> {
  if (!live) return [{ text: state.status === 'NotFound' ? 'It is not there: something has deleted it.' : `It could not be read: ${state.message}` }]
  const { generation } = live.metadata
  const seen = live.status?.observedGeneration
  const behind =
    generation !== undefined && seen !== undefined && seen !== generation
      ? [{ text: `Its controller has seen generation ${seen} of it, and not yet ${generation}.`, advice: 'See that its controller is running.' }]
      : []
  const found = [...behind, ...(await why(live, reader))]
  return found.length > 0 ? found : [{ text: state.message || 'Its state and events do not tell why.' }]
}

/** Gives indented sentences under the name of each object; never throws. */
export async function explain(lacking: readonly Lacking[], reader: Reader, clock: Clock): Promise<string> {
  const told: string[] = []
  const telling = (async () => {
    for (const each of lacking.slice(0, mostTold)) {
      const found = await findings(each, reader).catch((error): readonly Finding[] => [{ text: `Why cannot be read: ${(error as Error).message}` }])
      told.push(`${identity(each.each)} is not ${each.state.status === 'Terminating' ? 'gone' : 'ready'}:\n${whyText(found, 1)}`)
    }
  })()
  const abort = new AbortController()
  await Promise.race([telling, sleep(clock, longestMs, abort.signal).catch(() => {})])
  abort.abort()
  const left = lacking.length - told.length
  return told.join('') + (left > 0 ? `${left} more ${left === 1 ? 'is' : 'are'} not as they should be.\n` : '')
}
