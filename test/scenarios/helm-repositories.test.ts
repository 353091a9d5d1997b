/** Repositories over HTTP and a small registry: charts packed, indexed, found, fetched, pushed and pulled; ours and the real Helm read one another's. */
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { noRealHelm, type Outcome, runOurs, runReal, type Surroundings } from '#helm/testing/rig.ts'
import { digestOf } from '#helm/registry/client.ts'
import { fileServer, listening, place, startRegistry } from '#helm/testing/servers.ts'

const done = async (run: Promise<Outcome>): Promise<string> => {
  const { code, stdout, stderr } = await run
  assert.equal(code, 0, stderr + stdout)
  return stdout
}

async function repositoryOf(surroundings: Surroundings): Promise<string> {
  const folder = join(surroundings.dir, 'repository')
  mkdirSync(folder)
  for (const line of [
    'package ./web -d repository',
    'package ./web -d repository --version 2.0.0',
    'package ./web -d repository --version 3.0.0-beta.1',
    'package ./plain -d repository',
    'repo index repository',
  ])
    await done(runOurs(line, surroundings))
  return folder
}

test('a repository is indexed, added, searched, and charts of it are shown, pulled and templated', async (t) => {
  const surroundings = place(t)
  const url = await fileServer(t, await repositoryOf(surroundings))
  const run = (line: string): Promise<string> => done(runOurs(line, surroundings))
  assert.equal(await run(`repo add one ${url}`), '"one" has been added to your repositories\n')
  assert.equal(await run(`repo add one ${url}`), '"one" already exists with the same configuration, skipping\n')
  assert.match(await run('repo list'), new RegExp(`^one \t${url}$`, 'm'))
  assert.match(await run('search repo web'), /^one\/web\t2\.0\.0 +\t4\.5 +\tA page & more$/m)
  assert.match(await run('search repo web --devel'), /3\.0\.0-beta\.1/)
  assert.equal(JSON.parse(await run('search repo -l web -o json')).length, 2)
  assert.equal(await run('search repo nothing'), 'No results found\n')
  assert.match(await run('show chart one/web'), /version: 2\.0\.0/)
  assert.match(await run(`show chart web --repo ${url} --version ~1`), /version: 1\.2\.3/)
  assert.match(await run('template one/plain'), /# Source: plain\/templates\/one\.yaml/)
  assert.match(await run(`show chart ${url}/plain-0.1.0.tgz`), /name: plain/)
  await run('pull one/web --untar --untardir unpacked')
  assert.ok(existsSync(join(surroundings.dir, 'unpacked/web/Chart.yaml')))
  assert.match((await runOurs('pull one/web --version 9', surroundings)).stderr, /no chart version found for web-9/)
  assert.match(await run('repo update'), /Successfully got an update from the "one" chart repository/)
  assert.equal(await run('repo remove one'), '"one" has been removed from your repositories\n')
})

test('a repository may want a password, which is kept for its owner alone', async (t) => {
  const surroundings = place(t)
  const url = await fileServer(t, await repositoryOf(surroundings), 'secret')
  assert.match((await runOurs(`repo add one ${url}`, surroundings)).stderr, /401 Unauthorized/)
  await done(runOurs(`repo add one ${url} --username me --password-stdin`, surroundings, 'secret\n'))
  await done(runOurs('pull one/plain', surroundings))
  const mode = await import('node:fs').then(({ statSync }) => statSync(join(surroundings.dir, '.config/helm/repositories.yaml')).mode & 0o777)
  assert.equal(mode, 0o600)
})

test('dependencies are chosen, locked, fetched and listed; a lock that no longer fits is refused', async (t) => {
  const surroundings = place(t)
  const url = await fileServer(t, await repositoryOf(surroundings))
  const chart = join(surroundings.dir, 'parent')
  mkdirSync(join(chart, 'templates'), { recursive: true })
  const chartYaml = (range: string): string =>
    `apiVersion: v2\nname: parent\nversion: 0.1.0\ndependencies:\n- name: web\n  version: ${range}\n  repository: ${url}\n- name: plain\n  version: 0.1.0\n  repository: file://../plain\n`
  writeFileSync(join(chart, 'Chart.yaml'), chartYaml('">1"'))
  const run = (line: string): Promise<string> => done(runOurs(line, surroundings))
  assert.match(await run('dependency update parent'), /Saving 2 charts\nDownloading web from repo/)
  assert.match(await run('dependency list parent'), /^web +\t>1 +\t.*\tok +$/m)
  assert.match(readFileSync(join(chart, 'Chart.lock'), 'utf8'), /name: web\n {2}repository: .*\n {2}version: 2\.0\.0/)
  assert.match(await run('template parent'), /# Source: parent\/charts\/web\/templates\/settings\.yaml/)
  await run(`repo add one ${url}`)
  rmSync(join(chart, 'charts'), { recursive: true })
  await run('dependency build parent')
  assert.ok(existsSync(join(chart, 'charts/web-2.0.0.tgz')) && existsSync(join(chart, 'charts/plain-0.1.0.tgz')))
  writeFileSync(join(chart, 'Chart.yaml'), chartYaml('"<2"'))
  assert.match((await runOurs('dependency build parent', surroundings)).stderr, /the lock file \(Chart\.lock\) is out of sync with the dependencies file/)
  if (noRealHelm) return
  await run('dependency update parent')
  const ours = readFileSync(join(chart, 'Chart.lock'), 'utf8')
  rmSync(join(chart, 'Chart.lock'))
  await done(runReal('dependency update parent', surroundings))
  const theirs = readFileSync(join(chart, 'Chart.lock'), 'utf8')
  const withoutTime = (text: string): string => text.replace(/generated: .*/, '')
  assert.equal(withoutTime(ours), withoutTime(theirs))
})

test('a registry takes charts and gives them back, by tag, range and digest', async (t) => {
  const surroundings = place(t)
  const host = await startRegistry(t)
  const run = (line: string, stdin?: string): Promise<string> => done(runOurs(line, surroundings, stdin))
  assert.match((await runOurs(`registry login ${host} --plain-http -u me -p wrong`, surroundings)).stderr, /status code 401/)
  assert.equal(await run(`registry login ${host} --plain-http -u me --password-stdin`, 'secret\n'), 'Login Succeeded\n')
  await run('package ./web')
  await run('package ./web --version 2.0.0+build.1')
  const pushed = await run(`push web-1.2.3.tgz oci://${host}/charts --plain-http`)
  assert.match(pushed, new RegExp(`^Pushed: ${host}/charts/web:1\\.2\\.3\\nDigest: sha256:[0-9a-f]{64}\\n$`))
  assert.match(await run(`push web-2.0.0+build.1.tgz oci://${host}/charts --plain-http`), /web:2\.0\.0_build\.1/)
  await run(`pull oci://${host}/charts/web --version ~1 --plain-http --untar --untardir got`)
  assert.ok(existsSync(join(surroundings.dir, 'got/web/Chart.yaml')))
  assert.match(await run(`show chart oci://${host}/charts/web --plain-http`), /version: 2\.0\.0\+build\.1/)
  const digest = /sha256:[0-9a-f]{64}/.exec(pushed)![0]
  assert.match(await run(`template oci://${host}/charts/web@${digest} --plain-http`), /# Source: web/)
  assert.match((await runOurs(`pull oci://${host}/charts/none --version 1.0.0 --plain-http`, surroundings)).stderr, /\/charts\/none:1\.0\.0: not found\n$/)
  if (!noRealHelm) {
    await done(runReal(`pull oci://${host}/charts/web --version 1.2.3 --plain-http -d got`, surroundings))
    assert.deepEqual(readFileSync(join(surroundings.dir, 'got/web-1.2.3.tgz')), readFileSync(join(surroundings.dir, 'web-1.2.3.tgz')))
    cpSync(join(surroundings.dir, 'plain'), join(surroundings.dir, 'theirs'), { recursive: true })
    await done(runReal('package ./plain', surroundings))
    await done(runReal(`push plain-0.1.0.tgz oci://${host}/charts --plain-http`, surroundings))
    assert.match(await run(`show chart oci://${host}/charts/plain --version 0.1.0 --plain-http`), /name: plain/)
  }
  assert.match(await run(`registry logout ${host}`), /^Removing login credentials for /)
})

test('an index without end, or with charts that are none, does no harm', async (t) => {
  const surroundings = place(t)
  const folder = join(surroundings.dir, 'hostile')
  mkdirSync(folder)
  const url = await fileServer(t, folder)
  const alias = ['a: &a [x,x,x,x,x,x,x,x,x]']
  for (let level = 1; level < 12; level++)
    alias.push(
      `b${level}: &b${level} [${Array(9)
        .fill(`*${level === 1 ? 'a' : `b${level - 1}`}`)
        .join(',')}]`,
    )
  for (const text of [
    '',
    'apiVersion: v1\nentries: [',
    'just text',
    `apiVersion: v1\nentries:\n  x: *missing\n`,
    `apiVersion: v1\n${alias.join('\n')}\nentries: {}\n`,
  ]) {
    writeFileSync(join(folder, 'index.yaml'), text)
    const { code, stderr } = await runOurs(`repo add bad ${url}`, surroundings)
    assert.equal(code, 1, text.slice(0, 40))
    assert.match(stderr, /is not a valid chart repository or cannot be reached/)
  }
  writeFileSync(
    join(folder, 'index.yaml'),
    'apiVersion: v1\nentries:\n  __proto__: [{name: x, version: 1.0.0}]\n  good: [{name: good, version: 1.0.0, urls: [good.tgz]}, {name: ../evil, version: 1.0.0}, 7]\n',
  )
  await done(runOurs(`repo add odd ${url}`, surroundings))
  assert.match(await done(runOurs('search repo good', surroundings)), /^odd\/good\t1\.0\.0/m)
  assert.equal(({} as { name?: string }).name, undefined)
})

test('a registry that lies about sizes and digests, or sends people elsewhere, is not believed', async (t) => {
  const surroundings = place(t)
  await done(runOurs('package ./plain', surroundings))
  const archive = readFileSync(join(surroundings.dir, 'plain-0.1.0.tgz'))
  const config = Buffer.from('{"name":"plain","version":"0.1.0"}')
  const layer = { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', digest: digestOf(archive), size: archive.length }
  const head = { mediaType: 'application/vnd.cncf.helm.config.v1+json', digest: digestOf(config), size: config.length }
  let manifest: object = {}
  const seen: string[] = []
  const other = createServer((request, response) => {
    seen.push(String(request.headers.authorization))
    response.end('{"tags":["9.9.9"]}')
  })
  const elsewhere = await listening(t, other)
  const server = createServer((request, response) => {
    if (request.headers.authorization === undefined) return response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end()
    if (request.url!.includes('/tags/')) return response.writeHead(200, { link: `<http://${elsewhere}/next>; rel="next"` }).end('{"tags":["0.1.0"]}')
    if (request.url!.includes('/manifests/')) return response.end(JSON.stringify(manifest))
    return response.end(request.url!.endsWith(head.digest) ? config : archive)
  })
  const host = await listening(t, server)
  const pull = (more = '--version 0.1.0') => runOurs(`pull oci://${host}/x/plain ${more} --plain-http --username me --password secret`, surroundings)
  const lies: [object, RegExp][] = [
    [{ config: head, layers: [{ ...layer, size: layer.size + 1 }] }, /the blob sha256:\w+ has \d+ bytes, where its manifest says \d+/],
    [{ config: head, layers: [{ ...layer, digest: `sha256:${'0'.repeat(64)}` }] }, /the registry sent other bytes than those of sha256:0+/],
    [{ config: head, layers: [{ ...layer, digest: '../../../etc/passwd' }] }, /invalid digest/],
    [{ config: head, layers: [{ ...layer, size: 1e12 }] }, /has 1000000000000 bytes; \d+ are allowed/],
    [{ config: { ...head, mediaType: 'text/plain' }, layers: [layer] }, /could not load config with mediatype/],
    [{ config: head, layers: 'none' }, /the manifest of .+ is none/],
    [{ config: head, layers: [null] }, /manifest does not contain a layer/],
  ]
  for (const [lie, wanted] of lies) {
    manifest = lie
    const { code, stderr } = await pull()
    assert.equal(code, 1)
    assert.match(stderr, wanted)
  }
  manifest = { config: head, layers: [layer] }
  assert.equal((await pull()).code, 0)
  // The list of tags goes on at another host, which is told nothing in confidence.
  await pull('--version >0')
  assert.deepEqual(seen, ['undefined'])
})
