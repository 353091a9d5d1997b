/** `helm template`: renders a chart here and prints it; the cluster is not asked. */
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { existsSync } from 'node:fs'
import { checkDependencies, processDependencies } from '../chart/dependencies.ts'
import { compileMatch } from '../chart/ignore.ts'
import { loadChart } from '../chart/load.ts'
import { defaultKubeVersion, helmVersion, knownApiVersions, parseKubeVersion } from '../engine/capabilities.ts'
import { splitManifests } from '../release/manifests.ts'
import { checkReleaseName } from '../release/name.ts'
import { InvalidManifestError, renderRelease, sourced, ValuesError } from '../release/render-release.ts'
import type { RenderedRelease } from '../release/types.ts'
import { type Command, CommandError, type ParsedArguments, type Session } from '../types.ts'
import { readUserValues } from '../values/options.ts'
import { globalFlags, valueFlags, valueOptions } from './chart-flags.ts'

function kubeVersionOf(text: string | undefined): typeof defaultKubeVersion {
  if (text === undefined || text === '') return defaultKubeVersion
  try {
    return parseKubeVersion(text)
  } catch (error) {
    throw new CommandError(`invalid kube version '${text}': ${(error as Error).message}`)
  }
}

function nameAndChart(given: ParsedArguments): { name: string; path: string } {
  const { positional } = given
  if (positional.length === 0) throw new CommandError('"helm template" requires at least 1 argument\n\nUsage:  helm template [NAME] [CHART] [flags]')
  if (positional.length > 2) throw new CommandError(`expected at most two arguments, unexpected arguments: ${positional.slice(2).join(', ')}`)
  if (positional.length === 2) {
    if (given.isSet('generate-name')) throw new CommandError('cannot set --generate-name and also specify a name')
    return { name: positional[0]!, path: positional[1]! }
  }
  return { name: 'release-name', path: positional[0]! }
}

/** --show-only: the documents whose source fits one of the patterns. */
function showOnly(text: string, patterns: readonly string[]): string {
  const documents = splitManifests(text).map((content) => ({ content, path: /# Source: [^/]+\/(.+)/.exec(content)?.[1] }))
  let out = ''
  for (const pattern of patterns) {
    const expression = compileMatch(pattern)
    const found = documents.filter(({ path }) => path !== undefined && expression.test(path))
    if (found.length === 0) throw new CommandError(`could not find template ${pattern} in chart`)
    for (const { content } of found) out += `---\n${content}\n`
  }
  return out
}

async function writeFiles(release: RenderedRelease, folder: string, session: Session): Promise<void> {
  const written = new Set<string>()
  for (const { path, content } of [...release.manifests, ...release.hooks.map((hook) => ({ path: hook.path, content: hook.manifest }))]) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    if (written.has(file)) await appendFile(file, sourced(path, content))
    else await writeFile(file, sourced(path, content))
    written.add(file)
    session.stdout.write(`wrote ${file}\n`)
  }
}

function render(
  given: ParsedArguments,
  name: string,
  chart: Awaited<ReturnType<typeof loadChart>>,
  values: Parameters<typeof renderRelease>[1],
  warn: (message: string) => void,
): RenderedRelease {
  const isUpgrade = given.isSet('is-upgrade')
  return renderRelease(chart, values, {
    release: { name, namespace: given.text('namespace') ?? 'default', revision: 1, isUpgrade, isInstall: !isUpgrade },
    capabilities: {
      kubeVersion: kubeVersionOf(given.text('kube-version')),
      apiVersions: [...knownApiVersions, ...given.list('api-versions')],
      helm: helmVersion,
    },
    includeCrds: given.isSet('include-crds'),
    skipSchemaValidation: given.isSet('skip-schema-validation'),
    subNotes: given.isSet('render-subchart-notes'),
    warn,
  })
}

async function run(given: ParsedArguments, session: Session): Promise<number> {
  const { name, path } = nameAndChart(given)
  const warn = (message: string): void => {
    session.stderr.write(`level=WARN msg=${JSON.stringify(message)}\n`)
  }
  if (!existsSync(path)) throw new CommandError(`path ${JSON.stringify(path)} not found`)
  const values = await readUserValues(valueOptions(given, session))
  const chart = await loadChart(path, warn)
  if (chart.metadata.type === 'library') throw new CommandError('library charts are not installable')
  try {
    checkDependencies(chart)
  } catch (error) {
    throw new CommandError(
      `an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: ${(error as Error).message}`,
    )
  }
  checkReleaseName(name)
  try {
    processDependencies(chart, values, warn)
  } catch (error) {
    throw new Error(`chart dependencies processing failed: ${(error as Error).message}`, { cause: error })
  }
  let release: RenderedRelease
  try {
    release = render(given, name, chart, values, warn)
  } catch (error) {
    if (error instanceof ValuesError || error instanceof CommandError) throw error
    if (!(error instanceof InvalidManifestError))
      throw given.isSet('debug') ? error : new Error(`${(error as Error).message}\n\nUse --debug flag to render out invalid YAML`, { cause: error })
    if (!given.isSet('debug')) throw new CommandError(`${error.message}\n\nUse --debug flag to render out invalid YAML`)
    session.stdout.write(`${error.manifest.trim()}\n`)
    throw error
  }
  const outputDir = given.text('output-dir')
  const hooks = given.isSet('no-hooks') ? [] : release.hooks.filter(({ events }) => !(given.isSet('skip-tests') && events.includes('test')))
  if (outputDir) {
    await writeFiles({ ...release, hooks }, given.isSet('release-name') ? join(outputDir, name) : outputDir, session)
    return 0
  }
  const all = `${release.manifest.trim()}\n${hooks.map((hook) => sourced(hook.path, hook.manifest)).join('')}`
  const patterns = given.list('show-only')
  session.stdout.write(patterns.length > 0 ? showOnly(all, patterns) : all)
  return 0
}

export const template: Command = {
  name: 'template',
  usage: 'helm template [NAME] [CHART] [flags]',
  summary: 'locally render templates',
  flags: [
    ...globalFlags,
    ...valueFlags,
    { name: 'show-only', short: 's', kind: 'array', help: 'only show manifests rendered from the given templates' },
    { name: 'output-dir', kind: 'string', help: 'writes the executed templates to files in output-dir instead of stdout' },
    { name: 'include-crds', kind: 'bool', help: 'include CRDs in the templated output' },
    { name: 'skip-tests', kind: 'bool', help: 'skip tests from templated output' },
    { name: 'skip-schema-validation', kind: 'bool', help: 'if set, disables JSON schema validation' },
    { name: 'skip-crds', kind: 'bool', help: 'if set, no CRDs will be installed' },
    { name: 'is-upgrade', kind: 'bool', help: 'set .Release.IsUpgrade instead of .Release.IsInstall' },
    { name: 'kube-version', kind: 'string', help: 'Kubernetes version used for Capabilities.KubeVersion' },
    { name: 'api-versions', short: 'a', kind: 'list', help: 'Kubernetes api versions used for Capabilities.APIVersions (multiple can be specified)' },
    { name: 'release-name', kind: 'bool', help: 'use release name in the output-dir path' },
    { name: 'no-hooks', kind: 'bool', help: 'prevent hooks from running during install' },
    { name: 'generate-name', short: 'g', kind: 'bool', help: 'generate the name (and omit the NAME parameter)' },
    { name: 'render-subchart-notes', kind: 'bool', help: 'if set, render subchart notes along with the parent' },
    { name: 'dry-run', kind: 'string', bare: 'client', help: 'must be "client": nothing else is rendered without a cluster' },
  ],
  run,
}
