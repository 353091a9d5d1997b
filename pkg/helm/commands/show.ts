/** `helm show`: what is in a chart. */
import { compileJsonPath } from '#kubectl/jsonpath/evaluate.ts'
import type { FlagSpec } from '#kubectl/flags/types.ts'
import { decodeJson, encodeJson } from '#template/json.ts'
import type { Dictionary } from '#template/values.ts'
import { encodeYaml } from '#template/yaml/encode.ts'
import { loadAnyChart, loadingLog } from '../chart/load.ts'
import { crdsOf } from '../chart/tree.ts'
import type { Chart } from '../chart/types.ts'
import { metadataJson } from '../release/encode.ts'
import { type Command, type CommandEntry, CommandError } from '../types.ts'
import { chartPathFlags } from './chart-flags.ts'
import { locateChart } from './load-chart.ts'
import { checkTlsFlags } from './tls-flags.ts'

type Part = 'chart' | 'values' | 'readme' | 'crds'

const readmes = ['readme.md', 'readme.txt', 'readme']

export const metadataYaml = (chart: Chart): string => encodeYaml(decodeJson(metadataJson(chart.metadata)))

const parts: Readonly<Record<Part, (chart: Chart, among: boolean) => string>> = {
  chart: (chart) => `${metadataYaml(chart)}\n`,
  values(chart, among) {
    const file = chart.raw.find(({ name }) => name === 'values.yaml')
    return file ? `${among ? '---\n' : ''}${file.data.toString('utf8')}\n` : ''
  },
  readme(chart, among) {
    const file = chart.files.find(({ name }) => readmes.includes(name.toLowerCase()))
    return file ? `${among ? '---\n' : ''}${file.data.toString('utf8')}\n` : ''
  },
  crds: (chart) =>
    crdsOf(chart)
      .map(({ data }) => data.toString('utf8'))
      .map((text) => `${text.startsWith('---') ? '' : '---\n'}${text}\n`)
      .join(''),
}

/** Errors of finding are passed over, as the original passes them over. */
function atPath(values: Dictionary, template: string): string {
  const plain = JSON.parse(encodeJson(values))
  let path: ReturnType<typeof compileJsonPath>
  try {
    path = compileJsonPath(template)
  } catch (error) {
    throw new CommandError(`error parsing jsonpath ${template}: ${(error as Error).message}`)
  }
  try {
    return path.print(plain)
  } catch {
    return ''
  }
}

const jsonPathFlag: FlagSpec = { name: 'jsonpath', type: 'string', usage: 'print only what this path finds in the values' }

function sub(name: string, summary: string, shown: readonly Part[]): CommandEntry {
  const isValues = shown.length === 1 && shown[0] === 'values'
  const command: Command = {
    usage: '[CHART] [flags]',
    about: `${summary}.`,
    arguments: { min: 1, max: 1 },
    flags: [...chartPathFlags, { name: 'devel', type: 'bool', default: 'false', usage: 'development versions too' }, ...(isValues ? [jsonPathFlag] : [])],
    async run(invocation) {
      await checkTlsFlags(invocation)
      const chart = await loadAnyChart(await locateChart(invocation, invocation.args[0]!), loadingLog(invocation.log))
      const path = isValues ? invocation.flags.string('jsonpath') : ''
      if (path !== '') return invocation.out(atPath(chart.values, path))
      invocation.out(shown.map((part) => parts[part](chart, shown.length > 1)).join(''))
    },
  }
  return { name, summary, load: async () => command }
}

export const show: Command = {
  about: 'Shows what a chart holds.',
  subcommands: [
    sub('all', 'show all information of the chart', ['chart', 'values', 'readme', 'crds']),
    sub('chart', "show the chart's definition", ['chart']),
    sub('crds', "show the chart's CRDs", ['crds']),
    sub('readme', "show the chart's README", ['readme']),
    sub('values', "show the chart's values", ['values']),
  ],
}
