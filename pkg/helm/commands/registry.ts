/** `helm registry`: login, logout. */
import type { FlagSpec } from '#kubectl/flags/types.ts'
import { askSecret } from '../output/ask-secret.ts'
import { errorIn, Registry } from '../registry/client.ts'
import { type Credentials, forgetCredentials, keepCredentials } from '../registry/credentials.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'

const text = (name: string, usage: string, rest: Partial<FlagSpec> = {}): FlagSpec => ({ name, type: 'string', usage, ...rest })
const bool = (name: string, usage: string, rest: Partial<FlagSpec> = {}): FlagSpec => ({ name, type: 'bool', default: 'false', usage, ...rest })

async function allOf(stdin: AsyncIterable<Uint8Array | string>): Promise<string> {
  let all = ''
  for await (const chunk of stdin) all += Buffer.from(chunk as Uint8Array).toString('utf8')
  return all.replace(/\r?\n$/, '')
}

/** What is not given by flags is asked for; without a user name, for a token. */
async function credentialsGiven(invocation: Invocation): Promise<Credentials> {
  const { flags, session, log, out } = invocation
  let username = flags.string('username')
  const password = flags.string('password')
  if (flags.bool('password-stdin')) return { username, password: await allOf(session.stdin) }
  if (password !== '') {
    log('WARN', 'using --password via the CLI is insecure. Use --password-stdin')
    return { username, password }
  }
  if (username === '') {
    out('Username: ')
    username = (await firstLine(session.stdin)).trim()
  }
  const asked = username === '' ? 'Token' : 'Password'
  const secret = (await askSecret(invocation, `${asked}: `)).toString('utf8')
  if (secret === '') throw new CommandError(`${asked.toLowerCase()} required`)
  return { username, password: secret }
}

/** Throws when there is none. */
async function firstLine(stdin: AsyncIterable<Uint8Array | string>): Promise<string> {
  let text = ''
  // Not by `for await`: that closes the input, of which the password is read next.
  const chunks = stdin[Symbol.asyncIterator]()
  while (!text.includes('\n') && text.length < longestLine) {
    const { value, done } = await chunks.next()
    if (done) break
    text += Buffer.from(value as Uint8Array).toString('utf8')
  }
  if (text === '') throw new CommandError('EOF')
  return text.split(/\r?\n/)[0]!
}

const longestLine = 4096

async function login(invocation: Invocation): Promise<void> {
  const { args, flags, settings, out, log } = invocation
  const host = args[0]!
  const { username, password } = await credentialsGiven(invocation)
  if (host.includes('/')) {
    log('WARN', 'registry login currently only supports registry hostname, not a repository path', { host, suggested: host.split('/')[0] })
    throw new CommandError(`invalid reference: invalid registry ${JSON.stringify(host)}`)
  }
  const registry = new Registry(host, {
    plainHttp: flags.bool('plain-http'),
    credentialsFile: settings.registryConfig,
    env: invocation.session.env,
    cwd: invocation.session.cwd,
    username,
    password,
    caFile: flags.string('ca-file'),
    certFile: flags.string('cert-file'),
    keyFile: flags.string('key-file'),
    insecureSkipTlsVerify: flags.bool('insecure'),
  })
  const failed = (why: string, cause?: unknown): CommandError => new CommandError(`authenticating to ${JSON.stringify(host)}: ${why}`, { cause })
  const answer = await registry.request('GET', registry.url('')).catch((error) => {
    throw failed(error.message, error)
  })
  if (answer.status !== 200) throw failed(`GET ${JSON.stringify(answer.url)}: response status code ${answer.status}: ${errorIn(answer)}`)
  await keepCredentials(settings.registryConfig, host, { username, password }, invocation.session.env)
  out('Login Succeeded\n')
}

async function logout({ args, settings, session, out }: Invocation): Promise<void> {
  const host = args[0]!
  await forgetCredentials(settings.registryConfig, host, session.env)
  out(`Removing login credentials for ${host}\n`)
}

export const registry: Command = {
  about: 'Keeps the credentials of registries.',
  subcommands: [
    {
      name: 'login',
      summary: 'login to a registry',
      load: async () => ({
        usage: '[host] [flags]',
        about: 'Tries credentials at a registry, and keeps them.',
        arguments: { min: 1 },
        flags: [
          text('username', 'user name', { short: 'u' }),
          text('password', 'password', { short: 'p' }),
          bool('password-stdin', 'read the password from standard input'),
          bool('insecure', "do not check the registry's certificate"),
          bool('plain-http', 'speak HTTP'),
          text('cert-file', 'client certificate'),
          text('key-file', "key of the client's certificate"),
          text('ca-file', "authority of the registry's certificate"),
        ],
        run: login,
      }),
    },
    {
      name: 'logout',
      summary: 'logout from a registry',
      load: async () => ({ usage: '[host] [flags]', about: 'Forgets the credentials of a registry.', arguments: { min: 1 }, run: logout }),
    },
  ],
}
