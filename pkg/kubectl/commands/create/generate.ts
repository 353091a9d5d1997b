/** What every generator of `create` does with the object it made. */
import { StatusError } from '#apimachinery/status-error.ts'
import { CommandError } from '../../errors.ts'
import type { FlagSpec } from '../../flags/types.ts'
import { outputFlags } from '../../printers/index.ts'
import { dryRunFlag, fieldManagerFlag, saveConfigFlag, validateFlag } from '../../resources/types.ts'
import { builtIn, createObject, dryRunOf, outcomePrinter, withGenerated } from '../../resources/write.ts'
import type { Command, Invocation } from '../../types.ts'

export const generatorFlags: readonly FlagSpec[] = [...outputFlags, dryRunFlag, validateFlag, fieldManagerFlag('kubectl-create'), saveConfigFlag]

export interface Generator {
  readonly summary: string
  readonly usage: string
  readonly flags?: readonly FlagSpec[]
  readonly clusterScoped?: boolean
  /** It takes --save-config and keeps nothing, as upstream's. */
  readonly savesNothing?: boolean
  /** The object without its namespace. */
  make(invocation: Invocation, name: string): any
}

export function generatorCommand({ summary, usage, flags = [], clusterScoped = false, savesNothing = false, make }: Generator): Command {
  return {
    summary,
    usage,
    flags: [...generatorFlags, ...flags],
    async run(invocation) {
      const { args, dashAt } = invocation
      const names = dashAt >= 0 ? args.slice(0, dashAt) : args
      if (names.length !== 1)
        throw new CommandError(`error: exactly one NAME is required, got ${names.length}\nSee '${invocation.path} -h' for help and examples`)
      await submit(invocation, await make(invocation, names[0]!), clusterScoped, 'created', { savesNothing })
    },
  }
}

export async function submit(
  invocation: Invocation,
  made: any,
  clusterScoped = false,
  operation = 'created',
  { savesNothing = false, savesNamespace = true } = {},
): Promise<void> {
  const { session, flags } = invocation
  const dryRun = dryRunOf(invocation)
  const { namespace, namespaceGiven } = await session.connection()
  const draft = made
  if (!clusterScoped && (dryRun !== 'client' || namespaceGiven || namespace !== 'default')) draft.metadata.namespace = namespace
  const object =
    !savesNothing && flags.has('save-config') && flags.bool('save-config')
      ? await withGenerated(draft, { hasNamespace: namespaceGiven && savesNamespace })
      : draft
  const print = await outcomePrinter(invocation, { typed: true })
  if (dryRun === 'client') return print(object, operation)
  const resource = await builtIn(invocation, object.apiVersion, object.kind)
  try {
    print(await createObject(invocation, { resource, namespace: clusterScoped ? undefined : namespace, object }, { dryRun }), operation)
  } catch (error) {
    const told = failureNames[object.kind]
    if (!told || !(error instanceof StatusError) || error.reason === 'Invalid') throw error
    throw new CommandError(`error: failed to create ${told} ${error.message}`)
  }
}

/** Kinds whose generators upstream wraps failures of. */
const failureNames: Readonly<Record<string, string>> = {
  ConfigMap: 'configmap:',
  CronJob: 'cronjob:',
  Deployment: 'deployment:',
  Job: 'job:',
  Secret: 'secret',
  Ingress: 'ingress:',
  ServiceAccount: 'serviceaccount:',
  RoleBinding: 'rolebinding:',
  ClusterRoleBinding: 'clusterrolebinding:',
  ResourceQuota: 'quota:',
  PriorityClass: 'priorityclass:',
  PodDisruptionBudget: 'poddisruptionbudgets:',
}

/** "a=b" pairs of a flag, in order. */
export function pairsOf(values: readonly string[], flag: string): [string, string][] {
  return values.map((value) => {
    const at = value.indexOf('=')
    if (at <= 0) throw new CommandError(`error: invalid ${flag} ${value}, expected key=value`)
    return [value.slice(0, at), value.slice(at + 1)]
  })
}

export function required({ flags }: Invocation, name: string): string {
  const value = flags.string(name)
  if (value === '') throw new CommandError(`error: required flag(s) ${JSON.stringify(name)} not set`)
  return value
}
