/** Charts looked at, linted and searched for, without a cluster. Where there is a real Helm, it says the same. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { both, done, refused } from '#helm/testing/both.ts'
import { listening, place } from '#helm/testing/servers.ts'

test('show values prints what a path finds', async (t) => {
  const surroundings = place(t)
  const folder = join(surroundings.dir, 'paths')
  mkdirSync(folder)
  writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: paths\nversion: 1.0.0\n')
  writeFileSync(join(folder, 'values.yaml'), 'image: {tag: "1", name: web}\nlist: [{x: 1}, {x: two}]\nbig: 12345678\nratio: 1.5\nnothing: null\n')
  const cases: [string, string][] = [
    ['{.image}', '{"name":"web","tag":"1"}'],
    ['{.image.name}', 'web'],
    ['{.list[*].x}', '1 two'],
    ['{.list[1].x}', 'two'],
    ['{.big}', '12345678'],
    ['{.ratio}', '1.5'],
    ['{.absent}', ''],
  ]
  for (const [path, wanted] of cases) assert.equal(await done(`show values paths --jsonpath ${path}`, surroundings), wanted, path)
  await refused('show values paths --jsonpath {.image', 'error parsing jsonpath {.image: unclosed action', surroundings)
})

test('lint warns of versions of the API that Kubernetes gives up', async (t) => {
  const surroundings = place(t)
  const folder = join(surroundings.dir, 'old')
  mkdirSync(join(folder, 'templates'), { recursive: true })
  writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: old\nversion: 1.0.0\nicon: https://example.com/icon.png\n')
  writeFileSync(join(folder, 'values.yaml'), '')
  const kinds = [
    'extensions/v1beta1 Ingress',
    'networking.k8s.io/v1beta1 IngressClass',
    'policy/v1beta1 PodDisruptionBudget',
    'batch/v1beta1 CronJobList',
    'v1 Endpoints',
    'v1 EndpointsList',
    'v1 ComponentStatus',
    'resource.k8s.io/v1beta2 ResourceClaim',
    'flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema',
    'apps/v1 ReplicaSetList',
    'autoscaling/v2beta1 HorizontalPodAutoscaler',
    'example.com/v1beta1 Ingress',
  ]
  for (const [index, kind] of kinds.entries()) {
    const [apiVersion, name] = kind.split(' ')
    writeFileSync(join(folder, `templates/${String(index).padStart(2, '0')}.yaml`), `apiVersion: ${apiVersion}\nkind: ${name}\nmetadata: {name: a}\n`)
  }
  const said = await done('lint old', surroundings)
  assert.match(
    said,
    /^\[WARNING\] templates\/00\.yaml: extensions\/v1beta1 Ingress is deprecated in v1\.14\+, unavailable in v1\.22\+; use networking\.k8s\.io\/v1 Ingress$/m,
  )
  assert.match(said, /^\[WARNING\] templates\/04\.yaml: v1 Endpoints is deprecated in v1\.33\+; use discovery\.k8s\.io\/v1 EndpointSlice$/m)
  assert.doesNotMatch(await done('lint old --kube-version 1.20', surroundings), /PodDisruptionBudget/)
  assert.equal((await both('lint old --strict', surroundings)).code, 1)
})

test('a hub is searched, and its answers are told in every format', async (t) => {
  const surroundings = place(t)
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers['user-agent']}`)
    const { searchParams } = new URL(request.url!, 'http://x')
    if (searchParams.get('q') === 'broken') return response.writeHead(500).end()
    const chart = (id: string, more: object) => ({
      id,
      type: 'chart',
      attributes: {
        description: `The chart ${id} <& more>, told at such a length that a table cuts it`,
        repo: { name: 'one', url: 'https://charts.example.com' },
      },
      relationships: { latestChartVersion: { data: { version: '1.2.3', app_version: '4.5' } } },
      ...more,
    })
    const data =
      searchParams.get('q') === 'nothing'
        ? []
        : [chart('one/web', { artifactHub: { packageUrl: 'https://hub.example.com/packages/web' } }), chart('one/old', {})]
    return response.end(JSON.stringify({ data }))
  })
  const endpoint = `http://${await listening(t, server)}/hub`
  const search = (line: string): Promise<string> => done(`search hub ${line} --endpoint ${endpoint}`, surroundings)
  assert.match(await search('web page'), /^https:\/\/hub\.example\.com\/packages\/web *\t1\.2\.3 +\t4\.5 +\tThe chart one\/web .+\.\.\. *$/m)
  assert.match(asked[0]!, /^\/hub\/api\/chartsvc\/v1\/charts\/search\?q=web\+page Helm\/4\.2/)
  for (const line of ['web -o json', 'web -o yaml', 'web --list-repo-url', 'web --max-col-width 20', 'nothing', 'nothing -o json', '']) await search(line)
  assert.equal(JSON.parse(await search('web -o json'))[1].url, `${endpoint}/charts/one/old`)
  await refused(`search hub nothing --fail-on-no-result --endpoint ${endpoint}`, 'no results found', surroundings)
  await refused(`search hub broken --endpoint ${endpoint}`, `unable to perform search against "${endpoint}"`, surroundings)
  await refused('search hub web --endpoint nowhere', 'unable to create connection to "nowhere": no hostname provided', surroundings)
})
