/** Makes what users run: bundles of all programs and of the library, each part loaded only where it is needed. Takes some two seconds. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { recordSeeds } from './record-seeds.ts'

const root = join(import.meta.dirname, '..')
const out = join(root, 'dist')
const fresh = `${out}.new-${process.pid}`

/** What a build that was cut off left behind; one that still runs keeps its own. */
function removeLeftovers(): void {
  for (const name of readdirSync(root)) {
    const pid = /^dist\.(?:new|old)-(\d+)$/.exec(name)?.[1]
    if (pid && Number(pid) !== process.pid && !existsSync(`/proc/${pid}`)) rmSync(join(root, name), { recursive: true, force: true })
  }
}

/** A program's own bundle is loaded as it is, not once more in parts. */
const programsApart: Plugin = {
  name: 'programs-apart',
  setup(builder) {
    builder.onResolve({ filter: /^\.\/(?:kubectl|helm)\.ts$/ }, ({ path, importer }) =>
      importer.endsWith('cmd/k8ts.ts') ? { path: path.replace('.ts', '.mjs'), external: true } : undefined,
    )
  },
}

/**
 * To import a built-in module, Node.js reads every export of it, and some of those load much else (fs all streams, 15 ms of
 * a short command; http all of undici, for its WebSocket). Asked for its members one by one, it loads what is used.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup(builder) {
    builder.onResolve({ filter: /^(node:)?[a-z_/]+$/ }, ({ path, kind, namespace }) => {
      const name = path.replace(/^node:/, '')
      if (kind !== 'import-statement' || namespace === 'builtin' || !builtinModules.includes(name) || name.startsWith('_')) return undefined
      return { path: name, namespace: 'builtin', sideEffects: false }
    })
    builder.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => {
      const module = process.getBuiltinModule(`node:${path}`)
      const names = Object.getOwnPropertyNames(module).filter((name) => /^[A-Za-z_]\w*$/.test(name) && name !== 'default')
      const lines = names.map(
        (name, index) => `const v${index} = /* @__PURE__ */ (() => process.getBuiltinModule('node:${path}').${name})(); export { v${index} as ${name} };`,
      )
      return { contents: `${lines.join('\n')}\nexport default /* @__PURE__ */ (() => process.getBuiltinModule('node:${path}'))();`, loader: 'js' }
    })
  },
}

/** What every new cluster has, as text: to make it takes a new server longer than anything else. */
const preparedSeeds: Plugin = {
  name: 'prepared-seeds',
  setup(builder) {
    builder.onLoad({ filter: /bootstrap\/prepared-seeds\.ts$/ }, async () => {
      const json = JSON.stringify(await recordSeeds())
      return { contents: `export const preparedSeeds = JSON.parse(${JSON.stringify(json)})`, loader: 'js' }
    })
  },
}

const common: BuildOptions = {
  outdir: fresh,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  platform: 'node',
  mainFields: ['module', 'main'],
  format: 'esm',
  target: 'node26',
  sourcemap: false,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  // CommonJS dependencies ask for Node's own modules by require.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
}

/** A program of its own, of which every millisecond of the start counts. */
const quick = (name: string): BuildOptions => ({
  ...common,
  entryPoints: { [name]: join(root, `cmd/${name}.ts`) },
  chunkNames: `${name}/[name]-[hash]`,
  banner: { js: "const require = (...words) => process.getBuiltinModule('node:module').createRequire(import.meta.url)(...words);" },
})

/** A module that is there from the start is no part of its own: where it is imported later, it is handed out. */
function withoutParts(source: string, folder: string, isHot: (path: string) => boolean): string {
  const imports: string[] = []
  const text = source.replace(/\bimport\('(\.[^']+\.ts)'\)/g, (whole, path: string) => {
    if (!isHot(join(folder, path))) return whole
    const name = `__there${imports.length}`
    imports.push(`import * as ${name} from ${JSON.stringify(path)}\n`)
    return `Promise.resolve(${name})`
  })
  return imports.join('') + text
}

/**
 * What a program loads at its start in one file, and what its common commands load in another: to find and link thirty small
 * ones is a third of the time of `get pods`. esbuild puts together what the same entries reach, so every part that is loaded
 * later, and needs most of such a file, is made to reach all of it.
 */
async function fewFiles(options: BuildOptions, entry: string, commands: readonly string[] = []): Promise<Plugin> {
  const { metafile } = await build({ ...options, plugins: [lazyBuiltins], metafile: true, write: false, absWorkingDir: root })
  const reached = (path: string, into = new Set<string>()): Set<string> => {
    if (into.has(path)) return into
    into.add(path)
    for (const { path: next, kind, external } of metafile.inputs[path]?.imports ?? []) if (kind === 'import-statement' && !external) reached(next, into)
    return into
  }
  const bytes = (paths: Iterable<string>): number => [...paths].reduce((sum, path) => sum + (metafile.inputs[path]?.bytes ?? 0), 0)
  const hot = reached(entry)
  hot.delete(entry)
  const groups: Set<string>[] = [hot]
  for (const command of commands) groups.push(new Set([...reached(command)].filter((path) => path !== command && !groups.some((group) => group.has(path)))))
  const parts = new Set(Object.values(metafile.outputs).flatMap(({ entryPoint }) => entryPoint ?? []))
  const isHot = (path: string): boolean => hot.has(relative(root, path))
  const importsOf = (part: string): string => {
    const own = reached(part)
    const wanted = groups.filter((group) => group === hot || bytes(own.intersection(group)) * 2 > bytes(group))
    const paths = wanted.flatMap((group) => [...group]).filter((path) => path.endsWith('.ts') && path !== part)
    return paths.map((path) => `import ${JSON.stringify(join(root, path))}\n`).join('')
  }
  return {
    name: 'few-files',
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const name = relative(root, path)
        const source = readFileSync(path, 'utf8')
        const contents = (parts.has(name) && !hot.has(name) && name !== entry ? importsOf(name) : '') + withoutParts(source, dirname(path), isHot)
        return contents === source ? undefined : { contents, loader: 'ts' }
      })
    },
  }
}

async function buildQuick(name: string, commands: readonly string[] = []): Promise<void> {
  const options = quick(name)
  const entry = `cmd/${name}.ts`
  const { metafile } = await build({ ...options, plugins: [lazyBuiltins, await fewFiles(options, entry, commands)], metafile: true })
  const start = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint?.endsWith(entry))
  const files = start?.imports.filter(({ kind, external }) => kind === 'import-statement' && !external) ?? []
  if (files.length > 2) throw new Error(`what ${name} loads at its start lies in ${files.length} files`)
}

removeLeftovers()
await Promise.all([
  build({
    ...common,
    entryPoints: {
      k8ts: join(root, 'cmd/k8ts.ts'),
      library: join(root, 'pkg/control-plane/index.ts'),
      'password-worker': join(root, 'pkg/network/ingress/auth/password-worker.ts'),
    },
    plugins: [programsApart, lazyBuiltins, preparedSeeds],
  }),
  buildQuick('kubectl'),
  buildQuick('helm', ['pkg/helm/commands/list.ts', 'pkg/helm/commands/template.ts']),
])
// In one step, so that nothing ever starts half a bundle; what runs may still write to the cache in the old one.
const old = `${out}.old-${process.pid}`
if (existsSync(out)) renameSync(out, old)
renameSync(fresh, out)
rmSync(old, { recursive: true, force: true, maxRetries: 5 })
