/** `helm version` */
import { dictionary } from '#template/values.ts'
import { helmVersion } from '../engine/capabilities.ts'
import type { Command } from '../types.ts'

/** The release that this helm follows. */
const version = 'v4.2.4'

export const versionCommandText = (short: boolean): string => {
  const { gitCommit, gitTreeState, goVersion, kubeClientVersion } = helmVersion
  if (short) return gitCommit.length >= 7 ? `${version}+g${gitCommit.slice(0, 7)}` : version
  const fields = { Version: version, GitCommit: gitCommit, GitTreeState: gitTreeState, GoVersion: goVersion, KubeClientVersion: kubeClientVersion }
  return `version.BuildInfo{${Object.entries(fields)
    .map(([name, value]) => `${name}:${JSON.stringify(value)}`)
    .join(', ')}}`
}

export const versionCommand: Command = {
  usage: '[flags]',
  about: 'Prints the version of Helm that this helm is compatible with.',
  arguments: { max: 0 },
  flags: [
    { name: 'template', type: 'string', usage: 'Go template of the output' },
    { name: 'short', type: 'bool', default: 'false', usage: 'the number alone' },
  ],
  async run({ flags, out }) {
    const template = flags.string('template')
    if (template === '') return out(`${versionCommandText(flags.bool('short'))}\n`)
    const [{ TemplateSet }, { sprigFunctions }] = await Promise.all([import('#template/template-set.ts'), import('#template/sprig/index.ts')])
    const set = new TemplateSet({ functions: sprigFunctions() })
    set.parse('_', template)
    const { gitCommit, gitTreeState, goVersion, kubeClientVersion } = helmVersion
    const data = dictionary([
      ['Version', version],
      ['GitCommit', gitCommit],
      ['GitTreeState', gitTreeState],
      ['GoVersion', goVersion],
      ['KubeClientVersion', kubeClientVersion],
    ])
    out(set.execute('_', data))
  },
}
export { versionCommand as version }
