/** kubectl config. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { readFileSync } from 'node:fs'
import { cloneJson } from '#apimachinery/json-value.ts'
import { asDocument, type ConfigSection, configPlaces, editConfigFile, fileForNew, fileOf, loadMerged, setEntry } from '../config/files.ts'
import { base64Problem } from '../config/check-file.ts'
import { CommandError, HelpInstead, usageError } from '../errors.ts'
import type { FlagSpec } from '../flags/types.ts'
import { outputFlags, printerOf } from '../printers/index.ts'
import { alignTabs, tableColumns } from '../printers/tab-writer.ts'
import { toYaml } from '../printers/yaml.ts'
import type { Command, CommandEntry, Invocation } from '../types.ts'

const places = ({ flags, io }: Invocation) => configPlaces(flags.string('kubeconfig'), io.env, io.cwd)
/** `config` may begin a file: one that is named and not there yet counts as empty. */
const merged = (invocation: Invocation) => loadMerged(places(invocation), { mayBeMissing: true })

function one({ args }: Invocation): string {
  if (args.length !== 1) throw unexpected(args)
  return args[0]!
}

const unexpected = (args: readonly string[]): HelpInstead => new HelpInstead(`error: Unexpected args: [${args.join(' ')}]`)

/** Where an entry is, or is to be. */
function homeOf(invocation: Invocation, section: ConfigSection, name: string): string {
  return merged(invocation)[section].get(name)?.file ?? fileForNew(places(invocation))
}

const entry = (name: string, summary: string, command: Omit<Command, 'summary'>, aliases: readonly string[] = []): CommandEntry => ({
  name,
  summary,
  aliases,
  load: async () => ({ summary: `${summary}.`, ...command }),
})

function named(section: ConfigSection, title: string): Omit<Command, 'summary'> {
  return {
    async run(invocation) {
      const names = [...merged(invocation)[section].keys()].sort()
      if (section === 'users' && names.length === 0) return invocation.out('No users found.\n')
      invocation.out(`${[title, ...names].join('\n')}\n`)
    },
  }
}

function removing(section: ConfigSection, noun: string): Omit<Command, 'summary'> {
  return {
    usage: 'NAME',
    async run(invocation) {
      if (section === 'users' && invocation.args.length !== 1) throw usageError(invocation.path, 'user to delete is required')
      if (invocation.args.length !== 1) throw new HelpInstead('', 0)
      const [name = ''] = invocation.args
      const config = merged(invocation)
      const found = config[section].get(name)
      const { files, given } = places(invocation)
      const file = found?.file ?? files[0]!
      const told = given ?? file
      if (!found) throw new CommandError(`error: cannot delete ${noun} ${name}, not in ${told}`)
      editConfigFile(file, (raw) => {
        raw[section] = (raw[section] ?? []).filter((each: any) => each.name !== name)
      })
      if (section === 'contexts' && config.currentContext === name)
        invocation.err('warning: this removed your active context, use "kubectl config use-context" to select a different one\n')
      invocation.out(`deleted ${noun} ${name} from ${told}\n`)
    },
  }
}

const pem = (name: string): FlagSpec => ({ name, type: 'string', usage: `Path to ${name} file` })
const embed: FlagSpec = { name: 'embed-certs', type: 'bool', default: 'false', usage: 'Keep the contents of certificate files in kubeconfig' }

/** `name: path`, or `name-data` with the contents. */
function setFile(value: Record<string, any>, { flags, io }: Invocation, name: string): void {
  if (!flags.changed(name)) return
  const path = flags.string(name)
  delete value[name]
  delete value[`${name}-data`]
  if (path === '') return
  const full = resolve(io.cwd, path)
  if (!flags.bool('embed-certs')) value[name] = full
  else if (!existsSync(full)) throw new CommandError(`error: could not stat ${name} file ${path}: stat ${path}: no such file or directory`)
  else value[`${name}-data`] = readFileSync(full).toString('base64')
}

function setOrDrop(value: Record<string, any>, key: string, wanted: boolean): void {
  if (wanted) value[key] = true
  else delete value[key]
}

function setText(value: Record<string, any>, { flags }: Invocation, flag: string, key = flag): void {
  if (!flags.changed(flag)) return
  if (flags.string(flag) === '') delete value[key]
  else value[key] = flags.string(flag)
}

