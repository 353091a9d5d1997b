/** `helmCharts:`: objects that the helm program renders from a chart (kustomize's HelmChartInflationGenerator). */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { stringify } from 'yaml'
import { parseYaml } from '#apimachinery/codec/yaml-text.ts'
import { isObject, setKey } from '#apimachinery/json-value.ts'
import { KustomizeError, wrapped } from '../errors.ts'
import type { Loader } from '../loader.ts'
import { resourcesOf } from '../read-resources.ts'
import type { Resource } from '../resource.ts'
import type { HelmChart, HelmGlobals } from '../types.ts'

/** What of a build decides whether and how helm is run. */
export interface HelmSettings {
  readonly enabled: boolean
  /** The program: a name on PATH, or a path. */
  readonly command: string
  readonly apiVersions?: readonly string[]
  readonly kubeVersion?: string
  readonly debug?: boolean
}

export type ChartConfig = HelmGlobals & HelmChart

/** So much of what helm prints is read; a chart that renders more is refused. */
const maxOutputBytes = 64 << 20
const mergeOptions = ['merge', 'override', 'replace']

/** A chart that may be rendered: everything that can be wrong with it before helm is run has been told. */
export interface ConfiguredChart {
  generate(): Promise<Resource[]>
}

/** Throws KustomizeError in kustomize's words. `given` is told with it, as it stands. */
export async function configureChart(given: ChartConfig, settings: HelmSettings, loader: Loader): Promise<ConfiguredChart> {
  try {
    if (!settings.enabled) throw new KustomizeError('must specify --enable-helm')
    if (settings.command === '') throw new KustomizeError('must specify --helm-command')
    const config = await checked(
      {
        ...(settings.kubeVersion ? { kubeVersion: settings.kubeVersion } : {}),
        ...(settings.apiVersions?.length ? { apiVersions: settings.apiVersions } : {}),
        ...(settings.debug ? { debug: true } : {}),
        ...given,
      },
      loader,
    )
    return { generate: () => generate(config, settings.command, loader) }
  } catch (error) {
    throw wrapped(error, `trouble configuring builtin HelmChartInflationGenerator with config: \`\n${configText(given)}\``)
  }
}

function configText(config: ChartConfig): string {
  const set = Object.entries(config).filter(([, value]) => value !== '' && value !== false && value !== undefined)
  return stringify(Object.fromEntries(set), { sortMapEntries: true, lineWidth: 0 })
}

async function checked(config: ChartConfig, loader: Loader): Promise<ChartConfig & { readonly name: string }> {
  const { name = '', releaseName = '', valuesMerge = '' } = config
  if (name === '') throw new KustomizeError('chart name cannot be empty')
  // Helm would take it for one of its options, and some of those run programs; the values lie in a file that is named after the chart.
  for (const word of [name, releaseName]) if (word.startsWith('-')) throw new KustomizeError(`'${word}' may not begin with a dash`)
  if (/[\\/]/.test(name)) throw new KustomizeError(`chart name '${name}' may not hold a path`)
  const additional: string[] = []
  for (const file of config.additionalValuesFiles ?? []) {
    await loader.text(file).catch((error) => {
      throw wrapped(error, 'could not load additionalValuesFile')
    })
    additional.push(join(loader.root, file))
  }
  if (valuesMerge !== '' && !mergeOptions.includes(valuesMerge)) throw new KustomizeError(`valuesMerge must be one of [${mergeOptions.join(' ')}]`)
  return { ...config, name, additionalValuesFiles: additional, valuesMerge: valuesMerge || 'override' }
}

