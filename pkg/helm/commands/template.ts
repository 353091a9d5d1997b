/** `helm template`: renders a chart here and prints it; the cluster is not asked. */
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Dictionary } from '#template/values.ts'
import { processDependencies } from '../chart/dependencies.ts'
import { compileMatch } from '../chart/ignore.ts'
import type { Chart } from '../chart/types.ts'
import type { Cluster } from '../cluster/connect.ts'
import { crdsOf } from '../chart/tree.ts'
import { defaultKubeVersion, helmVersion, knownApiVersions, parseKubeVersion } from '../engine/capabilities.ts'
import { splitManifests } from '../release/manifests.ts'
import { checkReleaseName } from '../release/name.ts'
import { InvalidManifestError, renderRelease, type RenderReleaseOptions, sourced, ValuesError } from '../release/render-release.ts'
import type { RenderedRelease } from '../release/types.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'
import { readUserValues } from '../values/options.ts'
import { postRenderOf } from './change-options.ts'
import { checkForce, dryRunOf, renderFlags, valueOptions } from './chart-flags.ts'
import { loadRequested, locateChart } from './load-chart.ts'
import { nameAndChart } from './name-and-chart.ts'
import { checkTlsFlags } from './tls-flags.ts'

function kubeVersionOf(text: string): typeof defaultKubeVersion {
  if (text === '') return defaultKubeVersion
  try {
    return parseKubeVersion(text)
  } catch (error) {
    throw new CommandError(`invalid kube version '${text}': ${(error as Error).message}`)
  }
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

async function writeFiles(release: RenderedRelease, folder: string, { session, out }: Invocation): Promise<void> {
  const written = new Set<string>()
  for (const { path, content } of [...release.manifests, ...release.hooks.map((hook) => ({ path: hook.path, content: hook.manifest }))]) {
    const shown = join(folder, path)
    const file = resolve(session.cwd, shown)
    await mkdir(dirname(file), { recursive: true })
    if (written.has(file)) await appendFile(file, sourced(path, content))
    else await writeFile(file, sourced(path, content))
    written.add(file)
    out(`wrote ${shown}\n`)
  }
}

async function renderOptions(invocation: Invocation, name: string, cluster: Cluster | undefined): Promise<RenderReleaseOptions> {
  const { flags, log, settings } = invocation
  const isUpgrade = flags.bool('is-upgrade')
  const kubeVersion = kubeVersionOf(flags.string('kube-version'))
  return {
    release: { name, namespace: cluster ? await cluster.namespace() : settings.namespace || 'default', revision: 1, isUpgrade, isInstall: !isUpgrade },
    capabilities: cluster
      ? await cluster.capabilities()
      : { kubeVersion, apiVersions: [...knownApiVersions, ...flags.list('api-versions')], helm: helmVersion },
    includeCrds: flags.bool('include-crds'),
    skipSchemaValidation: flags.bool('skip-schema-validation'),
    subNotes: flags.bool('render-subchart-notes'),
    hideSecret: flags.has('hide-secret') && flags.bool('hide-secret'),
    ...(await postRenderOf(invocation)),
    warn: (message) => log('WARN', message),
  }
}

async function render(invocation: Invocation, name: string, chart: Chart, values: Dictionary, cluster: Cluster | undefined): Promise<RenderedRelease> {
  const { settings, out, log } = invocation
  if (cluster && crdsOf(chart).length > 0 && !invocation.flags.bool('skip-crds'))
    log('WARN', 'This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies.')
  const options = await renderOptions(invocation, name, cluster)
  try {
    const rendered = cluster
      ? await (await import('../actions/render.ts')).renderWithLookup(cluster, chart, values, options)
      : renderRelease(chart, values, options)
    for (const hookTypes of rendered.unknownHooks) log('INFO', 'skipping unknown hooks', { hookTypes })
    return rendered
  } catch (error) {
    if (error instanceof ValuesError || error instanceof CommandError) throw error
    if (!(error instanceof InvalidManifestError))
      throw settings.debug ? error : new Error(`${(error as Error).message}\n\nUse --debug flag to render out invalid YAML`, { cause: error })
    if (!settings.debug) throw new CommandError(`${error.message}\n\nUse --debug flag to render out invalid YAML`)
    out(`${error.manifest.trim()}\n`)
    throw error
  }
}

async function run(invocation: Invocation): Promise<void> {
  const { flags } = invocation
  checkForce(invocation)
  await checkTlsFlags(invocation)
  const { name, reference } = nameAndChart(invocation, 'release-name')
  const asksServer = flags.bool('validate') || dryRunOf(invocation, true) === 'server'
  const path = await locateChart(invocation, reference)
  const values = await readUserValues(valueOptions(invocation))
  const chart = await loadRequested(invocation, path)
  if (!asksServer) return print(invocation, name, await prepared(invocation, name, chart, values, undefined))
  // Only a rendering that asks a server loads what reaches one.
  const { validate, withCluster } = await import('./template-server.ts')
  await withCluster(invocation, async (cluster) => {
    await cluster.reachable()
    const release = await prepared(invocation, name, chart, values, cluster)
    await validate(cluster, invocation, name, release)
    await print(invocation, name, release)
  })
}

async function prepared(invocation: Invocation, name: string, chart: Chart, values: Dictionary, cluster: Cluster | undefined): Promise<RenderedRelease> {
  try {
    checkReleaseName(name)
  } catch (error) {
    invocation.log('ERROR', 'release name check failed', { error: (error as Error).message.replace('release name check failed: ', '') })
    throw error
  }
  try {
    processDependencies(chart, values, (message) => invocation.log('WARN', message))
  } catch (error) {
    throw new Error(`chart dependencies processing failed: ${(error as Error).message}`, { cause: error })
  }
  return render(invocation, name, chart, values, cluster)
}

async function print(invocation: Invocation, name: string, release: RenderedRelease): Promise<void> {
  const { flags, out } = invocation
  const outputDir = flags.string('output-dir')
  const hooks = flags.bool('no-hooks') ? [] : release.hooks.filter(({ events }) => !(flags.bool('skip-tests') && events.includes('test')))
  if (outputDir) {
    await writeFiles({ ...release, hooks }, flags.bool('release-name') ? join(outputDir, name) : outputDir, invocation)
    out('\n')
    return
  }
  const all = `${release.manifest.trim()}\n${hooks.map((hook) => sourced(hook.path, hook.manifest)).join('')}`
  const patterns = flags.list('show-only')
  out(patterns.length > 0 ? showOnly(all, patterns) : all)
}

export const template: Command = {
  usage: '[NAME] [CHART] [flags]',
  about: 'Renders a chart here and prints it; with --dry-run=server, `lookup` and the versions of the API come from the cluster.',
  arguments: { min: 1 },
  flags: [
    // The original takes two of them here without telling, and --hide-secret not at all.
    ...renderFlags
      .filter(({ name }) => name !== 'dry-run' && name !== 'hide-secret')
      .map((flag) => (['hide-notes', 'render-subchart-notes'].includes(flag.name) ? { ...flag, hidden: true } : flag)),
    { name: 'dry-run', type: 'string', default: 'client', bare: 'unset', usage: 'client, or server: ask the cluster' },
    { name: 'server-side', type: 'bool', default: 'true', usage: 'let the server apply objects (nothing is applied)' },
    { name: 'replace', type: 'bool', default: 'false', usage: 'take the name of a release that is uninstalled' },
    { name: 'generate-name', short: 'g', type: 'bool', default: 'false', usage: 'make a name' },
    { name: 'name-template', type: 'string', usage: 'template of the name' },
    { name: 'show-only', short: 's', type: 'stringArray', usage: 'only what these templates make' },
    { name: 'output-dir', type: 'string', usage: 'write files into this folder instead' },
    { name: 'validate', type: 'bool', default: 'false', usage: 'the old name of --dry-run=server', hidden: true },
    { name: 'include-crds', type: 'bool', default: 'false', usage: 'CRDs too' },
    { name: 'skip-tests', type: 'bool', default: 'false', usage: 'no tests' },
    { name: 'is-upgrade', type: 'bool', default: 'false', usage: 'set .Release.IsUpgrade, not .Release.IsInstall' },
    { name: 'kube-version', type: 'string', usage: 'version of Kubernetes to render for' },
    { name: 'api-versions', short: 'a', type: 'stringSlice', usage: 'further API versions to render for' },
    { name: 'release-name', type: 'bool', default: 'false', usage: 'put the name of the release into the path of --output-dir' },
  ],
  run,
}
