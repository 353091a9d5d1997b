/** `helm get`: all, hooks, manifest, metadata, notes, values. */
import { encodeJson, jsonString } from '#template/json.ts'
import { encodeYaml } from '#template/yaml/encode.ts'
import { TemplateSet } from '#template/template-set.ts'
import { sprigFunctions } from '#template/sprig/index.ts'
import { dictionary, sortedKeys, type Dictionary } from '#template/values.ts'
import { releaseContent } from '../actions/content.ts'
import { withContext } from '../actions/context.ts'
import { releaseText } from '../output/release.ts'
import { outputFlag, printFormatted } from '../output/table.ts'
import { dependencyJson, objectJson } from '../release/encode.ts'
import type { Release } from '../release/release.ts'
import { wholeSeconds } from '../release/time.ts'
import type { Command, CommandEntry, Invocation } from '../types.ts'
import { coalesceValues } from '../values/coalesce.ts'
import { revisionFlag } from './chart-flags.ts'
import { releaseObject } from './release-object.ts'

type Print = (invocation: Invocation, release: Release) => void

function sub(name: string, summary: string, print: Print, flags: Command['flags'] = []): CommandEntry {
  const command: Command = {
    usage: 'RELEASE_NAME [flags]',
    about: `${summary}.`,
    arguments: { min: 1, max: 1 },
    flags: [revisionFlag, ...flags],
    async run(invocation) {
      print(invocation, await withContext(invocation, (context) => releaseContent(context, invocation.args[0]!, invocation.flags.int('revision'))))
    },
  }
  return { name, summary, load: async () => command }
}

function all(invocation: Invocation, release: Release): void {
  const template = invocation.flags.string('template')
  if (template === '') {
    invocation.out(releaseText(release, { debug: true, metadata: true, paint: invocation.paint }))
    return
  }
  const set = new TemplateSet({ functions: sprigFunctions() })
  set.parse('_', template)
  invocation.out(set.execute('_', dictionary([['Release', releaseObject(release)]])))
}

const hooks: Print = ({ out }, release) => {
  for (const { path, manifest } of release.hooks) out(`---\n# Source: ${path}\n${manifest}\n`)
}

const notes: Print = ({ out }, { info }) => {
  if (info.notes.length > 0) out(`NOTES:\n${info.notes}\n`)
}

function values(invocation: Invocation, release: Release): void {
  const isAll = invocation.flags.bool('all')
  const config = isAll && release.chart ? coalesceValues(release.chart, release.config ?? dictionary(), () => {}) : release.config
  printFormatted(
    invocation,
    () => (config === null ? 'null' : encodeJson(config)),
    () => `${isAll ? 'COMPUTED' : 'USER-SUPPLIED'} VALUES:\n${config === null ? 'null\n' : encodeYaml(config)}`,
  )
}

const pairs = (map: Readonly<Record<string, string>>): string =>
  sortedKeys(map as Dictionary)
    .map((key) => `${key}=${map[key]}`)
    .join(',')

const applyMethods: Readonly<Record<string, string>> = { '': 'client-side apply (defaulted)', csa: 'client-side apply', ssa: 'server-side apply' }

function metadata(invocation: Invocation, release: Release): void {
  const { chart, labels, info } = release
  const about = chart!.metadata
  const deployedAt = wholeSeconds(info.lastDeployed)
  const map = (entries: Readonly<Record<string, string>>): string | undefined =>
    Object.keys(entries).length === 0 ? undefined : encodeJson(dictionary(Object.entries(entries)))
  printFormatted(
    invocation,
    () =>
      objectJson([
        ['name', jsonString(release.name)],
        ['chart', jsonString(about.name)],
        ['version', jsonString(about.version)],
        ['appVersion', jsonString(about.appVersion)],
        ['annotations', map(about.annotations)],
        ['labels', map(labels)],
        ['dependencies', about.dependencies.length === 0 ? undefined : `[${about.dependencies.map(dependencyJson).join(',')}]`],
        ['namespace', jsonString(release.namespace)],
        ['revision', String(release.version)],
        ['status', jsonString(info.status)],
        ['deployedAt', jsonString(deployedAt)],
        ['applyMethod', release.applyMethod === '' ? undefined : jsonString(release.applyMethod)],
      ]),
    () =>
      [
        `NAME: ${release.name}`,
        `CHART: ${about.name}`,
        `VERSION: ${about.version}`,
        `APP_VERSION: ${about.appVersion}`,
        `ANNOTATIONS: ${pairs(about.annotations)}`,
        `LABELS: ${pairs(labels)}`,
        `DEPENDENCIES: ${about.dependencies
          .map(({ name }) => name)
          .sort()
          .join(',')}`,
        `NAMESPACE: ${release.namespace}`,
        `REVISION: ${release.version}`,
        `STATUS: ${info.status}`,
        `DEPLOYED_AT: ${deployedAt}`,
        `APPLY_METHOD: ${applyMethods[release.applyMethod]}`,
        '',
      ].join('\n'),
  )
}

export const get: Command = {
  about: 'Tells what is kept of a release: its values, manifest, notes, hooks and metadata.',
  subcommands: [
    sub('all', 'download all information for a named release', all, [
      { name: 'template', type: 'string', usage: 'Go template of the output, as {{.Release.Name}}' },
    ]),
    sub('hooks', 'download all hooks for a named release', hooks),
    sub('manifest', 'download the manifest for a named release', ({ out }, { manifest }) => out(`${manifest}\n`)),
    sub('metadata', 'This command fetches metadata for a given release', metadata, [outputFlag]),
    sub('notes', 'download the notes for a named release', notes),
    sub('values', 'download the values file for a named release', values, [
      outputFlag,
      { name: 'all', short: 'a', type: 'bool', default: 'false', usage: "all values, the chart's too" },
    ]),
  ],
}