async function generate(config: ChartConfig & { readonly name: string }, command: string, loader: Loader): Promise<Resource[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'kustomize-helm-'))
  try {
    const configHome = config.configHome || join(scratch, 'helm')
    const helm = (args: readonly string[]): Promise<string> => run(command, args, configHome)
    checkVersion(await helm(['version', '--short']))
    const home = chartHome(config, loader.root)
    if (!isFolder(join(home, config.name))) {
      if (!config.repo) throw new KustomizeError(`no repo specified for pull, no chart found at '${existingPath(join(home, config.name))}'`)
      await helm(pullArgs(config, home))
    }
    const values = join(scratch, `${config.name}-kustomize-values.yaml`)
    writeFileSync(values, await valuesText(config, config.valuesFile || join(home, config.name, 'values.yaml'), loader))
    const made = rendered(await helm(templateArgs(config, home, values)))
    for (const each of made) each.isFromChart = true
    return made
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** Charts of a repository lie in folders by version, so that two versions do not meet. */
function chartHome({ chartHome: home = '', name, version, repo }: ChartConfig, root: string): string {
  const folder = isAbsolute(home) ? home : join(root, home || 'charts')
  return version && repo ? join(folder, `${name}-${version}`) : folder
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** The original tells the path only where there is something at it. */
function existingPath(path: string): string {
  return statSync(path, { throwIfNoEntry: false }) ? path : ''
}

function checkVersion(told: string): void {
  const [version] = /v?\d+(\.\d+)+/.exec(told) ?? []
  if (version === undefined) throw new KustomizeError(`cannot find version string in ${told}`)
  const numbers = version.replace(/^v/, '')
  if (!/^[34]\./.test(numbers)) throw new KustomizeError(`this plugin requires helm V3 or V4 but got v${numbers}`)
}

function pullArgs({ name = '', repo = '', version, devel }: ChartConfig, home: string): string[] {
  const from = repo.startsWith('oci://') ? [`${repo.replace(/\/$/, '')}/${name}`] : ['--repo', repo, name]
  return ['pull', '--untar', '--untardir', home, ...from, ...(version ? ['--version', version] : []), ...(devel ? ['--devel'] : [])]
}

function templateArgs(config: ChartConfig & { readonly name: string }, home: string, values: string): string[] {
  const flag = (name: string, value: string | undefined): string[] => (value ? [name, value] : [])
  return [
    'template',
    config.releaseName || '--generate-name',
    join(home, config.name),
    ...flag('--namespace', config.namespace),
    ...flag('--name-template', config.nameTemplate),
    ...flag('-f', values),
    ...(config.additionalValuesFiles ?? []).flatMap((file) => ['-f', file]),
    ...(config.apiVersions ?? []).flatMap((version) => ['--api-versions', version]),
    ...flag('--kube-version', config.kubeVersion),
    ...(config.includeCRDs ? ['--include-crds'] : []),
    ...(config.skipTests ? ['--skip-tests'] : []),
    ...(config.skipHooks ? ['--no-hooks'] : []),
    ...(config.debug ? ['--debug'] : []),
    ...(config.devel ? ['--devel'] : []),
  ]
}

async function valuesText({ valuesInline = {}, valuesMerge }: ChartConfig, file: string, loader: Loader): Promise<string> {
  if (Object.keys(valuesInline).length === 0) return loader.text(file)
  if (valuesMerge === 'replace') return stringify(valuesInline, { sortMapEntries: true, lineWidth: 0 })
  const own = parsedValues(await loader.text(file))
  const merged = valuesMerge === 'merge' ? merge(valuesInline, own) : merge(own, valuesInline)
  return stringify(merged, { sortMapEntries: true, lineWidth: 0 })
}

function parsedValues(text: string): unknown {
  try {
    return parseYaml(text).value ?? {}
  } catch (error) {
    throw wrapped(error, 'could not parse values file into rnode')
  }
}

/** `over` wins; null in it takes a field away; lists are taken whole. */
function merge(under: unknown, over: unknown): unknown {
  if (!isObject(under) || !isObject(over)) return over
  const merged: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(under)) setKey(merged, key, value)
  for (const [key, value] of Object.entries(over)) {
    if (value === null) delete merged[key]
    else setKey(merged, key, Object.hasOwn(merged, key) ? merge(merged[key], value) : value)
  }
  return merged
}

/** Helm may say something before its objects. */
function rendered(text: string): Resource[] {
  try {
    return resourcesOf(text)
  } catch (error) {
    const [, objects] = /(?:^|\n)---[ \t]*\n([\s\S]*)$/.exec(text) ?? []
    const found = objects === undefined ? [] : resourcesOf(objects)
    if (found.length === 0) throw wrapped(error, 'could not parse bytes into resource map')
    return found
  }
}

function run(command: string, args: readonly string[], configHome: string): Promise<string> {
  const own = { HELM_CONFIG_HOME: configHome, HELM_CACHE_HOME: `${configHome}/.cache`, HELM_DATA_HOME: `${configHome}/.data` }
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { env: { ...process.env, ...own }, maxBuffer: maxOutputBytes }, (error, stdout, stderr) => {
      if (!error) return void resolve(stdout)
      const told = args.includes('--debug') ? ` Helm stack trace:\n${stderr}\nHelm template:\n${stdout}\n` : stderr
      const env = Object.entries(own).map(([name, value]) => `${name}=${value}`)
      const line = [command, ...args].join(' ')
      reject(new KustomizeError(`${told}: unable to run: '${line}' with env=[${env.join(' ')}] (is '${command}' installed?): ${whyNot(error, command)}`))
    })
    // One that ends at once, or never began, does not read what it is given.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end()
  })
}

/** As Go tells it. */
function whyNot(error: Error & { readonly code?: unknown; readonly signal?: unknown }, command: string): string {
  if (typeof error.code === 'number') return `exit status ${error.code}`
  if (error.code !== 'ENOENT') return error.message
  return command.includes('/') ? `fork/exec ${command}: no such file or directory` : `exec: "${command}": executable file not found in $PATH`
}
