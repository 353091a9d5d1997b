/** Makes the library's declarations for TypeScript, `dist/types`, when the package is packed. Takes some seconds. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')
const out = join(root, 'dist', 'types')
rmSync(out, { recursive: true, force: true })
const project = join(root, 'dist', 'tsconfig.types.json')
writeFileSync(
  project,
  JSON.stringify({
    extends: '../tsconfig.json',
    compilerOptions: { noEmit: false, declaration: true, emitDeclarationOnly: true, outDir: 'types', rootDir: '..', customConditions: [] },
    include: [],
    files: ['../pkg/control-plane/index.ts'],
  }),
)
execFileSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', project], { stdio: 'inherit' })
rmSync(project)
// Outside this checkout nobody resolves `#` names and .ts endings.
for (const file of readdirSync(out, { recursive: true, encoding: 'utf8' })) {
  if (!file.endsWith('.d.ts')) continue
  const path = join(out, file)
  const pointed = readFileSync(path, 'utf8').replace(/(from |import\()(["'])([#.][^"']*)\.ts\2/g, (_, before: string, quote: string, name: string) => {
    const target = name.startsWith('#') ? relative(dirname(path), join(out, 'pkg', name.slice(1))) : name
    return `${before}${quote}${target.startsWith('.') ? target : `./${target}`}.js${quote}`
  })
  writeFileSync(path, pointed)
}
