/** GET /statusz and /flagz: since when this kubelet runs, what version it is, and what it was started with. */
import { answerZPage, flagzPage, statuszPage, type ZPageAnswer, type ZPageRequest } from '#zpages/index.ts'
import type { KubeletServerOptions } from './server.ts'

const component = 'kubelet'
const paths = ['/configz', '/flagz', '/healthz', '/metrics']

type Facts = Pick<KubeletServerOptions, 'version' | 'stats' | 'flags' | 'now'>

export function zPage({ version, stats, flags = {}, now = Date.now }: Facts, name: 'flagz' | 'statusz', request: ZPageRequest): ZPageAnswer {
  const facts = { startedAtMs: stats.startedAtMs, nowMs: now(), binaryVersion: version.replace(/^v/, ''), goVersion: `node${process.version}`, paths }
  return answerZPage(name === 'flagz' ? flagzPage(component, flags) : statuszPage(component, facts), request)
}