const setCluster: Omit<Command, 'summary'> = {
  usage: 'NAME [--server=server] [--certificate-authority=path/to/certificate/authority] [--insecure-skip-tls-verify=true] [--tls-server-name=example.com]',
  flags: [
    { name: 'server', type: 'string', usage: 'Server for the cluster entry' },
    pem('certificate-authority'),
    embed,
    { name: 'insecure-skip-tls-verify', type: 'bool', default: 'false', usage: 'Do not check certificates' },
    { name: 'tls-server-name', type: 'string', usage: 'Name to check the certificate against' },
    { name: 'proxy-url', type: 'string', usage: 'Proxy for the cluster' },
  ],
  async run(invocation) {
    const name = one(invocation)
    if (invocation.flags.bool('insecure-skip-tls-verify') && invocation.flags.string('certificate-authority') !== '')
      throw new CommandError('error: you cannot specify a certificate authority and insecure mode at the same time')
    editConfigFile(
      homeOf(invocation, 'clusters', name),
      (raw) =>
        void setEntry(raw, 'clusters', name, (value) => {
          const { flags } = invocation
          // Another server has another name.
          if (flags.changed('server')) delete value['tls-server-name']
          for (const flag of ['server', 'tls-server-name', 'proxy-url']) setText(value, invocation, flag)
          const insecure = 'insecure-skip-tls-verify'
          if (flags.changed(insecure)) setOrDrop(value, insecure, flags.bool(insecure))
          // Not to check certificates, and to have one to check by, each rule the other out.
          if (flags.changed(insecure) && flags.bool(insecure)) for (const name of ['', '-data']) delete value[`certificate-authority${name}`]
          setFile(value, invocation, 'certificate-authority')
          if (flags.changed('certificate-authority') && (flags.string('certificate-authority') !== '' || flags.bool('embed-certs'))) delete value[insecure]
        }),
    )
    invocation.out(`Cluster ${JSON.stringify(name)} set.\n`)
  },
}

const setContext: Omit<Command, 'summary'> = {
  usage: '[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]',
  flags: [
    { name: 'current', type: 'bool', default: 'false', usage: 'Modify the current context' },
    { name: 'cluster', type: 'string', usage: 'Cluster for the context entry' },
    { name: 'user', type: 'string', usage: 'User for the context entry' },
    { name: 'namespace', short: 'n', type: 'string', usage: 'Namespace for the context entry' },
  ],
  async run(invocation) {
    const { flags, args, out } = invocation
    if (flags.bool('current') && args.length > 0) throw new CommandError('error: you cannot specify both a context name and --current')
    if (args.length > 1) throw unexpected(args)
    const name = flags.bool('current') ? merged(invocation).currentContext : args[0]
    if (!name)
      throw new CommandError(`error: ${flags.bool('current') ? 'no current context is set' : 'you must specify a non-empty context name or --current'}`)
    let isNew = true
    editConfigFile(homeOf(invocation, 'contexts', name), (raw) => {
      isNew = setEntry(raw, 'contexts', name, (value) => {
        value.cluster ??= ''
        value.user ??= ''
        for (const flag of ['cluster', 'user', 'namespace']) setText(value, invocation, flag)
        value.cluster ??= ''
        value.user ??= ''
      })
    })
    out(`Context ${JSON.stringify(name)} ${isNew ? 'created' : 'modified'}.\n`)
  },
}

const setCredentials: Omit<Command, 'summary'> = {
  usage:
    'NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token] [--username=basic_user] [--password=basic_password] [--auth-provider=provider_name] [--auth-provider-arg=key=value] [--exec-command=exec_command] [--exec-api-version=exec_api_version] [--exec-arg=arg] [--exec-env=key=value]',
  flags: [
    pem('client-certificate'),
    pem('client-key'),
    embed,
    { name: 'token', type: 'string', usage: 'Token for the user entry' },
    { name: 'username', type: 'string', usage: 'Username for the user entry' },
    { name: 'password', type: 'string', usage: 'Password for the user entry' },
    { name: 'exec-command', type: 'string', usage: 'Command of the credential plugin' },
    { name: 'exec-api-version', type: 'string', usage: 'API version of the credential plugin' },
    { name: 'exec-arg', type: 'stringSlice', usage: 'Arguments of the credential plugin' },
    { name: 'exec-env', type: 'stringArray', usage: 'Environment of the credential plugin' },
    { name: 'exec-interactive-mode', type: 'string', usage: 'Interactive mode of the credential plugin' },
    { name: 'exec-provide-cluster-info', type: 'bool', default: 'false', usage: 'Tell the credential plugin of the cluster' },
    { name: 'auth-provider', type: 'string', usage: 'Auth provider for the user entry' },
    { name: 'auth-provider-arg', type: 'stringSlice', usage: "'key=value' arguments of the auth provider" },
  ],
  async run(invocation) {
    const { flags } = invocation
    if (invocation.args.length !== 1) throw new HelpInstead(`error: unexpected args: [${invocation.args.join(' ')}]`)
    const [name = ''] = invocation.args
    if (flags.string('token') !== '' && flags.string('username') !== '')
      throw new CommandError('error: you cannot specify more than one authentication method at the same time: --token, --username/--password')
    const mode = flags.string('exec-interactive-mode')
    if (!['', 'Never', 'IfAvailable', 'Always'].includes(mode))
      throw new CommandError('error: invalid interactive mode type, can be only IfAvailable, Never, Always')
    editConfigFile(
      homeOf(invocation, 'users', name),
      (raw) =>
        void setEntry(raw, 'users', name, (value) => {
          setFile(value, invocation, 'client-certificate')
          setFile(value, invocation, 'client-key')
          for (const flag of ['token', 'username', 'password']) setText(value, invocation, flag)
          setAuthProvider(value, invocation)
          setExec(value, invocation)
        }),
    )
    invocation.out(`User ${JSON.stringify(name)} set.\n`)
  },
}

