/** What is to be said of a chart: rule after rule, as Helm's pkg/chart/v2/lint. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm, writeFile, mkdir, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, extname, join } from 'node:path'
import { parseYamlDocuments } from '#apimachinery/codec/yaml-text.ts'
import { parseConstraints, satisfies } from '#template/semver/constraint.ts'
import { parseVersion } from '#template/semver/version.ts'
import { quote } from '#template/print/quote.ts'
import { deepCopy } from '#template/sprig/dicts.ts'
import { type Dictionary, dictionary, isDictionary } from '#template/values.ts'
import { decodeYaml } from '#template/yaml/decode.ts'
import { archiveFolder, readArchive } from '../chart/archive.ts'
import { processDependencies } from '../chart/dependencies.ts'
import { loadChart, loadingLog } from '../chart/load.ts'
import { parseMetadata } from '../chart/metadata.ts'
import { loadValues } from '../chart/read-values.ts'
import { crdsOf } from '../chart/tree.ts'
import type { Chart } from '../chart/types.ts'
import { fileError } from '../output/file-error.ts'
import { Capabilities, type KubeVersionFacts, defaultKubeVersion, helmVersion, knownApiVersions } from '../engine/capabilities.ts'
import { renderChart } from '../engine/render.ts'
import { coalesceTables, coalesceValues } from '../values/coalesce.ts'
import { deprecationOf } from './deprecations.ts'
import { fetchDocuments, fetchSchemaDocuments } from '../values/fetch-schema-documents.ts'
import { validateJson } from '../values/schema.ts'
import type { SchemaDocuments } from '../values/schema-documents.ts'
import { toRenderValues } from '../values/render-values.ts'

export type Severity = 'INFO' | 'WARNING' | 'ERROR'

export interface LintMessage {
  readonly severity: Severity
  readonly path: string
  readonly message: string
}

export interface LintOptions {
  readonly values: Dictionary
  readonly namespace: string
  readonly skipSchemaValidation: boolean
  readonly kubeVersion?: KubeVersionFacts
  readonly info: (message: string, fields: Record<string, unknown>) => void
}

type Say = (severity: Severity, path: string, message: string | undefined) => boolean

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function failureIn(run: () => unknown): string | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

/** A folder, or an archive. Throws when it is no chart at all; `shown` is how errors name it. */
export async function lintChart(path: string, shown: string, options: LintOptions): Promise<LintMessage[]> {
  if (!/\.(?:tgz|tar\.gz)$/.test(path)) {
    await stat(join(path, 'Chart.yaml')).catch((error) => {
      throw new Error(`unable to check Chart.yaml file in chart: ${fileError(error, 'stat', join(shown, 'Chart.yaml')).message}`, { cause: error })
    })
    return lintFolder(path, options)
  }
  const folder = await mkdtemp(join(tmpdir(), 'helm-lint'))
  try {
    const bytes = await readFile(path).catch(() => {
      throw new Error(`unable to open tarball: open ${shown}: no such file or directory`)
    })
    const top = join(folder, await archiveFolder(bytes))
    for (const { name, data } of await readArchive(bytes)) {
      await mkdir(dirname(join(top, name)), { recursive: true })
      await writeFile(join(top, name), data)
    }
    return await lintFolder(top, options)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function lintFolder(dir: string, options: LintOptions): Promise<LintMessage[]> {
  const messages: LintMessage[] = []
  const say: Say = (severity, path, message) => {
    if (message !== undefined) messages.push({ severity, path, message })
    return message === undefined
  }
  chartFile(dir, say)
  const schema = join(dir, 'values.schema.json')
  const looksAtSchemas = !options.skipSchemaValidation
  const documents = looksAtSchemas && existsSync(schema) ? await fetchDocuments(readFileSync(schema), options.info) : undefined
  valuesFile(dir, options, say, documents)
  let chart: Chart | undefined
  let unloadable: string | undefined
  try {
    chart = await loadChart(
      dir,
      loadingLog((_, message) => options.info(message, {})),
    )
    if (looksAtSchemas) await fetchSchemaDocuments(chart, () => {})
  } catch (error) {
    unloadable = messageOf(error)
  }
  templates(dir, chart, unloadable, options, say)
  if (say('ERROR', '', unloadable === undefined ? undefined : `unable to load chart\n\t${unloadable}`)) dependencies(dir, await loadChart(dir), say)
  if (chart) crds(dir, chart, say)
  return messages
}

const urlPattern = /^[a-z][a-z0-9+.-]*:\S+$/i

function chartFile(dir: string, say: Say): void {
  const name = 'Chart.yaml'
  const rule = (severity: Severity, message: string | false | undefined): boolean => say(severity, name, message || undefined)
  const path = join(dir, name)
  rule('ERROR', statSync(path).isDirectory() && 'should be a file, not a directory')
  let metadata: ReturnType<typeof parseMetadata>
  let raw: any
  try {
    const text = readFileSync(path, 'utf8')
    metadata = parseMetadata(text)
    raw = decodeYaml(text)
  } catch (error) {
    rule('ERROR', `unable to parse YAML\n\t${messageOf(error)}`)
    return
  }
  const { version, type, icon, dependencies: wanted } = metadata
  const apiVersion = raw.apiVersion ?? ''
  rule('ERROR', metadata.name === '' ? 'name is required' : basename(metadata.name) !== metadata.name && `chart name ${quote(metadata.name)} is invalid`)
  rule(
    'ERROR',
    apiVersion === ''
      ? 'apiVersion is required. The value must be either "v1" or "v2"'
      : apiVersion !== 'v1' && apiVersion !== 'v2' && `apiVersion '${apiVersion}' is not valid. The value must be either "v1" or "v2"`,
  )
  const goType = (value: unknown): string => (typeof value === 'number' ? 'float64' : typeof value === 'boolean' ? 'bool' : typeof value)
  const isText = (key: string): string | false =>
    raw[key] !== undefined && typeof raw[key] !== 'string' && `${key} should be of type string but it's of type ${goType(raw[key])}`
  rule('ERROR', isText('version'))
  rule('ERROR', versionFault(version))
  rule('ERROR', isText('appVersion'))
  rule('ERROR', metadata.empty?.includes('maintainers') && 'a maintainer entry is empty')
  rule('ERROR', metadata.maintainers.some((each) => each.name === '') && 'each maintainer requires a name')
  const source = metadata.sources.find((each) => !urlPattern.test(each))
  rule('ERROR', source !== undefined && `invalid source URL '${source}'`)
  rule('INFO', icon === '' && 'icon is recommended')
  rule('ERROR', icon !== '' && !urlPattern.test(icon) && `invalid icon URL '${icon}'`)
  rule('ERROR', type !== '' && apiVersion !== 'v2' && `chart type is not valid in apiVersion '${apiVersion}'. It is valid in apiVersion 'v2'`)
  rule(
    'ERROR',
    wanted.length > 0 &&
      apiVersion !== 'v2' &&
      `dependencies are not valid in the Chart file with apiVersion '${apiVersion}'. They are valid in apiVersion 'v2'`,
  )
  rule('WARNING', !/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/.test(version) && `version '${version}' is not a valid SemVerV2`)
}

function versionFault(version: string): string | undefined {
  if (version === '') return 'version is required'
  try {
    const parsed = parseVersion(version)
    return satisfies(parseConstraints('>0.0.0-0'), parsed) ? undefined : `version ${version} is less than or equal to 0.0.0-0`
  } catch {
    return `version '${version}' is not a valid SemVer`
  }
}

function valuesFile(dir: string, { values, skipSchemaValidation }: LintOptions, say: Say, documents?: SchemaDocuments): void {
  const path = join(dir, 'values.yaml')
  if (!say('INFO', 'values.yaml', existsSync(path) ? undefined : 'file does not exist')) return
  const schema = join(dir, 'values.schema.json')
  say(
    'ERROR',
    'values.yaml',
    failureIn(() => {
      let own: Dictionary
      try {
        own = loadValues(readFileSync(path, 'utf8'))
      } catch (error) {
        const told = messageOf(error)
          .replace(/^cannot unmarshal yaml document: /, '')
          .replace(/map\[string\]interface \{\}$/, 'common.Values')
        throw new Error(`unable to parse YAML: ${told}`, { cause: error })
      }
      const all = coalesceTables(() => {}, deepCopy(values) as Dictionary, own) ?? dictionary()
      if (!skipSchemaValidation && existsSync(schema)) validateJson(all, readFileSync(schema), documents)
    }),
  )
}

function templates(dir: string, chart: Chart | undefined, unloadable: string | undefined, options: LintOptions, say: Say): void {
  const path = join(dir, 'templates')
  if (!say('WARNING', 'templates/', existsSync(path) ? undefined : 'directory does not exist')) return
  if (!say('ERROR', 'templates/', statSync(path).isDirectory() ? undefined : 'not a directory')) return
  if (!say('ERROR', 'templates/', unloadable) || !chart) return
  const quiet = (): void => {}
  let rendered: ReadonlyMap<string, string> = new Map()
  const failure = failureIn(() => {
    const values = deepCopy(options.values) as Dictionary
    processDependencies(chart, values, quiet)
    const facts = { kubeVersion: options.kubeVersion ?? defaultKubeVersion, apiVersions: knownApiVersions, helm: helmVersion }
    const release = { name: 'test-release', namespace: options.namespace, revision: 0, isInstall: false, isUpgrade: false }
    const top = toRenderValues(chart, coalesceValues(chart, values, quiet), release, {
      capabilities: new Capabilities(facts),
      skipSchemaValidation: options.skipSchemaValidation,
      warn: quiet,
    })
    rendered = renderChart(chart, top, { lint: true, lintInfo: options.info })
  })
  if (!say('ERROR', 'templates/', failure)) return
  const minor = Number.parseInt((options.kubeVersion ?? defaultKubeVersion).minor, 10)
  for (const { name } of chart.templates) {
    const extension = extname(name)
    say(
      'ERROR',
      name,
      ['.yaml', '.yml', '.tpl', '.txt'].includes(extension)
        ? undefined
        : `file extension '${extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt`,
    )
    if (!/^\.ya?ml$/i.test(extension)) continue
    if (!renderedFile(name, rendered.get(`${chart.metadata.name}/${name}`) ?? '', minor, say)) return
  }
}

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const subdomainRule = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`
const freeNames = new Set(['certificatesigningrequest', 'role', 'clusterrole', 'rolebinding', 'clusterrolebinding'])

function renderedFile(file: string, text: string, minor: number, say: Say): boolean {
  if (text.trim() === '') return true
  const first = text.split('\n').find((line) => line.trim() !== '')!
  say('WARNING', file, /^[ \t]/.test(first) ? `document starts with an illegal indent: ${quote(first)}, which may cause parsing problems` : undefined)
  let documents: unknown[] = []
  const failure = failureIn(() => {
    documents = parseYamlDocuments(text)
  })
  if (!say('ERROR', file, failure === undefined ? undefined : `unable to parse YAML: ${failure}`)) return false
  for (const document of documents) {
    if (!isDictionary(document as never)) continue
    const { apiVersion = '', kind = '', metadata }: any = document
    const name = typeof metadata?.name === 'string' ? metadata.name : ''
    const isLong = name.length > 253
    const isBad = !freeNames.has(String(kind).toLowerCase()) && (isLong || !subdomain.test(name))
    say(
      'WARNING',
      file,
      isBad
        ? `object name does not conform to Kubernetes naming requirements: ${quote(name)}: metadata.name: Invalid value: ${quote(name)}: ${isLong ? 'must be no more than 253 characters' : subdomainRule}`
        : undefined,
    )
    say('WARNING', file, deprecationOf(String(apiVersion), String(kind), minor))
    const selects = ['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet'].includes(kind) && !/matchLabels|matchExpressions/.test(text)
    say('ERROR', file, selects ? `a ${kind} must contain matchLabels or matchExpressions, and ${quote(name)} does not` : undefined)
    const items: any[] = kind === 'List' && Array.isArray((document as any).items) ? (document as any).items : []
    const ignored = items.some((item) => item?.metadata?.annotations?.['helm.sh/resource-policy'] !== undefined)
    say('ERROR', file, ignored ? "annotation 'helm.sh/resource-policy' within List objects are ignored" : undefined)
  }
  return true
}

function dependencies(dir: string, chart: Chart, say: Say): void {
  const present = new Set(chart.dependencies.map(({ metadata }) => metadata.name))
  const wanted = chart.metadata.dependencies.map(({ name }) => name)
  const unknown = [...present].filter((name) => !wanted.includes(name))
  const missing = wanted.filter((name) => !present.has(name))
  say('ERROR', dir, unknown.length > 0 ? `chart metadata is missing these dependencies: ${unknown.join(',')}` : undefined)
  say('WARNING', dir, missing.length > 0 ? `chart directory is missing these dependencies: ${missing.join(',')}` : undefined)
}

function crds(dir: string, chart: Chart, say: Say): void {
  const path = join(dir, 'crds')
  if (!existsSync(path) || !say('ERROR', 'crds/', statSync(path).isDirectory() ? undefined : 'not a directory')) return
  for (const { name, data } of crdsOf(chart)) {
    let documents: any[] = []
    const failure = failureIn(() => {
      documents = parseYamlDocuments(data.toString('utf8'))
    })
    if (!say('ERROR', name, failure === undefined ? undefined : `unable to parse YAML: ${failure}`)) return
    for (const document of documents) {
      if (document === null) continue
      say('ERROR', name, String(document.apiVersion ?? '').startsWith('apiextensions.k8s.io') ? undefined : "apiVersion is not in 'apiextensions.k8s.io'")
      say('ERROR', name, document.kind === 'CustomResourceDefinition' ? undefined : "object kind is not 'CustomResourceDefinition'")
    }
  }
}
