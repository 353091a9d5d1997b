/** What a server shows of itself: health line by line, profiles, the log's verbosity. */
import type { Question, Questionnaire } from '../types.ts'

const ask = (path: string, method: Question['method'] = 'GET', body?: string): Question => ({
  key: `${method} ${path}${body === undefined ? '' : ` ${body}`}`,
  method,
  path,
  ...(body === undefined ? {} : { body }),
  shows: ['content-type', 'x-content-type-options', 'location'],
})
const forward = (ports: string): Question => ask(`/api/v1/namespaces/default/pods/none/portforward?${ports}`)

export const debugging: Questionnaire = {
  proxies: true,
  setup: [],
  questions: [
    ...['/livez', '/readyz', '/healthz'].flatMap((path) => [
      ask(`${path}?verbose`),
      ask(`${path}?verbose&exclude=etcd`),
      ask(`${path}/ping`),
      ask(`${path}/ping?verbose`),
      ask(`${path}/nothing`),
      ask(`${path}/`),
      ask(`${path}?exclude=none&exclude=ping`),
      ask(path, 'HEAD'),
      ask(path, 'POST'),
    ]),
    ask('/readyz/etcd-readiness'),
    ask('/livez/poststarthook/rbac/bootstrap-roles'),
    ask('/debug'),
    ask('/debug/nothing'),
    ask('/debug/flags'),
    ask('/debug/flags/'),
    ask('/debug/flags/w'),
    ask('/debug/flags/v'),
    ask('/debug/flags/v', 'POST', '2'),
    ask('/debug/flags/v', 'PUT', '2'),
    ask('/debug/flags/v', 'PUT', 'x'),
    ask('/debug/flags/v', 'PUT', '-1'),
    ask('/debug/flags/v', 'PUT', ''),
    ask('/debug/pprof'),
    ask('/debug/pprof/symbol'),
    ask('/debug/pprof/nothing'),
    ...['ports=1,2', 'ports=a', 'ports=1,a', 'ports=', 'ports=1&ports=-2', 'ports=70000', 'ports=99999999999', 'port=1'].map(forward),
  ],
}
