/** Makes what users run: bundles of all programs and of the library, each part loaded only where it is needed. Takes about a second. */
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, relative } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'

const root = join(import.meta.dirname, '..')
const out = join(root, 'dist')
const fresh = `${out}.new-${process.pid}`

/** A program's own bundle is loaded as it is, not once more in parts. */
const kubectlApart: Plugin = {
  name: 'kubectl-apart',
  setup(builder) {
    builder.onResolve({ filter: /^\.\/kubectl\.ts$/ }, ({ importer }) =>
      importer.endsWith('cmd/k8ts.ts') ? { path: './kubectl.mjs', external: true } : undefined,
    )
  },
}

/**
 * To import a built-in module, Node.js reads every export of it, and some of those load much else (fs all streams, 15 ms of
 * a short command). Asked for its members one by one, it loads what is used.
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

const kubectl: BuildOptions = {
  ...common,
  entryPoints: { kubectl: join(root, 'cmd/kubectl.ts') },
  chunkNames: 'kubectl/[name]-[hash]',
  banner: { js: "const require = (...words) => process.getBuiltinModule('node:module').createRequire(import.meta.url)(...words);" },
}

/**
 * What kubectl loads at its start in one file: to find and link thirty small ones is a third of the time of `get pods`.
 * esbuild puts together what the same entries reach, so every part that is loaded later is made to reach all of it.
 */
async function oneHotFile(): Promise<Plugin> {
  const { metafile } = await build({ ...kubectl, plugins: [lazyBuiltins], metafile: true, write: false, absWorkingDir: root })
  const hot = new Set<string>()
  const visit = (path: string): void => {
    if (hot.has(path)) return
    hot.add(path)
    for (const { path: next, kind, external } of metafile.inputs[path]?.imports ?? []) if (kind === 'import-statement' && !external) visit(next)
  }
  visit('cmd/kubectl.ts')
  hot.delete('cmd/kubectl.ts')
  const parts = new Set(Object.values(metafile.outputs).flatMap(({ entryPoint }) => entryPoint ?? []))
  const imports = [...hot].filter((path) => path.endsWith('.ts')).map((path) => `import ${JSON.stringify(join(root, path))}\n`)
  return {
    name: 'one-hot-file',
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const name = relative(root, path)
        if (!parts.has(name) || hot.has(name) || name === 'cmd/kubectl.ts') return undefined
        return { contents: imports.join('') + readFileSync(path, 'utf8'), loader: 'ts' }
      })
    },
  }
}

await Promise.all([
  build({
    ...common,
    entryPoints: { k8ts: join(root, 'cmd/k8ts.ts'), helm: join(root, 'cmd/helm.ts'), library: join(root, 'pkg/control-plane/index.ts') },
    plugins: [kubectlApart],
  }),
  oneHotFile().then((plugin) => build({ ...kubectl, plugins: [lazyBuiltins, plugin] })),
])
// In one step, so that nothing ever starts half a bundle; what runs may still write to the cache in the old one.
const old = `${out}.old-${process.pid}`
if (existsSync(out)) renameSync(out, old)
renameSync(fresh, out)
rmSync(old, { recursive: true, force: true, maxRetries: 5 })
