/** What a user can get wrong with the launcher: one clear line with the way out, a failing exit code, nothing left behind. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type ExecResult, run } from '#cluster/host/exec.ts'
import { findProgram } from '#cluster/host/requirements.ts'
import { layoutVersion } from '#cluster/config.ts'
import { writeOciArchive } from '#cluster/images/oci-archive.ts'
import { type E2eCluster, missingForCluster, startCluster } from './cluster.ts'

const launcher = join(import.meta.dirname, '..', '..', 'k8ts')
const port = 16570
const freePort = 16571

describe('the launcher', { skip: missingForCluster() ?? false }, () => {
  let home: string
  const dataDir = (): string => join(home, 'data')
  const k8ts = (...args: string[]): Promise<ExecResult> =>
    run([launcher, ...args], { env: { ...process.env, HOME: home, KUBECONFIG: '', K8TS_DATA_DIR: '', K8TS_DEBUG: '' }, timeoutMs: 120_000 })

  before(() => {
    home = mkdtempSync(join(tmpdir(), 'k8ts-launcher-'))
  })
  after(() => rmSync(home, { recursive: true, force: true }))

  /** One line on stderr, nothing on stdout, a failing exit code, and the host as it was. */
  const refuses = async (args: readonly string[], expected: RegExp, act: (...args: string[]) => Promise<ExecResult> = k8ts): Promise<void> => {
    const earlier = host()
    const { code, stdout, stderr } = await act(...args)
    assert.notEqual(code, 0, `k8ts ${args.join(' ')} should have failed:\n${stdout}`)
    assert.match(stderr, /^k8ts: [^\n]+\n$/)
    assert.match(stderr, expected)
    assert.equal(stdout, '')
    assert.deepEqual(host(), earlier)
  }
  const ours = (name: string): boolean => /^l[ab]/.test(name)
  const host = (): object => ({
    files: (readdirSync(home, { recursive: true }) as string[]).sort(),
    // Only what would be named after these tests' clusters: others come and go beside them.
    interfaces: Object.keys(networkInterfaces()).filter(ours).sort(),
    namespaces: existsSync('/run/netns') ? readdirSync('/run/netns').filter(ours).sort() : [],
  })
  const place = (): string[] => ['--name', 'la', '--data-dir', dataDir()]

  test('unknown commands and options name the help', async () => {
    await refuses(['upp'], /unknown command "upp"; see: k8ts --help/)
    await refuses(['up', '--nodez', '2'], /Unknown option '--nodez'; see: k8ts up --help/)
    await refuses(['up', '--nodes'], /--nodes.*; see: k8ts up --help/)
    await refuses(['image', 'explode', ...place()], /there is no cluster in/)
  })

  test('every command has help with examples, and asking for it fails nothing', async () => {
    const { stdout } = await k8ts('--help')
    for (const [, name] of stdout.slice(stdout.indexOf('Commands:'), stdout.indexOf('Start with:')).matchAll(/^ {2}(\S+) /gm)) {
      const help = await k8ts(name!, '--help')
      assert.equal(help.code, 0, name!)
      assert.match(help.stdout, new RegExp(`k8ts ${name}[\\s\\S]*Examples:`))
    }
  })

  test('names, counts, ports and directories that cannot be are refused', async () => {
    await refuses(['up', '--name', 'Bad_Name', '--data-dir', dataDir()], /invalid cluster name "Bad_Name": use at most 8 lower-case letters/)
    await refuses(['up', '--name', 'much-too-long', '--data-dir', dataDir()], /invalid cluster name/)
    for (const nodes of ['0', '17', 'many', '1.5', '-1']) await refuses(['up', ...place(), `--nodes=${nodes}`], /--nodes must be a number from 1 to 16, not "/)
    await refuses(['up', ...place(), '--port', '70000'], /--port must be a number from 1 to 65535, not "70000"/)
    await refuses(['up', '--data-dir', 'relative'], /--data-dir must be an absolute path, not "relative"/)
    await refuses(['up', ...place(), 'surplus'], /unexpected argument "surplus"; see: k8ts up --help/)
  })

  test('a port that is taken is named, with another to choose', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(freePort, '127.0.0.1', resolve))
    try {
      await refuses(
        ['up', ...place(), '--port', String(freePort)],
        /port 16571 on 127\.0\.0\.1 is taken by another program; choose another with: k8ts up --port \d+/,
      )
    } finally {
      server.close()
    }
  })

  test('without root it says so', { skip: findProgram('setpriv') ? false : 'no setpriv on PATH' }, async () => {
    chmodSync(home, 0o755)
    const asNobody = (...args: string[]): Promise<ExecResult> => {
      // The bundle directly: a user without root need not be able to write the checkout.
      const program = [join(launcher, '..', 'node_modules/node/bin/node'), join(launcher, '..', 'dist/k8ts.mjs')]
      return run(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...program, ...args], {
        env: { PATH: process.env.PATH, HOME: '/nonexistent' },
      })
    }
    for (const command of [['up'], ['down'], ['delete'], ['image', 'ls']]) await refuses([...command, '--data-dir', join(home, 'nobody')], /root/, asNobody)
  })

  test('a directory that is not ours is left alone', async () => {
    const other = join(home, 'other')
    mkdirSync(other)
    writeFileSync(join(other, 'thesis.txt'), 'precious')
    await refuses(['up', '--name', 'la', '--data-dir', other], /is not empty and holds no k8ts cluster; choose another with --data-dir/)
    await refuses(['delete', '--name', 'la', '--data-dir', other], /holds no k8ts cluster; nothing was removed/)
    assert.equal(readFileSync(join(other, 'thesis.txt'), 'utf8'), 'precious')
    const file = join(home, 'file')
    writeFileSync(file, '')
    await refuses(['up', '--name', 'la', '--data-dir', file], /file/)
  })

  test('a data directory of a newer version, or with a broken plan, is refused and not touched', async () => {
    const newer = join(home, 'newer')
    mkdirSync(newer)
    const config = JSON.stringify({ name: 'la', dataDir: newer, layoutVersion: layoutVersion + 1 })
    writeFileSync(join(newer, 'config.json'), config)
    for (const command of ['up', 'status', 'down', 'delete'])
      await refuses(
        [command, '--data-dir', newer],
        new RegExp(`was written by a newer k8ts \\(layout ${layoutVersion + 1}, this one knows ${layoutVersion}\\)`),
      )
    assert.equal(readFileSync(join(newer, 'config.json'), 'utf8'), config)
    writeFileSync(join(newer, 'config.json'), '{"name":')
    for (const command of ['up', 'delete'])
      await refuses([command, '--data-dir', newer], /is not readable as JSON; restore it, or remove the cluster with: k8ts delete --name NAME/)
    assert.equal((await k8ts('delete', '--name', 'la', '--data-dir', newer)).code, 0)
    assert.ok(!existsSync(newer))
  })

  test('commands for a cluster that is not there say how to start one', async () => {
    await refuses(['image', 'ls', ...place()], /there is no cluster in .*; start one with: k8ts up/)
    await refuses(['logs', ...place()], /there is no cluster in .*; start one with: k8ts up/)
    await refuses(['--name', 'la', '--data-dir', dataDir(), 'kubectl', 'get', 'nodes'], /there is no cluster in .*; start one with: k8ts up/)
    assert.equal((await k8ts('delete', ...place())).stdout, `There is no cluster in ${dataDir()}.\n`)
  })

  describe('with a cluster that runs', () => {
    let cluster: E2eCluster
    before(async () => {
      cluster = await startCluster({ name: 'la', port })
    })
    after(() => cluster?.delete())

    const fails = async (args: readonly string[], expected: RegExp): Promise<void> => {
      const { code, stderr } = await cluster.k8ts(args, { mayFail: true })
      assert.notEqual(code, 0)
      assert.match(stderr, /^k8ts: [^\n]+\n$/)
      assert.match(stderr, expected)
    }

    test('starting it again finds it; in the foreground or on another port it is refused', async () => {
      assert.match((await cluster.k8ts(['up'])).stdout, /is running: cluster la, 1 node/)
      await fails(['up', '--foreground'], /the cluster la is already running; stop it first with: k8ts down/)
      await fails(['up', '--port', String(freePort)], /the cluster la is already running on port 16570; stop it first with: k8ts down/)
    })

    test('a name that is not its own, or that another cluster has, is refused', async () => {
      const other = join(home, 'second')
      await refuses(
        ['up', '--name', 'la', '--data-dir', other],
        /a cluster "la" runs already, from \/.*; choose another --name, or stop that one: k8ts down --data-dir \//,
      )
      assert.equal((await k8ts('delete', '--name', 'la', '--data-dir', other)).stdout, `There is no cluster in ${other}.\n`)
      assert.match((await cluster.k8ts(['up'])).stdout, /is running/)
      await refuses(['up', '--name', 'lb', '--data-dir', cluster.dataDir], /holds the cluster "la", not "lb"; choose another --data-dir/)
    })

    test('files that are no images are refused by their names, and nothing is loaded', async () => {
      const images = async (): Promise<string> => (await cluster.k8ts(['image', 'ls'])).stdout
      const earlier = await images()
      const file = (name: string, content: string | Buffer): string => {
        writeFileSync(join(home, name), content)
        return join(home, name)
      }
      await fails(['image', 'load'], /say which file: k8ts image load FILE\.tar/)
      await fails(['image', 'load', join(home, 'absent.tar')], /there is no file .*absent\.tar/)
      await fails(['image', 'load', home], /is (no image archive|a directory)/)
      await fails(['image', 'load', file('text.tar', 'hello')], /text\.tar is no image archive; make one with: docker save IMAGE -o FILE\.tar/)
      mkdirSync(join(home, 'plain'))
      writeFileSync(join(home, 'plain', 'a'), 'a')
      await run(['tar', '-cf', join(home, 'plain.tar'), '-C', join(home, 'plain'), '.'])
      await fails(['image', 'load', join(home, 'plain.tar')], /plain\.tar .*no image archive/)
      const whole = join(home, 'whole.tar')
      await writeOciArchive([{ names: ['k8ts.test/whole:1'], layers: [[{ path: 'file', content: 'x'.repeat(100_000) }]] }], whole)
      const bytes = readFileSync(whole)
      await fails(['image', 'load', file('cut.tar', bytes.subarray(0, Math.floor(bytes.length / 2 / 512) * 512))], /cut\.tar/)
      // Of a layer that the runtime has never seen: one it still holds from the cut archive it would rightly take.
      await writeOciArchive([{ names: ['k8ts.test/broken:1'], layers: [[{ path: 'file', content: 'z'.repeat(100_000) }]] }], join(home, 'broken.tar'))
      const broken = readFileSync(join(home, 'broken.tar'))
      broken.write('y', broken.indexOf('z'.repeat(1000)) + 500)
      await fails(['image', 'load', file('broken.tar', broken)], /broken\.tar/)
      await fails(['image', 'melt'], /say what to do: k8ts image load FILE\.tar, or k8ts image ls/)
      assert.equal(await images(), earlier)
      assert.match((await cluster.k8ts(['image', 'load', whole])).stdout, /Loaded k8ts\.test\/whole:1 into 1 node/)
    })

    test('logs of a component that is not there names those that are', async () => {
      await fails(['logs', 'absent'], /absent.*apiserver/)
    })
  })
})
