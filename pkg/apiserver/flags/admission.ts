/** Flags about what is let in: which plugins, and the file with their configurations. */
import { aggregateText } from '#apimachinery/field-error.ts'
import { readAdmissionConfiguration } from '../admission/configuration.ts'
import { optionalPlugins, type PluginName, pluginNames } from '../admission/plugin-names.ts'
import type { AssembleOptions } from '../assemble.ts'
import { asFlagError, fileOf } from './file.ts'
import { FlagError, type Flags } from './parse.ts'

export function admissionOptions(flags: Flags): Partial<AssembleOptions> {
  const named = (name: 'enable-admission-plugins' | 'disable-admission-plugins'): string[] => flags[name].split(',').filter((each) => each !== '')
  const [enabled, disabled] = [named('enable-admission-plugins'), named('disable-admission-plugins')]
  const unknown = (flag: string, names: readonly string[]): string[] =>
    names.filter((name) => !isKnown(name)).map((name) => `${flag} plugin ${JSON.stringify(name)} is unknown`)
  const errors = [...unknown('enable-admission-plugins', enabled), ...unknown('disable-admission-plugins', disabled)]
  const both = [...new Set(enabled)].filter((name) => disabled.includes(name)).toSorted()
  if (both.length > 0) errors.push(`[${both.join(' ')}] in enable-admission-plugins and disable-admission-plugins overlapped`)
  if (errors.length > 0) throw new FlagError(aggregateText(errors))
  const isOn = (name: PluginName): boolean => !disabled.includes(name) && (enabled.includes(name) || !(optionalPlugins as readonly string[]).includes(name))
  const file = flags['admission-control-config-file'] || undefined
  const unread = (why: string): string =>
    `failed to apply admission: failed to read plugin config: unable to read admission control configuration from ${JSON.stringify(file)} [${why}]`
  const text = file ? fileOf(flags, 'admission-control-config-file', unread) : ''
  return { admissionPlugins: { enabled, disabled, configurations: asFlagError(() => readAdmissionConfiguration(file, text, isOn)) } }
}

const isKnown = (name: string): boolean => (pluginNames as readonly string[]).includes(name)
