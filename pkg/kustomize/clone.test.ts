import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { buildKustomization } from './build.ts'
import { KustomizeError } from './errors.ts'

const skip = spawnSync('git', ['--version']).status === 0 ? false : 'no git on PATH'
const work = mkdtempSync(join(tmpdir(), 'k8ts-git-bases-'))
const repository = join(work, 'repo')
const clones = join(work, 'tmp')
const { PATH, TMPDIR } = process.env

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
const configMap = (value: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {value: ${value}}\n`
const git = (...args: string[]): void => {
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'init.defaultBranch=main', ...args], { cwd: repository, stdio: 'pipe' })
}

before(() => {
  mkdirSync(clones)
  process.env.TMPDIR = clones
  if (skip) return
  write(join(repository, 'base/kustomization.yaml'), 'resources: [c.yaml]\n')
  write(join(repository, 'base/c.yaml'), configMap('old'))
  git('init')
  git('add', '.')
  git('commit', '-m', 'one')
  git('tag', 'v1')
  write(join(repository, 'base/c.yaml'), configMap('new'))
  write(join(repository, 'overlay/kustomization.yaml'), 'resources: [../base]\nnamePrefix: over-\n')
  write(join(repository, 'escape/kustomization.yaml'), 'resources: [../../]\n')
  write(join(repository, 'reads/kustomization.yaml'), `resources: [${join(work, 'secret.yaml')}]\n`)
  write(join(repository, 'again/kustomization.yaml'), `resources: ['file://${repository}//again']\n`)
  write(join(work, 'secret.yaml'), configMap('secret'))
  symlinkSync('/etc', join(repository, 'link'))
  git('add', '.')
  git('commit', '-m', 'two')
})
after(() => {
  process.env.PATH = PATH
  if (TMPDIR === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = TMPDIR
  rmSync(work, { recursive: true, force: true })
})

/** The values of the ConfigMaps; whatever comes, no clone is left behind. */
async function build(target: string, rootOnly = true): Promise<readonly string[]> {
  try {
    return (await buildKustomization(target, { rootOnly })).map(({ metadata, data }) => `${metadata.name}=${data.value}`)
  } finally {
    assert.deepEqual(readdirSync(clones), [])
  }
}
async function based(resource: string, rootOnly = true): Promise<readonly string[]> {
  const folder = mkdtempSync(join(work, 'user-'))
  write(join(folder, 'kustomization.yaml'), `resources: ['${resource}']\n`)
  return build(folder, rootOnly)
}
const refused = (made: Promise<unknown>, message: RegExp): Promise<void> =>
  assert.rejects(made, (error) => error instanceof KustomizeError && message.test(error.message))

test('a repository is a base, at its head or at a revision, and its folders may use each other', { skip }, async () => {
  assert.deepEqual(await based(`file://${repository}//base`), ['c=new'])
  assert.deepEqual(await based(`file://${repository}//base?ref=v1`), ['c=old'])
  assert.deepEqual(await based(`file://${repository}//overlay?submodules=false`), ['over-c=new'])
})

test('a repository can be what is built', { skip }, async () => {
  assert.deepEqual(await build(`file://${repository}//overlay`), ['over-c=new'])
})

test('what git says of its failure is told with the command', { skip }, async () => {
  await refused(
    based(`file://${repository}//base?ref=nope`),
    /failed to run '\S*git fetch --depth=1 file:\/\/\S+ nope': [\s\S]*couldn't find remote ref nope[\s\S]*: exit status 128$/,
  )
  await refused(
    based('file:///srv/none//base'),
    /^accumulating resources: accumulation err='accumulating resources from 'file:\/\/\/srv\/none\/\/base': evalsymlink failure on '\S+\/file:\/srv\/none\/base' : lstat \S+\/file:: no such file or directory': failed to run '/,
  )
  await refused(based(`file://${repository}//nowhere`), /nowhere: no such file or directory/)
})

test('a clone does not read outside of itself, even where its referrer may', { skip }, async () => {
  await refused(based(`file://${repository}//escape`, false), /security; bases in kustomizations found in cloned git repos must be within the repo/)
  await refused(based(`file://${repository}//reads`, false), /security; file '.*secret\.yaml' is not in or below/)
  await refused(based(`file://${repository}//link`), /refers to directory outside of repo/)
  await refused(based(`file://${repository}//again`), /cycle detected: URI/)
})

test('a revision that git would take for an option is refused', { skip }, async () => {
  await refused(based(`file://${repository}//base?ref=--upload-pack=touch`), /may not begin with a dash/)
})

test('without git on PATH, that is said', async () => {
  process.env.PATH = clones
  try {
    await refused(based('file:///srv/repo//base'), /no 'git' program on path: exec: "git": executable file not found in \$PATH/)
  } finally {
    process.env.PATH = PATH
  }
})