const pairsOf = (words: readonly string[]): [string, string][] =>
  words.filter((word) => word.includes('=')).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)])
/** "name-" takes a name away. */
const removedBy = (words: readonly string[]): string[] => words.filter((word) => !word.includes('=') && word.endsWith('-')).map((word) => word.slice(0, -1))

function setAuthProvider(value: Record<string, any>, { flags }: Invocation): void {
  const wanted = flags.string('auth-provider')
  if (flags.changed('auth-provider') && value['auth-provider']?.name !== wanted) value['auth-provider'] = { config: {}, name: wanted }
  const provider = value['auth-provider']
  if (!provider) return
  provider.config = { ...provider.config, ...Object.fromEntries(pairsOf(flags.list('auth-provider-arg'))) }
  for (const name of removedBy(flags.list('auth-provider-arg'))) delete provider.config[name]
}

/** The flags of a credential plugin change one that is there, and are of no use without. */
function setExec(value: Record<string, any>, { flags }: Invocation): void {
  if (flags.changed('exec-command')) {
    const before = value.exec ?? { env: null, provideClusterInfo: false }
    value.exec = { ...before, command: flags.string('exec-command'), args: null }
  }
  const { exec } = value
  if (!exec) return
  if (flags.changed('exec-api-version')) exec.apiVersion = flags.string('exec-api-version')
  if (flags.list('exec-arg').length > 0) exec.args = [...flags.list('exec-arg')]
  if (flags.changed('exec-interactive-mode')) exec.interactiveMode = flags.string('exec-interactive-mode')
  if (flags.changed('exec-provide-cluster-info')) exec.provideClusterInfo = flags.bool('exec-provide-cluster-info')
  const removed = removedBy(flags.list('exec-env'))
  if (removed.length > 0) exec.env = (exec.env ?? []).filter((each: any) => !removed.includes(each.name))
  for (const [name, text] of pairsOf(flags.list('exec-env'))) {
    exec.env ??= []
    const known = exec.env.find((each: any) => each.name === name)
    if (known) known.value = text
    else exec.env.push({ name, value: text })
  }
}

