/** Charts are signed, and verified wherever they come from; what is not as it was signed is refused. Where there is a real Helm, it says the same. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runOurs } from '#helm/testing/rig.ts'
import { both, done, refused, signedPlace } from '#helm/testing/both.ts'
import { fileServer, startRegistry } from '#helm/testing/servers.ts'

test('a chart is signed by a key, open or under a passphrase, and verified', async (t) => {
  const surroundings = signedPlace(t)
  const archive = join(surroundings.dir, 'plain-0.1.0.tgz')
  await done('package ./plain --sign --key Open --keyring open.gpg', surroundings)
  const said = await done('verify plain-0.1.0.tgz --keyring both.gpg', surroundings)
  assert.match(said, /^Signed by: Open <open@example\.com>\nUsing Key With Fingerprint: [0-9A-F]{40}\nChart Hash Verified: sha256:[0-9a-f]{64}\n$/)
  const provenance = readFileSync(`${archive}.prov`, 'utf8')
  assert.match(
    provenance,
    /^-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\napiVersion: v2\n[\s\S]*\n\.\.\.\nfiles:\n {2}plain-0\.1\.0\.tgz: sha256:[0-9a-f]{64}\n/,
  )
  await done('package ./plain --sign --key closed@example --keyring closed.gpg --passphrase-file passphrase', surroundings)
  assert.match(await done('verify plain-0.1.0.tgz --keyring both.gpg', surroundings), /^Signed by: Closed \(a comment\) <closed@example\.com>\n/)
  await refused('verify plain-0.1.0.tgz --keyring public.gpg', 'openpgp: signature made by unknown entity', surroundings)
  const ours = await runOurs('package ./plain --sign --key closed --keyring closed.gpg --passphrase-file -', surroundings, 'sesame ü\n')
  assert.equal(ours.code, 0, ours.stderr)
})

test('what cannot be signed or verified is told in the words of the original', async (t) => {
  const surroundings = signedPlace(t)
  const { dir } = surroundings
  await done('package ./plain', surroundings)
  const cases: [string, string][] = [
    ['package ./plain --sign', '--key is required for signing a package'],
    ['package ./plain --sign --key Open --keyring=', '--keyring is required for signing a package'],
    ['package ./plain --sign --key Open --keyring nowhere.gpg', 'open nowhere.gpg: no such file or directory'],
    ['package ./plain --sign --key Open', `open ${join(dir, '.gnupg/pubring.gpg')}: no such file or directory`],
    ['package ./plain --sign --key Nobody --keyring open.gpg', 'private key not found'],
    ['package ./plain --sign --key example.com --keyring both.gpg', 'more than one key contain the id "example.com"'],
    ['package ./plain --sign --key Open --keyring public.gpg', 'provided key is not a private key. Try providing a keyring with secret keys'],
    ['package ./plain --sign --key closed --keyring closed.gpg --passphrase-file open.gpg', 'openpgp: invalid data: private key checksum failure'],
    ['package ./plain --sign --key closed --keyring closed.gpg --passphrase-file nowhere', 'open nowhere: no such file or directory'],
    ['verify ./plain', 'unpacked charts cannot be verified'],
    ['verify nowhere.tgz', 'stat nowhere.tgz: no such file or directory'],
    ['verify passphrase', 'chart must be a tgz file'],
    ['verify plain-0.1.0.tgz', 'could not load provenance file plain-0.1.0.tgz.prov: stat plain-0.1.0.tgz.prov: no such file or directory'],
    ['template ./plain --verify', 'unpacked charts cannot be verified'],
    [
      'template ./plain-0.1.0.tgz --verify',
      `could not load provenance file ${dir}/plain-0.1.0.tgz.prov: stat ${dir}/plain-0.1.0.tgz.prov: no such file or directory`,
    ],
  ]
  for (const [line, wanted] of cases) await refused(line, wanted, surroundings)
  await done('package ./plain --sign --key Open --keyring open.gpg', surroundings)
  const provenance = readFileSync(join(dir, 'plain-0.1.0.tgz.prov'), 'utf8')
  const altered: [string, string | Buffer, string][] = [
    ['plain-0.1.0.tgz.prov', provenance.replace('version: 0.1.0', 'version: 0.1.1'), 'openpgp: invalid signature: RSA verification failure'],
    ['plain-0.1.0.tgz.prov', 'nothing', 'signature block not found'],
    ['plain-0.1.0.tgz.prov', readFileSync(join(dir, 'plain-0.1.0.tgz.prov')), ''],
  ]
  for (const [file, content, wanted] of altered) {
    writeFileSync(join(dir, file), content)
    if (wanted) await refused('verify plain-0.1.0.tgz --keyring public.gpg', wanted, surroundings)
  }
  const archive = readFileSync(join(dir, 'plain-0.1.0.tgz'))
  writeFileSync(join(dir, 'other.tgz'), archive)
  writeFileSync(join(dir, 'other.tgz.prov'), provenance)
  await refused('verify other.tgz --keyring public.gpg', 'provenance does not contain a SHA for a file named "other.tgz"', surroundings)
  writeFileSync(join(dir, 'plain-0.1.0.tgz'), Buffer.concat([archive, Buffer.from('x')]))
  assert.match(
    (await both('verify plain-0.1.0.tgz --keyring public.gpg', surroundings)).stderr,
    /^Error: sha256 sum does not match for plain-0\.1\.0\.tgz: "sha256:\w+" != "sha256:\w+"\n$/,
  )
  await refused('verify plain-0.1.0.tgz --keyring passphrase', 'failed to load keyring: openpgp: invalid data: tag byte does not have MSB set', surroundings)
})

test('--verify and --prov go for charts of repositories, registries and dependencies', async (t) => {
  const surroundings = signedPlace(t)
  const { dir } = surroundings
  const repository = join(dir, 'repository')
  mkdirSync(repository)
  mkdirSync(join(dir, 'out'))
  const url = await fileServer(t, repository)
  const run = (line: string): Promise<string> => done(line, surroundings)
  await run('package ./plain -d repository --sign --key Open --keyring open.gpg')
  await run('package ./web -d repository')
  await run('repo index repository')
  await runOurs(`repo add one ${url}`, surroundings)
  assert.match(
    await run('pull one/plain --verify --keyring public.gpg -d out'),
    /^Signed by: Open <open@example\.com>\nUsing Key [\s\S]+\nChart Hash Verified: sha256:/,
  )
  assert.match(readFileSync(join(dir, 'out/plain-0.1.0.tgz.prov'), 'utf8'), /PGP SIGNED MESSAGE/)
  assert.match(await run('template one/plain --verify --keyring public.gpg'), /kind: /)
  assert.match(await run(`template plain --repo ${url} --verify --keyring public.gpg`), /kind: /)
  await refused('template one/web --verify --keyring public.gpg', `failed to fetch provenance "${url}/web-1.2.3.tgz.prov"`, surroundings)
  await refused('show chart one/web --verify --keyring public.gpg', `failed to fetch provenance "${url}/web-1.2.3.tgz.prov"`, surroundings)

  mkdirSync(join(dir, 'parent'))
  const parent = (name: string): void =>
    writeFileSync(
      join(dir, 'parent/Chart.yaml'),
      `apiVersion: v2\nname: parent\nversion: 1.0.0\ndependencies:\n- {name: ${name}, version: '*', repository: "${url}"}\n- {name: ${name}, version: '*', alias: again, repository: "${url}"}\n`,
    )
  parent('plain')
  const updated = await runOurs('dependency update parent --verify --keyring public.gpg', surroundings)
  assert.equal(updated.code, 0, updated.stderr)
  assert.match(updated.stdout, /Downloading plain from repo [^\n]+\nAlready downloaded plain from repo/)
  parent('web')
  const failed = await runOurs('dependency update parent --verify --keyring public.gpg', surroundings)
  assert.equal(failed.code, 1)
  assert.match(failed.stderr, /failed to fetch provenance/)
  assert.equal((await runOurs('dependency update parent', surroundings)).code, 0)
  const built = await runOurs('dependency build parent --verify --keyring public.gpg', surroundings)
  assert.equal(built.code, 0, built.stderr)
  assert.match(built.stdout, /WARNING: Verification not found for [^\n]+: failed to fetch [^\n]+ : 404 Not Found\n/)

  const registry = await startRegistry(t)
  const push = (chart: string) => runOurs(`push repository/${chart}.tgz oci://${registry}/charts --plain-http --username me --password secret`, surroundings)
  for (const chart of ['plain-0.1.0', 'web-1.2.3']) assert.equal((await push(chart)).code, 0)
  const access = '--plain-http --username me --password secret --keyring public.gpg'
  const pulled = await runOurs(`pull oci://${registry}/charts/plain --version 0.1.0 --verify ${access} -d out`, surroundings)
  assert.match(pulled.stdout, /Signed by: Open <open@example\.com>\n/, pulled.stderr)
  const unsigned = await runOurs(`pull oci://${registry}/charts/web --version 1.2.3 --verify ${access} -d out`, surroundings)
  assert.match(unsigned.stderr, /^Error: failed to fetch provenance "oci:\/\/[^"]+\.prov"\n$/)
})
