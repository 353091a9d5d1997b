/** GET /statusz and /flagz. */
import { answerZPage, flagzPage, type StatuszFacts, statuszPage, type ZPage } from '#zpages/index.ts'
import { wantsPretty } from '../negotiation.ts'
import type { ApiRequest, ApiResponse, Handler } from '../types.ts'

const component = 'apiserver'
const paths = ['/flagz', '/healthz', '/livez', '/metrics', '/readyz', '/statusz', '/version']

export function statuszHandler(facts: () => Omit<StatuszFacts, 'paths'>): Handler {
  return async (request) => show(request, statuszPage(component, { ...facts(), paths }))
}

/** `flags`: by name, as upstream prints their values. */
export function flagzHandler(flags: Readonly<Record<string, string>>): Handler {
  const page = flagzPage(component, flags)
  return async (request) => show(request, page)
}

const show = (request: ApiRequest, page: ZPage): ApiResponse => answerZPage(page, { accept: request.headers.accept, pretty: wantsPretty(request) })
