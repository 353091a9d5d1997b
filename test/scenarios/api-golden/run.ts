/** A list of questions, asked of one server. */
import { setTimeout } from 'node:timers/promises'
import { asker } from './ask.ts'
import type { Answer, Kept, Question, Questionnaire, Target } from './types.ts'

/** Answers by key, of the questions whose keys match; throws where two have the same key, or the server refuses the setup. */
export async function askAll(
  target: Target,
  { companion, setup, questions }: Questionnaire,
  only = /(?:)/,
): Promise<Map<string, Answer & { readonly body: unknown }>> {
  const { ask: send, close } = asker(target)
  const beside = await companion?.()
  const ask: typeof send = (question) =>
    send(beside && question.body !== undefined ? { ...question, body: JSON.parse(beside.fill(JSON.stringify(question.body))) } : question)
  try {
    await askSetup(ask, setup)
    const answers = new Map<string, Answer & { readonly body: unknown }>()
    const remembered = new Map<string, Answer['metadata']>()
    for (const question of questions) {
      if (answers.has(question.key)) throw new Error(`two questions have the key ${question.key}`)
      if (!only.test(question.key) && question.remembered === undefined) continue
      const answer = await askUntil(ask, withRemembered(question, remembered))
      answers.set(question.key, answer)
      if (question.remembered !== undefined) remembered.set(question.remembered, answer.metadata)
    }
    return answers
  } finally {
    close()
    await beside?.close()
  }
}

/** Throws where the server refuses; what is there already may be. */
export async function askSetup(ask: (question: Question) => Promise<Answer>, setup: readonly Question[]): Promise<void> {
  for (const question of setup) {
    const { said } = await askUntil(ask, question)
    if (!/^(20\d|409|422 .*already allocated)/.test(said)) throw new Error(`setup, ${question.key}: ${said}`)
  }
}

/** Again and again where the question says how the answer begins once what was made before acts. */
async function askUntil<A extends Answer>(ask: (question: Question) => Promise<A>, question: Question): Promise<A> {
  let answer = await ask(question)
  for (let left = 200; left > 0 && question.until && !answer.said.startsWith(question.until) && !answer.said.startsWith('409'); left--) {
    await setTimeout(50)
    answer = await ask(question)
  }
  return answer
}

/** The question with the places filled that name what earlier answers said. */
function withRemembered(question: Question, remembered: ReadonlyMap<string, Answer['metadata']>): Question {
  if (remembered.size === 0) return question
  const filled = (text: string): string =>
    text.replaceAll(/\{([a-z]+)\.(\w+)(?:([+-]\d+))?\}/g, (place, name: string, field: string, more?: string) => {
      if (!remembered.has(name)) return place
      const value = remembered.get(name)?.[field] ?? ''
      return more === undefined ? String(value) : String(Number(value) + Number(more))
    })
  const { body, headers } = question
  return {
    ...question,
    path: filled(question.path),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? filled(body) : JSON.parse(filled(JSON.stringify(body))) }),
    ...(headers ? { headers: JSON.parse(filled(JSON.stringify(headers))) } : {}),
  }
}

/** Of a refusal's text the record keeps this much to be read; the hash is of all of it. */
const shownLength = 160

/** As the record keeps an answer: hash and text in one line; with the body where the question asks for it. */
export function kept({ said, hash, body }: Answer, whole: boolean): Kept {
  const line = `${hash} ${said.slice(0, shownLength)}`
  return whole ? [line, body] : line
}

/** Whether an answer is the one that was kept. */
export function isAs(answer: Answer, recorded: Kept): boolean {
  return kept(answer, false) === (typeof recorded === 'string' ? recorded : recorded[0])
}
