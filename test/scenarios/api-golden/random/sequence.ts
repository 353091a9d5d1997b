/** One object's life under random writes, on one server: what was asked, and what the server said. */
import { createHash } from 'node:crypto'
import { SeededRandom } from '#base/seeded-random.ts'
import { readJson, writeJson } from '#apimachinery/codec/exact-json.ts'
import type { asker } from '../ask.ts'
import { normalise } from '../normalise.ts'
import { ordered, isObject, type JsonObject } from './json.ts'
import { type RandomKind, randomKinds } from './kinds.ts'
import { nextStep, type Scene, type Step } from './steps.ts'

export interface Told {
  readonly said: string
  readonly step: Step
  /** The status and the message, with the warnings. */
  readonly answer: string
  readonly hash: string
  readonly body: unknown
}

export const stepsEach = 14

/** The kind that a number's sequence is about. */
export function kindOf(seed: number, only = /(?:)/): RandomKind {
  const random = new SeededRandom(seed * 7919 + 13)
  const open = randomKinds.filter(({ kind }) => only.test(kind))
  let left = random.next() * open.reduce((sum, { weight }) => sum + weight, 0)
  for (const kind of open) {
    left -= kind.weight
    if (left < 0) return kind
  }
  return open[0]!
}

/** Plays a seed's writes. `token` makes the names of this run its own, and is of the same length in each. */
export async function play({ ask }: ReturnType<typeof asker>, seed: number, kind: RandomKind, token: string, most = stepsEach): Promise<Told[]> {
  const random = new SeededRandom(seed)
  const name = `w${token}${seed}`
  const told: Told[] = []
  let apiVersion = kind.apiVersion
  let live: JsonObject | undefined
  let mustLook = false
  for (let index = 0; index < most; index++) {
    if (live && !mustLook && kind.otherVersions.length > 0 && random.chance(0.2)) {
      apiVersion = random.pick([kind.apiVersion, ...kind.otherVersions].filter((each) => each !== apiVersion))
      mustLook = true
    }
    const scene: Scene = { random, kind, name, apiVersion, live }
    const step = nextStep(scene, mustLook)
    mustLook = false
    const { code, warnings, text } = await ask({ key: '', ...step.question })
    // The original fails while it answers: there is nothing to be like.
    if (code === 0) break
    const clean = (value: string): string => cleaned(value, name)
    const body = read(text)
    const plain = inOrder(normalise(keysCleaned(read(clean(text)))))
    const { kind: bodyKind, message } = (isObject(plain) ? plain : {}) as { kind?: string; message?: string }
    const warned = warnings.map((each) => `\nWarning: ${normalise(clean(each))}`).join('')
    const answer = `${code}${bodyKind === 'Status' && message ? ` ${message}` : ''}${warned}`
    const hash = createHash('sha256')
      .update(writeJson([normalise(clean(step.said)), code, warned, plain]))
      .digest('hex')
      .slice(0, 8)
    told.push({ said: normalise(clean(step.said)) as string, step, answer, hash, body: plain })
    if (step.answers === 'nothing kept') continue
    if (code >= 200 && code < 300) {
      if (step.answers === 'other') mustLook = true
      else if (isObject(body) && body.kind === kind.kind) live = ordered(body) as JsonObject
    } else if (code === 404 && step.question.method === 'GET') live = undefined
    else if (code === 404 || code === 409) mustLook = true
  }
  return told
}

/** Causes of a map's entries come in the order of Go's maps: those in a row about one map are put in order, and of several the message is no more than they are. */
function inOrder(body: unknown): unknown {
  const causes = isObject(body) && isObject(body.details) ? (body.details.causes as { field?: string }[] | undefined) : undefined
  if (!Array.isArray(causes) || causes.length < 2 || !isObject(body)) return body
  // The schema of a custom resource is walked in the order of Go's maps.
  const isCustom = /\.example\.com$/.test(String((body.details as { group?: string }).group))
  const map = ({ field = '' }: { field?: string }): string => field.replace(/\[[^\]]*\]$|\.[^.]*$/, '')
  const runs: { field?: string }[][] = []
  for (const cause of causes) {
    const last = runs.at(-1)
    if (last && (map(last[0]!) === map(cause) || (isCustom && cause.field !== '<nil>'))) last.push(cause)
    else runs.push([cause])
  }
  const sorted = runs.flatMap((run) => run.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)))
  return { ...body, message: String(body.message).replace(/: \[.*/s, ': CAUSES'), details: { ...(body.details as object), causes: sorted } }
}

function read(text: string): unknown {
  try {
    return readJson(text)
  } catch {
    return text
  }
}

/** Without what each server, and each run, has of its own. */
function cleaned(text: string, name: string): string {
  return (
    text
      // Where several do not fit, the original tells those that it met before the first unknown field, in no order.
      .replaceAll(/(: )(errors:(\\n|\n)[^"]*)?[^"]*field not declared in schema[^"]*/g, '$1FIELDS: field not declared in schema')
      .replaceAll(/(Invalid value: )\\*"\{.*?\}\\*": (?=[a-z])/g, '$1DOCUMENT: ')
      .replaceAll(name, 'OBJECT')
      .replaceAll(name.toUpperCase(), 'OBJECT')
      .replaceAll(/OBJECT-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, 'OBJECT-RANDOM')
      .replaceAll(/\b10\.96\.\d+\.\d+\b/g, 'SERVICE-IP')
      .replaceAll(/\b3[0-2]\d{3}\b/g, '30000')
      .replaceAll(/kube-api-access-[a-z0-9]{5}\b/gi, 'kube-api-access-RANDOM')
  )
}

/** Managed fields have values for keys. */
function keysCleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(keysCleaned)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [normalise(key) as string, keysCleaned(each)]))
}
