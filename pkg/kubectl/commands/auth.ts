/** kubectl auth: can-i, whoami. */
import { isForbidden, isNotFound } from '#apimachinery/status-error.ts'
import { CommandError, SilentExit } from '../errors.ts'
import { outputFlags, printerOf } from '../printers/index.ts'
import { alignTabs, tableColumns } from '../printers/tab-writer.ts'
import { policyRows } from '../resources/policy-rows.ts'
import { warningLine } from '../warnings.ts'
import type { Command, Invocation } from '../types.ts'

const review = (kind: string, spec: object, group = 'authorization.k8s.io') => ({ apiVersion: `${group}/v1`, kind, metadata: {}, spec })

function post({ session }: Invocation, path: string, body: object): Promise<any> {
  return session.json({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
}

/** Verbs that some authorizer or admission asks about; others are warned of, and asked all the same. */
const resourceVerbs: ReadonlySet<string> = new Set(
  'get list watch create update patch delete deletecollection use bind impersonate * approve sign escalate attest'.split(' '),
)
const pathVerbs: ReadonlySet<string> = new Set('get put post head options delete patch *'.split(' '))
/** What can be impersonated is no resource that a server tells of. */
const undiscovered: ReadonlySet<string> = new Set(['users', 'groups'])

const canI: Command = {
  summary: 'Check whether an action is allowed.',
  usage: 'VERB [TYPE | TYPE/NAME | NONRESOURCEURL]',
  flags: [
    { name: 'all-namespaces', short: 'A', type: 'bool', default: 'false', usage: 'Check the action in all namespaces' },
    { name: 'list', type: 'bool', default: 'false', usage: 'Print all allowed actions' },
    { name: 'no-headers', type: 'bool', default: 'false', usage: 'Print allowed actions without headers' },
    { name: 'quiet', short: 'q', type: 'bool', default: 'false', usage: 'Answer by the exit code alone' },
    { name: 'subresource', type: 'string', usage: 'A subresource such as pod/log or deployment/scale' },
  ],
  async run(invocation) {
    const { args, flags, session, out, err, io, path } = invocation
    if (flags.bool('list')) return list(invocation)
    const warn = (text: string): void => err(warningLine(`${text}\n`, io))
    const warnOfVerb = (known: ReadonlySet<string>): void => void (!known.has(verb!) && warn(`verb '${verb}' is not a known verb`))
    const [verb, what = ''] = args
    if (verb === undefined || args.length !== 2)
      throw new CommandError(`error: you must specify two arguments: verb resource or verb resource/resourceName.\nSee '${path} -h' for help and examples.`)
    const namespace = flags.bool('all-namespaces') ? '' : await session.namespace()
    let spec: any
    if (what.startsWith('/')) {
      if (flags.string('subresource') !== '') throw new CommandError('error: --subresource can not be used with NonResourceURL')
      warnOfVerb(pathVerbs)
      spec = { nonResourceAttributes: { path: what, verb } }
    } else {
      const [type = '', name = ''] = what.split(/\/(.*)/s)
      const lower = type.toLowerCase()
      const found = type === '*' ? undefined : (await session.catalog()).find(lower)
      if (!found && type !== '*' && !undiscovered.has(lower)) {
        const [resource = '', group = ''] = lower.split(/\.(.*)/s)
        warn(`the server doesn't have a resource type '${resource}'${group ? ` in group '${group}'` : ''}`)
      }
      if (namespace !== '') {
        if (found && !found.namespaced) warn(`resource '${found.plural}' is not namespace scoped${found.group ? ` in group '${found.group}'` : ''}`)
        warnOfVerb(resourceVerbs)
      }
      spec = {
        resourceAttributes: {
          namespace,
          verb,
          group: found?.group ?? '',
          resource: found?.plural ?? type,
          subresource: flags.string('subresource'),
          name,
        },
      }
    }
    if (flags.bool('no-headers')) throw new CommandError('error: --no-headers cannot be set without --list specified')
    const { status } = await post(invocation, '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review('SelfSubjectAccessReview', spec))
    if (!flags.bool('quiet')) {
      const reason = `${status.reason ? ` - ${status.reason}` : ''}${status.evaluationError ? ` - ${status.evaluationError}` : ''}`
      out(status.allowed ? 'yes\n' : `no${reason}\n`)
    }
    if (!status.allowed) throw new SilentExit()
  },
}

async function list(invocation: Invocation): Promise<void> {
  const { args, flags, session, out, err, io } = invocation
  if (args.length > 0) throw new CommandError('error: list option must be specified with no arguments')
  if (flags.bool('quiet') || flags.bool('all-namespaces') || flags.string('subresource') !== '')
    throw new CommandError("error: list option can't be specified with neither quiet, all-namespaces nor subresource options")
  const { status } = await post(
    invocation,
    '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    review('SelfSubjectRulesReview', { namespace: await session.namespace() }),
  )
  if (status.incomplete) err(warningLine(`the list may be incomplete: ${status.evaluationError ?? ''}`, io))
  const rows: string[] = flags.bool('no-headers') ? [] : ['Resources\tNon-Resource URLs\tResource Names\tVerbs']
  for (const { resource, urls, names, verbs } of policyRows([...(status.resourceRules ?? []), ...(status.nonResourceRules ?? [])]))
    rows.push([resource, urls, names, verbs].join('\t'))
  out(`${alignTabs(rows.join('\n'), tableColumns)}\n`)
}

/** Older servers know it by a version before. */
async function selfReview(invocation: Invocation, [version, ...older]: readonly string[] = ['v1', 'v1beta1', 'v1alpha1']): Promise<any> {
  const apiVersion = `authentication.k8s.io/${version}`
  try {
    return await post(invocation, `/apis/${apiVersion}/selfsubjectreviews`, { apiVersion, kind: 'SelfSubjectReview', metadata: {} })
  } catch (error) {
    if (isNotFound(error) && older.length > 0) return selfReview(invocation, older)
    const told = 'error: the selfsubjectreviews API is not enabled in the cluster'
    if (isNotFound(error)) throw new CommandError(told)
    if (isForbidden(error)) throw new CommandError(`${told} or you do not have permission to call it`)
    throw error
  }
}

const whoami: Command = {
  usage: '',
  summary: 'Experimental: Check who you are and your attributes (groups, extra).',
  flags: outputFlags,
  async run(invocation) {
    const answer = await selfReview(invocation)
    // --template alone is no format here.
    const printer = invocation.flags.string('output') === '' ? undefined : await printerOf(invocation, 'plain', { typed: true })
    if (printer) return invocation.out(printer(answer))
    const { username = '', uid, groups = [], extra = {} } = answer.status.userInfo
    const rows = ['ATTRIBUTE\tVALUE', `Username\t${username}`]
    if (uid) rows.push(`UID\t${uid}`)
    if (groups.length > 0) rows.push(`Groups\t[${groups.join(' ')}]`)
    for (const key of Object.keys(extra).sort()) rows.push(`Extra: ${key}\t[${extra[key].join(' ')}]`)
    invocation.out(`${alignTabs(rows.join('\n'), tableColumns)}\n`)
  },
}

export const command: Command = {
  summary: 'Inspect authorization.',
  subcommands: [
    { name: 'can-i', summary: 'Check whether an action is allowed', load: async () => canI },
    {
      name: 'reconcile',
      summary: 'Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects',
      load: async () => (await import('./auth/reconcile.ts')).command,
    },
    { name: 'whoami', summary: 'Experimental: Check self subject attributes', load: async () => whoami },
  ],
}
