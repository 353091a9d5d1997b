/** Plugins are packed, signed, verified and installed from wherever they are; they fetch charts too. Where there is a real Helm, it says the same. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { readPluginArchive } from '#helm/plugin/archive.ts'
import { done, refused, signedPlace } from '#helm/testing/both.ts'
import { runOurs, type Surroundings } from '#helm/testing/rig.ts'
import { fileServer } from '#helm/testing/servers.ts'

const about = (version: string): string => `apiVersion: v1
name: plug
version: ${version}
type: cli/v1
runtime: subprocess
sourceURL: https://example.com
config: {shortHelp: says what it was told, ignoreFlags: false}
runtimeConfig:
  platformCommand: [{command: $HELM_PLUGIN_DIR/run.sh}]
  platformHooks: {install: [{command: echo, args: [installed]}], update: [{command: echo, args: [updated]}]}
`

function pluginPlace(t: TestContext): Surroundings {
  const surroundings = signedPlace(t)
  const folder = join(surroundings.dir, 'plug')
  mkdirSync(folder)
  writeFileSync(join(folder, 'plugin.yaml'), about('0.1.0'))
  writeFileSync(join(folder, 'run.sh'), '#!/bin/sh\necho ran "$@"\n')
  chmodSync(join(folder, 'run.sh'), 0o755)
  return surroundings
}

const plugins = ({ dir }: Surroundings): string => join(dir, '.local/share/helm/plugins')

test('a plugin is packed and signed, verified, installed, listed, run and uninstalled', async (t) => {
  const surroundings = pluginPlace(t)
  const run = async (line: string): Promise<string> => {
    const { code, stdout, stderr } = await runOurs(line, surroundings)
    assert.equal(code, 0, `${line}: ${stderr}`)
    return stdout
  }
  assert.equal(
    await done('plugin package plug --key Open --keyring open.gpg -d out', surroundings),
    'Successfully signed. Signature written to: out/plug-0.1.0.tgz.prov\nSuccessfully packaged plugin and saved it to: out/plug-0.1.0.tgz\n',
  )
  assert.match(
    await done('plugin verify out/plug-0.1.0.tgz --keyring public.gpg', surroundings),
    /^Signed by: Open <open@example\.com>\n.+\nPlugin Hash Verified: sha256:\w{64}\n$/,
  )
  assert.match(
    await run('plugin install out/plug-0.1.0.tgz --keyring public.gpg'),
    /^Verifying plugin signature\.\.\.\nSigned by: Open .+\n.+\nPlugin Hash Verified: .+\ninstalled\nInstalled plugin: plug\n$/,
  )
  assert.match(await done('plugin list', surroundings), /^plug\t0\.1\.0 +\tcli\/v1\tv1 +\tsigned +\thttps:\/\/example\.com$/m)
  assert.equal(await done('plug a --b', surroundings), 'ran a --b\n')
  await refused('plugin install out/plug-0.1.0.tgz', 'plugin already exists', surroundings, {
    stdout: 'Verifying plugin signature...\n',
    stderr: `level=WARN msg="plugin already exists" path=${plugins(surroundings)}/plug error=<nil>\n`,
  })
  assert.equal(await run('plugin uninstall plug'), 'Uninstalled plugin: plug\n')
  assert.deepEqual(readdirSync(plugins(surroundings)), [])
  assert.equal(await run('plugin install ./plug'), 'Installing plugin from local directory (development mode)\ninstalled\nInstalled plugin: plug\n')
  assert.match(await done('plugin list', surroundings), /\tlocal dev +\t/)
  await run('plugin uninstall plug')
  assert.ok(existsSync(join(surroundings.dir, 'plug/plugin.yaml')))
})

test('a plugin comes from a URL only when it is signed, or nobody asks', async (t) => {
  const surroundings = pluginPlace(t)
  const { dir } = surroundings
  const url = await fileServer(t, join(dir, 'out'))
  await runOurs('plugin package plug --sign=false -d out', surroundings)
  const place = `${url}/plug-0.1.0.tgz`
  await refused(`plugin install ${place}`, 'plugin verification failed: no provenance file (.prov) found', surroundings, {
    stdout: 'Verifying plugin signature...\n',
  })
  const unsigned = await runOurs(`plugin install ${place} --verify=false`, surroundings)
  assert.equal(unsigned.stdout, 'WARNING: Skipping plugin signature verification\ninstalled\nInstalled plugin: plug\n', unsigned.stderr)
  assert.match(await done('plugin list', surroundings), /\tunsigned +\t/)
  await runOurs('plugin uninstall plug', surroundings)
  await runOurs('plugin package plug --key Open --keyring open.gpg -d out', surroundings)
  const signed = await runOurs(`plugin install ${place} --keyring public.gpg`, surroundings)
  assert.match(signed.stdout, /Signed by: Open/, signed.stderr)
  await runOurs('plugin uninstall plug', surroundings)
  writeFileSync(join(dir, 'out/plug-0.1.0.tgz'), Buffer.concat([readFileSync(join(dir, 'out/plug-0.1.0.tgz')), Buffer.from('x')]))
  const altered = await runOurs(`plugin install ${place} --keyring public.gpg`, surroundings)
  assert.match(altered.stderr, /^Error: plugin verification failed: sha256 sum does not match/)
  assert.deepEqual(readdirSync(plugins(surroundings)), [])
})

test('a plugin comes from a repository of git at a tag or within a range, and is updated', async (t) => {
  const surroundings = pluginPlace(t)
  const { dir } = surroundings
  const repository = join(dir, 'plug')
  const git = (...args: string[]): Buffer => execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: repository })
  git('init', '--quiet', '--initial-branch=main')
  for (const version of ['0.1.0', '0.2.0', '1.0.0']) {
    writeFileSync(join(repository, 'plugin.yaml'), about(version))
    git('add', '.')
    git('commit', '--quiet', '-m', version)
    git('tag', `v${version}`)
  }
  const source = `file://${repository}`
  await refused(`plugin install ${source}`, 'plugin source does not support verification. Use --verify=false to skip verification', surroundings)
  const install = (more: string) => runOurs(`plugin install ${source} --verify=false ${more}`, surroundings)
  const ranged = await install('--version <1.0.0')
  assert.match(ranged.stdout, /Installed plugin: plug\n$/, ranged.stderr)
  assert.match((await runOurs('plugin list', surroundings)).stdout, /^plug\t0\.2\.0/m)
  await runOurs('plugin uninstall plug', surroundings)
  assert.match((await install('--version >2')).stderr, /^Error: requested version ">2" does not exist for plugin "file:\/\//)
  await install('')
  writeFileSync(join(repository, 'plugin.yaml'), about('1.1.0'))
  git('commit', '--quiet', '-am', 'next')
  const updated = await runOurs('plugin update plug', surroundings)
  assert.equal(updated.stdout, 'updated\nUpdated plugin: plug\n', updated.stderr)
  assert.match((await runOurs('plugin list', surroundings)).stdout, /^plug\t1\.1\.0/m)
  writeFileSync(join(plugins(surroundings), 'plug/run.sh'), 'changed')
  assert.equal((await runOurs('plugin update plug', surroundings)).stderr, 'Error: failed to update plugin plug, got error (plugin repo was modified)\n')
})

test('what cannot be is told in the words of the original', async (t) => {
  const surroundings = pluginPlace(t)
  const unknown = (source: string): string =>
    `cannot get information about plugin source ${JSON.stringify(source)} (if it's a local directory, does it exist?), last error was: Cannot detect VCS`
  const cases: [string, string][] = [
    ['plugin package plug', `error reading from keyring: open ${surroundings.dir}/.gnupg/pubring.gpg: no such file or directory`],
    ['plugin package plug --keyring open.gpg', 'private key not found'],
    ['plugin package passphrase', 'plugin package only supports directories, not tarballs'],
    ['plugin package nowhere', 'stat nowhere: no such file or directory'],
    ['plugin verify plug', 'directory verification not supported - only plugin tarballs can be verified'],
    ['plugin verify open.gpg', 'plugin file must be a gzipped tarball (.tar.gz or .tgz)'],
    ['plugin verify nowhere', 'stat nowhere: no such file or directory'],
    ['plugin install nowhere', unknown('nowhere')],
    ['plugin install nowhere --verify=false', unknown('nowhere')],
    ['plugin update', 'please provide plugin name to update'],
    ['plugin update x', 'plugin: x not found'],
    ['plugin uninstall', 'please provide plugin name to uninstall'],
    ['plugin uninstall x', 'plugin: x not found'],
  ]
  for (const [line, wanted] of cases) await refused(line, wanted, surroundings)
})

test('a plugin may fetch charts and values of a scheme of its own', async (t) => {
  const surroundings = pluginPlace(t)
  const { dir } = surroundings
  const getter = join(plugins(surroundings), 'box')
  mkdirSync(getter, { recursive: true })
  writeFileSync(
    join(getter, 'plugin.yaml'),
    'apiVersion: v1\nname: box\nversion: 1.0.0\ntype: getter/v1\nruntime: subprocess\nconfig: {protocols: [box]}\nruntimeConfig:\n  protocolCommands: [{protocols: [box], platformCommand: [{command: get.sh}]}]\n',
  )
  writeFileSync(join(getter, 'get.sh'), `#!/bin/sh\nexec cat "${dir}/$(basename "$4")"\n`)
  chmodSync(join(getter, 'get.sh'), 0o755)
  await runOurs('package ./plain', surroundings)
  writeFileSync(join(dir, 'more.yaml'), 'replicas: 7\n')
  assert.match(await done('template box://here/plain-0.1.0.tgz -f box://here/more.yaml', surroundings), /kind: /)
  assert.match((await runOurs('template bag://here/plain-0.1.0.tgz', surroundings)).stderr, /^Error: scheme "bag" not supported\n$/)
})

test('archives that lead out of their folder, link, or never end are refused', async () => {
  const archive = async (header: Record<string, unknown>, data = ''): Promise<Buffer> => {
    const tar = pack()
    tar.entry(header as { name: string }, data)
    tar.finalize()
    const chunks: Buffer[] = []
    for await (const chunk of tar) chunks.push(chunk as Buffer)
    return gzipSync(Buffer.concat(chunks))
  }
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ name: '../a' }, /path contains '\.\.', which is illegal/],
    [{ name: 'a/../../b' }, /path contains '\.\.', which is illegal/],
    [{ name: 'a\\..\\b' }, /path contains '\.\.', which is illegal/],
    [{ name: '/etc/a' }, /path is absolute, which is illegal/],
    [{ name: 'c:/a' }, /path contains ':', which is illegal/],
    [{ name: 'a', type: 'symlink', linkname: '/etc/passwd' }, /unknown type: symlink in a/],
    [{ name: 'a', type: 'link', linkname: '../a' }, /unknown type: link in a/],
  ]
  for (const [header, wanted] of cases) await assert.rejects(archive(header).then(readPluginArchive), wanted)
})
