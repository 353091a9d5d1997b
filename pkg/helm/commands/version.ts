/** `helm version` */
import { helmVersion } from '../engine/capabilities.ts'
import type { Command } from '../types.ts'

/** The release that this helm follows. */
const version = 'v4.2.4'

function buildInfo(): Readonly<Record<string, string>> {
  const { gitCommit, gitTreeState, goVersion, kubeClientVersion } = helmVersion
  return { Version: version, GitCommit: gitCommit, GitTreeState: gitTreeState, GoVersion: goVersion, KubeClientVersion: kubeClientVersion }
}

export const versionCommandText = (short: boolean): string => {
  const { gitCommit } = helmVersion
  if (short) return gitCommit.length >= 7 ? `${version}+g${gitCommit.slice(0, 7)}` : version
  return `version.BuildInfo{${Object.entries(buildInfo())
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
    const { BuildInfo } = await import('./build-info.ts')
    out(set.execute('_', new BuildInfo({ ...buildInfo() })))
  },
}
export { versionCommand as version }
