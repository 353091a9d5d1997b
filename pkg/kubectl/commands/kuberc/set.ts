/** kubectl kuberc set: one default, alias or the policy for credential plugins. */
import { existsSync } from 'node:fs'
import { kubercPlace } from '../../config/kuberc-file.ts'
import { CommandError, usageError } from '../../errors.ts'
import type { FlagValues } from '../../flags/types.ts'
import type { Command } from '../../types.ts'
import { preferenceHead, readPreference, savePreference } from './file.ts'

interface Option {
  readonly name: string
  readonly default: string
}

export const command: Command = {
  summary: 'Set values in the kuberc configuration file.',
  usage: '--section (defaults|aliases) --command COMMAND',
  examples: [
    'kubectl kuberc set --section defaults --command get --option output=wide',
    'kubectl kuberc set --section aliases --name getn --command get --prependarg nodes --option output=wide',
    'kubectl kuberc set --section credentialplugin --policy Allowlist --allowlist-entry command=cloud-credential-helper',
  ],
  flags: [
    { name: 'section', type: 'string', required: true, usage: "Section to modify: 'defaults', 'aliases', or 'credentialplugin'" },
    { name: 'command', type: 'string', usage: "Command to configure ('get', 'create', 'set env')" },
    { name: 'name', type: 'string', usage: 'Alias name (required for --section=aliases)' },
    { name: 'policy', type: 'string', usage: "Policy for credential plugins: 'AllowAll', 'DenyAll' or 'Allowlist'" },
    { name: 'option', type: 'stringArray', usage: 'Flag and value as flag=value; may be repeated' },
    { name: 'prependarg', type: 'stringArray', usage: 'Argument before those of the line (aliases only); may be repeated' },
    { name: 'appendarg', type: 'stringArray', usage: 'Argument after those of the line (aliases only); may be repeated' },
    { name: 'allowlist-entry', type: 'stringArray', usage: 'Entry of the allowlist as field=value; may be repeated' },
    { name: 'overwrite', type: 'bool', default: 'false', usage: 'Allow overwriting existing entries' },
  ],
  async run({ flags, args, path, io, out }) {
    if (args.length > 0) throw usageError(path, `Unexpected args: [${args.join(' ')}]`)
    const place = kubercPlace(flags.string('kuberc'), io)
    if (!place) throw new CommandError('error: KUBERC is disabled via KUBERC=off environment variable')
    check(flags)
    const found = existsSync(place.path) ? await readPreference(place.path) : {}
    const preference: any = Object.keys(found).length > 0 ? found : { ...preferenceHead }
    const section = flags.string('section')
    if (section === 'defaults') setDefaults(preference, flags)
    else if (section === 'aliases') setAlias(preference, flags)
    else setPolicy(preference, flags)
    savePreference(place, { ...preference, defaults: preference.defaults ?? null, aliases: preference.aliases ?? null }, out)
  },
}

function check(flags: FlagValues): void {
  const section = flags.string('section')
  const policy = flags.string('policy')
  const hasArgs = flags.list('prependarg').length + flags.list('appendarg').length > 0
  const entries = flags.list('allowlist-entry').length
  const refuse = (when: boolean, why: string): void => {
    if (when) throw new CommandError(`error: ${why}`)
  }
  refuse(!['defaults', 'aliases', 'credentialplugin'].includes(section), `--section must be "defaults", "aliases", or "credentialplugin", got: ${section}`)
  refuse(section === 'aliases' && flags.string('name') === '', '--name is required when --section=aliases')
  refuse(section === 'defaults' && flags.string('name') !== '', '--name should not be specified when --section=defaults')
  refuse(section === 'defaults' && hasArgs, '--prependarg and --appendarg are only valid for --section=aliases')
  refuse(section !== 'credentialplugin' && flags.string('command') === '', '--command is required when --section=aliases or --section=defaults')
  if (section !== 'credentialplugin') return
  refuse(policy === '', '--policy is required when --section=credentialplugin')
  refuse(!['AllowAll', 'DenyAll', 'Allowlist'].includes(policy), ` --policy must be  "AllowAll", "DenyAll", or "Allowlist", got: ${policy}`)
  refuse(policy !== 'Allowlist' && entries > 0, '--allowlist-entry may only be used when --section=credentialplugin and --policy=Allowlist')
  refuse(policy === 'Allowlist' && entries === 0, '--allowlist-entry is required when --section=credentialplugin and --policy=Allowlist')
}

function optionsOf(flags: FlagValues): Option[] | undefined {
  const given = flags.list('option').map((text) => {
    const at = text.indexOf('=')
    if (at < 0) throw new CommandError(`error: invalid option format ${JSON.stringify(text)}, expected flag=value`)
    return { name: text.slice(0, at).replace(/^-+/, ''), default: text.slice(at + 1) }
  })
  return given.length > 0 ? given : undefined
}

function setDefaults(preference: any, flags: FlagValues): void {
  const name = flags.string('command')
  const options = optionsOf(flags)
  preference.defaults ??= []
  const found = preference.defaults.find((each: any) => each.command === name)
  if (!found) preference.defaults.push({ command: name, options: options ?? null })
  else if (!flags.bool('overwrite')) throw new CommandError(`error: defaults for command ${JSON.stringify(name)} already exist, use --overwrite to replace`)
  else if (options) found.options = options
}

function setAlias(preference: any, flags: FlagValues): void {
  const name = flags.string('name')
  const list = (flag: string): readonly string[] | undefined => (flags.list(flag).length > 0 ? flags.list(flag) : undefined)
  preference.aliases ??= []
  const at = preference.aliases.findIndex((each: any) => each.name === name)
  const before = at < 0 ? {} : preference.aliases[at]
  const alias = {
    name,
    command: flags.string('command'),
    prependArgs: list('prependarg') ?? before.prependArgs,
    appendArgs: list('appendarg') ?? before.appendArgs,
    options: optionsOf(flags) ?? before.options,
  }
  if (at < 0) preference.aliases.push(alias)
  else if (!flags.bool('overwrite')) throw new CommandError(`error: alias ${JSON.stringify(name)} already exists, use --overwrite to replace`)
  else preference.aliases[at] = alias
}

function setPolicy(preference: any, flags: FlagValues): void {
  const policy = flags.string('policy')
  if (policy === 'Allowlist') preference.credentialPluginAllowlist = allowed(flags.list('allowlist-entry'))
  // With another policy a list is a mistake that stops every later command.
  else delete preference.credentialPluginAllowlist
  preference.credentialPluginPolicy = policy
}

function allowed(given: readonly string[]): { command: string }[] {
  const wrong: string[] = []
  const entries = given
    .flatMap((text) => text.split(','))
    .flatMap((pair) => {
      const at = pair.indexOf('=')
      const [field, value] = [pair.slice(0, at), pair.slice(at + 1)]
      if (at < 0) wrong.push(`improperly formatted allowlist entry: ${JSON.stringify(pair)}`)
      else if (field === 'name') wrong.push('allowlist entry field "name" is deprecated, use "command" instead')
      else if (field !== 'command') wrong.push(`unrecognized allowlist entry field: ${JSON.stringify(field)}`)
      else if (value.trim() === '') wrong.push(`empty value in allowlist entry for field ${JSON.stringify(field)}`)
      else return [{ command: value }]
      return []
    })
  if (wrong.length > 0) throw new CommandError(`error: ${wrong.length === 1 ? wrong[0] : `[${wrong.join(', ')}]`}`)
  return entries
}