const view: Omit<Command, 'summary'> = {
  flags: [
    ...outputFlags.map((flag) => (flag.name === 'output' ? { ...flag, default: 'yaml' } : flag)),
    { name: 'flatten', type: 'bool', default: 'false', usage: 'Make the output self-contained' },
    { name: 'merge', type: 'bool', default: 'true', usage: 'Merge the hierarchy of kubeconfig files' },
    { name: 'minify', type: 'bool', default: 'false', usage: 'Only what the current context uses' },
    { name: 'raw', type: 'bool', default: 'false', usage: 'Show certificate data and secrets' },
  ],
  async run(invocation) {
    const { args, flags, out, path } = invocation
    if (args.length > 0) throw usageError(path, `unexpected arguments: [${args.join(' ')}]`)
    if (!flags.bool('merge') && flags.string('kubeconfig') === '') throw new CommandError('error: if merge==false a precise file must be specified')
    const config = merged(invocation)
    const document = cloneJson(asDocument(config))
    const contextName = flags.string('context') || config.currentContext
    if (flags.bool('minify')) {
      const context = config.contexts.get(contextName)?.value
      if (!context)
        throw new CommandError(contextName === '' ? 'error: current-context must exist in order to minify' : `error: cannot locate context ${contextName}`)
      const keep = { clusters: context.cluster, users: context.user, contexts: contextName }
      for (const [section, name] of Object.entries(keep)) document[section] = (document[section] ?? []).filter((each: any) => each.name === name)
      document['current-context'] = contextName
    }
    const secrets = [
      ['clusters', 'cluster', ['certificate-authority']],
      ['users', 'user', ['client-certificate', 'client-key']],
    ] as const
    for (const [section, member, files] of secrets) {
      for (const each of document[section] ?? []) {
        const value = each[member]
        if (value.exec) value.exec = { args: null, env: null, provideClusterInfo: false, ...value.exec }
        const source = config[section].get(each.name)!
        for (const file of files) {
          const path = fileOf(source, value[file])
          if (flags.bool('flatten') && path && !value[`${file}-data`]) {
            value[`${file}-data`] = readFileSync(path).toString('base64')
            delete value[file]
          }
          if (value[`${file}-data`] && !flags.bool('raw') && !flags.bool('flatten'))
            value[`${file}-data`] =
              file === 'client-key' || file === 'client-certificate' || file === 'certificate-authority' ? 'DATA+OMITTED' : value[`${file}-data`]
        }
        if (flags.bool('raw') || flags.bool('flatten')) continue
        for (const key of ['token', 'password']) if (value[key]) value[key] = 'REDACTED'
      }
    }
    // --template alone stands against the format that is preset.
    const byTemplate = flags.string('template') !== '' && !flags.changed('output')
    const printer = await printerOf(byTemplate ? { ...invocation, flags: withoutOutput(flags) } : invocation, 'plain', { typed: true })
    out(printer ? printer(document) : toYaml(document))
  },
}

function withoutOutput(flags: Invocation['flags']): Invocation['flags'] {
  return {
    has: (name) => flags.has(name),
    changed: (name) => flags.changed(name),
    string: (name) => (name === 'output' ? '' : flags.string(name)),
    bool: (name) => flags.bool(name),
    int: (name) => flags.int(name),
    duration: (name) => flags.duration(name),
    list: (name) => flags.list(name),
  }
}

/** `config set PROPERTY VALUE`: "clusters.kind.server", "current-context". */
function stepsOf(path: string): string[] {
  return (path.match(/(?:\\.|[^.])+/g) ?? []).map((each) => each.replace(/\\(.)/g, '$1'))
}

function setCurrent(file: string, name: string): void {
  editConfigFile(file, (raw) => {
    raw['current-context'] = name
  })
}

function changeProperty(invocation: Invocation, property: string, value: string | undefined): void {
  const { flags } = invocation
  const [section = '', name, ...rest] = stepsOf(property)
  if (section === 'current-context') {
    setCurrent(merged(invocation).currentContextFile ?? fileForNew(places(invocation)), value ?? '')
    return
  }
  if (section !== 'clusters' && section !== 'contexts' && section !== 'users')
    throw new CommandError(`error: unable to parse ${property} after [] at api.Config`)
  if (name === undefined) throw new CommandError(`error: can't set a map to a value`)
  const key = rest.join('.')
  editConfigFile(homeOf(invocation, section, name), (raw) => {
    if (key === '') raw[section] = (raw[section] ?? []).filter((each: any) => each.name !== name)
    else
      setEntry(raw, section, name, (entryValue) => {
        if (value === undefined) delete entryValue[key]
        else if (key.endsWith('-data'))
          entryValue[key] = flags.has('set-raw-bytes') && flags.bool('set-raw-bytes') ? Buffer.from(value).toString('base64') : base64Of(value)
        else entryValue[key] = /^(true|false)$/.test(value) ? value === 'true' : value
      })
  })
}

function base64Of(text: string): string {
  const problem = base64Problem(text)
  if (problem) throw new CommandError(`error: error decoding input value: ${problem}`)
  return text
}

