/** Puts every token to a server, and takes out of its answers what is another every time. */
import type { Issuers } from './issuers.ts'
import { jwtCases } from './jwt-cases.ts'

export type Review = (token: string) => Promise<{ readonly status?: object }>

export async function reviewAll(issuers: Issuers, review: Review): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {}
  for (const [index, { audiences, more, tokens }] of jwtCases.entries())
    for (const claims of tokens) {
      const { status } = await review(await issuers.token(index, claims))
      const text = JSON.stringify(status)
        .replaceAll(`${issuers.url}/i${index}`, 'ISSUER')
        .replaceAll(issuers.url, 'URL')
        .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000 UTC( m=[+\d.]+)?/g, 'NOW')
      answers[`${audiences ? `${audiences.join()} ` : ''}${more} ${JSON.stringify(claims)}`] = JSON.parse(text)
    }
  return answers
}