const subcommands: readonly CommandEntry[] = [
  entry('current-context', 'Display the current-context', {
    async run(invocation) {
      const { currentContext } = merged(invocation)
      if (currentContext === '') throw new CommandError('error: current-context is not set')
      invocation.out(`${currentContext}\n`)
    },
  }),
  entry('delete-cluster', 'Delete the specified cluster from the kubeconfig', removing('clusters', 'cluster')),
  entry('delete-context', 'Delete the specified context from the kubeconfig', removing('contexts', 'context')),
  entry('delete-user', 'Delete the specified user from the kubeconfig', removing('users', 'user')),
  entry('get-clusters', 'Display clusters defined in the kubeconfig', named('clusters', 'NAME')),
  entry('get-contexts', 'Describe one or many contexts', {
    usage: '[(-o|--output=)name)]',
    flags: [
      { name: 'no-headers', type: 'bool', default: 'false', usage: 'Do not print headers' },
      { name: 'output', short: 'o', type: 'string', usage: 'Output format: name' },
    ],
    async run(invocation) {
      const { flags, args, out } = invocation
      const config = merged(invocation)
      const format = flags.string('output')
      if (format !== '' && format !== 'name')
        throw new CommandError(`error: --output ${format} is not available in kubectl config get-contexts; resetting to default output format`)
      const missing = args.filter((name) => !config.contexts.has(name))
      const names = (args.length > 0 ? args.filter((name) => config.contexts.has(name)) : [...config.contexts.keys()]).toSorted()
      if (format === 'name') out(names.map((name) => `${name}\n`).join(''))
      else {
        const rows = names.map((name) => {
          const { cluster = '', user = '', namespace = '' } = config.contexts.get(name)!.value
          return [name === config.currentContext ? '*' : '', name, cluster, user, namespace].join('\t')
        })
        if (!flags.bool('no-headers')) rows.unshift('CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE')
        if (rows.length > 0) out(`${alignTabs(rows.join('\n'), tableColumns)}\n`)
      }
      if (missing.length > 0) throw new CommandError(missing.map((name) => `error: context ${name} not found`).join('\n'))
    },
  }),
  entry('get-users', 'Display users defined in the kubeconfig', named('users', 'NAME')),
  entry('rename-context', 'Rename a context from the kubeconfig file', {
    usage: 'CONTEXT_NAME NEW_NAME',
    async run(invocation) {
      const [from = '', to = ''] = invocation.args
      if (invocation.args.length !== 2) throw unexpected(invocation.args)
      const config = merged(invocation)
      const found = config.contexts.get(from)
      if (!found) throw new CommandError(`error: cannot rename the context ${JSON.stringify(from)}, it's not in ${places(invocation).files[0]}`)
      if (config.contexts.has(to))
        throw new CommandError(`error: cannot rename the context ${JSON.stringify(from)}, the context ${JSON.stringify(to)} already exists in ${found.file}`)
      editConfigFile(found.file, (raw) => {
        for (const each of raw.contexts) if (each.name === from) each.name = to
        if (raw['current-context'] === from) raw['current-context'] = to
      })
      invocation.out(`Context ${JSON.stringify(from)} renamed to ${JSON.stringify(to)}.\n`)
    },
  }),
  entry('set', 'Set an individual value in a kubeconfig file', {
    usage: 'PROPERTY_NAME PROPERTY_VALUE',
    flags: [{ name: 'set-raw-bytes', type: 'bool', default: 'false', usage: 'The value of certificate data is no base64' }],
    async run(invocation) {
      const [property, value] = invocation.args
      if (property === undefined || value === undefined || invocation.args.length > 2) throw unexpected(invocation.args)
      changeProperty(invocation, property, value)
      invocation.out(`Property ${JSON.stringify(property)} set.\n`)
    },
  }),
  entry('set-cluster', 'Set a cluster entry in kubeconfig', setCluster),
  entry('set-context', 'Set a context entry in kubeconfig', setContext),
  entry('set-credentials', 'Set a user entry in kubeconfig', setCredentials),
  entry('unset', 'Unset an individual value in a kubeconfig file', {
    usage: 'PROPERTY_NAME',
    async run(invocation) {
      const property = one(invocation)
      changeProperty(invocation, property, undefined)
      invocation.out(`Property ${JSON.stringify(property)} unset.\n`)
    },
  }),
  entry(
    'use-context',
    'Set the current-context in a kubeconfig file',
    {
      usage: 'CONTEXT_NAME',
      async run(invocation) {
        const name = one(invocation)
        const config = merged(invocation)
        if (!config.contexts.has(name)) throw new CommandError(`error: no context exists with the name: ${JSON.stringify(name)}`)
        setCurrent(config.currentContextFile ?? places(invocation).files[0]!, name)
        invocation.out(`Switched to context ${JSON.stringify(name)}.\n`)
      },
    },
    ['use'],
  ),
  entry('view', 'Display merged kubeconfig settings or a specified kubeconfig file', view),
]

export const command: Command = {
  summary: 'Modify kubeconfig files using subcommands like "kubectl config set current-context my-context".',
  usage: 'SUBCOMMAND',
  subcommands,
}
