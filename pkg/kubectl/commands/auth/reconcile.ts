/** kubectl auth reconcile: roles and bindings get what the files say they must have, and by wish lose what they say not. */
import { cloneJson, equalJson } from '#apimachinery/json-value.ts'
import { isAlreadyExists, isForbidden, isNotFound } from '#apimachinery/status-error.ts'
import { CommandError, throwGathered } from '../../errors.ts'
import { outputFlags } from '../../printers/index.ts'
import { dryRunFlag, fileFlags, type Item } from '../../resources/types.ts'
import { getItem, hasFiles, manifestItems } from '../../resources/visit.ts'
import { builtIn, createObject, deleteObject, type DryRun, dryRunOf, outcomePrinter, replaceObject } from '../../resources/write.ts'
import type { Command, Invocation } from '../../types.ts'

const group = 'rbac.authorization.k8s.io'

export const command: Command = {
  summary: 'Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects.',
  usage: '-f FILENAME',
  flags: [
    ...outputFlags,
    ...fileFlags('identifying the resource to reconcile.'),
    dryRunFlag,
    { name: 'remove-extra-permissions', type: 'bool', default: 'false', usage: 'Remove permissions that the files do not name' },
    { name: 'remove-extra-subjects', type: 'bool', default: 'false', usage: 'Remove subjects that the files do not name' },
  ],
  run,
}

async function run(invocation: Invocation): Promise<void> {
  if (!hasFiles(invocation)) throw new CommandError('error: must specify one of -f and -k')
  if (invocation.args.length > 0) throw new CommandError('error: no arguments are allowed')
  const dryRun = clientDryRunOf(invocation)
  const print = await outcomePrinter(invocation, { typed: true })
  const errors: unknown[] = []
  const items = await manifestItems(invocation, { refuse: (error) => void errors.push(unsupportedVersion(error) ?? error) })
  for (const item of items) {
    if (item.resource.group !== group) continue
    try {
      const { object, told } = await (item.resource.kind.endsWith('Binding') ? binding(invocation, item, dryRun) : role(invocation, item, dryRun))
      print(object, 'reconciled')
      for (const line of told) invocation.err(`\t${line}\n`)
    } catch (error) {
      errors.push(error)
    }
  }
  throwGathered(errors)
}

function clientDryRunOf(invocation: Invocation): DryRun {
  let dryRun: DryRun
  try {
    dryRun = dryRunOf(invocation)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw new CommandError(`error: error accessing --dry-run flag for command reconcile: ${error.message.replace(/^error: /, '')}`)
  }
  if (dryRun === 'server') throw new CommandError('error: --dry-run=server for command reconcile is not supported yet')
  return dryRun
}

/** Versions that no server has any more are known for what they were. */
function unsupportedVersion(error: unknown): CommandError | undefined {
  if (!(error instanceof CommandError)) return undefined
  const [, kind, version] =
    /no matches for kind "((?:Cluster)?Role(?:Binding)?)" in version "rbac\.authorization\.k8s\.io\/(v1(?:alpha|beta)1)"/.exec(error.message) ?? []
  return kind && version ? new CommandError(`error: only ${group}/v1 is supported: not *${version}.${kind}`) : undefined
}

/** Who wrote this on a role or binding wants it left as it is. */
const isProtected = ({ metadata }: any): boolean => metadata.annotations?.['rbac.authorization.kubernetes.io/autoupdate'] === 'false'
const caveatOf = (live: any): string => (isProtected(live) ? ', but object opted out (rbac.authorization.kubernetes.io/autoupdate: false)' : '')

/** A role or binding that is missing; its namespace is made where that is missing too, and who may not look for it goes on. */
async function create(invocation: Invocation, item: Item, dryRun: DryRun): Promise<any> {
  if (dryRun === 'client') return item.object
  if (item.namespace !== undefined && item.resource.namespaced) await ensureNamespace(invocation, item.namespace)
  return createObject(invocation, item, { dryRun })
}

async function ensureNamespace(invocation: Invocation, name: string): Promise<void> {
  const resource = await builtIn(invocation, 'v1', 'Namespace')
  try {
    await getItem(invocation, resource, undefined, name)
  } catch (error) {
    if (!isNotFound(error) && !isForbidden(error)) throw error
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
    await createObject(invocation, { resource, namespace: undefined, object }).catch((refused) => {
      if (!isAlreadyExists(refused) && !isForbidden(refused)) throw refused
    })
  }
}

async function existing(invocation: Invocation, { resource, namespace, name }: Item): Promise<Item | undefined> {
  try {
    return await getItem(invocation, resource, namespace, name)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

interface Reconciled {
  readonly object: any
  /** What was found to differ. */
  readonly told: readonly string[]
}

const goList = (values: readonly string[] = []): string => `[${values.join(' ')}]`
const ruleText = ({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: any): string =>
  `\t{Verbs:${goList(verbs)} APIGroups:${goList(apiGroups)} Resources:${goList(resources)} ResourceNames:${goList(resourceNames)} NonResourceURLs:${goList(nonResourceURLs)}}`
const subjectText = ({ kind, apiGroup = '', name, namespace = '' }: any): string => `\t{Kind:${kind} APIGroup:${apiGroup} Name:${name} Namespace:${namespace}}`

const listed = (title: string, lines: readonly string[]): string[] => (lines.length > 0 ? [title, ...lines] : [])

async function role(invocation: Invocation, item: Item, dryRun: DryRun): Promise<Reconciled> {
  const live = await existing(invocation, item)
  const wanted = simple(item.object.rules ?? [])
  if (!live) {
    const object = await create(invocation, item, dryRun)
    return { object, told: ['reconciliation required create', ...listed('missing rules added:', (item.object.rules ?? []).map(ruleText))] }
  }
  const merged = withMetadata(live.object, item.object)
  const has = simple(live.object.rules ?? [])
  const missing = wanted.filter((each) => !has.some((other) => covers(other, each)))
  // Rules that are gathered from other roles are nobody's mistake.
  const extra = item.object.aggregationRule && live.object.aggregationRule ? [] : has.filter((each) => !wanted.some((other) => covers(other, each)))
  const removes = invocation.flags.bool('remove-extra-permissions')
  if (removes && missing.length + extra.length > 0) merged.rules = item.object.rules
  else if (missing.length > 0) merged.rules = [...(live.object.rules ?? []), ...missing]
  reconcileAggregation(merged, item.object.aggregationRule, removes)
  return {
    object: await save(invocation, live, merged, dryRun),
    told: [
      ...(equalJson(live.object, merged) ? [] : [`reconciliation required update${caveatOf(live.object)}`]),
      ...listed('missing rules added:', missing.map(ruleText)),
      ...listed('extra rules removed:', (removes ? extra : []).map(ruleText)),
    ],
  }
}

/** Selectors of other roles: what the file has is added, or by wish all there is; a file without any takes them away. */
function reconcileAggregation(merged: any, wanted: any, removes: boolean): void {
  if (!wanted) {
    delete merged.aggregationRule
    return
  }
  const [has, wants]: any[][] = [merged.aggregationRule?.clusterRoleSelectors ?? [], wanted.clusterRoleSelectors ?? []] as any[][]
  const without = (all: readonly any[], those: readonly any[]): any[] => all.filter((each) => !those.some((other) => equalJson(each, other)))
  const missing = without(wants!, has!)
  if (removes && missing.length + without(has!, wants!).length > 0) merged.aggregationRule = wanted
  else if (missing.length > 0) merged.aggregationRule = { clusterRoleSelectors: [...has!, ...missing] }
}

/** One rule for each verb of each resource or path. */
function simple(rules: readonly any[]): any[] {
  return rules.flatMap(({ apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs = [] }) =>
    verbs.flatMap((verb: string) => [
      ...apiGroups.flatMap((apiGroup: string) =>
        resources.flatMap((resource: string) =>
          (resourceNames.length === 0 ? [undefined] : resourceNames).map((name: string | undefined) => ({
            apiGroups: [apiGroup],
            resources: [resource],
            ...(name === undefined ? {} : { resourceNames: [name] }),
            verbs: [verb],
          })),
        ),
      ),
      ...nonResourceURLs.map((url: string) => ({ nonResourceURLs: [url], verbs: [verb] })),
    ]),
  )
}

function covers(owner: any, wanted: any): boolean {
  const has = (member: string): boolean => {
    const [of] = owner[member] ?? []
    const [need] = wanted[member] ?? []
    return need === undefined
      ? of === undefined
      : of === need || of === '*' || (member === 'nonResourceURLs' && of?.endsWith('*') && need.startsWith(of.slice(0, -1)))
  }
  return has('verbs') && has('apiGroups') && has('resources') && has('nonResourceURLs') && (owner.resourceNames === undefined || has('resourceNames'))
}

async function binding(invocation: Invocation, item: Item, dryRun: DryRun): Promise<Reconciled> {
  const live = await existing(invocation, item)
  const wanted: any[] = item.object.subjects ?? []
  if (!live) {
    const object = await create(invocation, item, dryRun)
    return { object, told: ['reconciliation required create', ...listed('missing subjects added:', wanted.map(subjectText))] }
  }
  // What a binding refers to cannot be changed: it is made anew.
  if (!equalJson(live.object.roleRef, { apiGroup: group, ...item.object.roleRef })) {
    const told = [`reconciliation required recreate${caveatOf(live.object)}`]
    if (dryRun !== 'none' || isProtected(live.object)) return { object: item.object, told }
    await deleteObject(invocation, item)
    return { object: await create(invocation, item, dryRun), told }
  }
  const merged = withMetadata(live.object, item.object)
  const same = (a: any, b: any): boolean => a.kind === b.kind && a.name === b.name && (a.namespace ?? '') === (b.namespace ?? '')
  const without = (all: readonly any[], those: readonly any[]): any[] => all.filter((each) => !those.some((other) => same(each, other)))
  const has: any[] = live.object.subjects ?? []
  const [missing, extra] = [without(wanted, has), without(has, wanted)]
  const removes = invocation.flags.bool('remove-extra-subjects')
  if (removes && missing.length + extra.length > 0) merged.subjects = wanted
  else if (missing.length > 0) merged.subjects = [...has, ...missing]
  return {
    object: await save(invocation, live, merged, dryRun),
    told: [
      ...(equalJson(live.object, merged) ? [] : [`reconciliation required update${caveatOf(live.object)}`]),
      ...listed('missing subjects added:', missing.map(subjectText)),
      ...listed('extra subjects removed:', (removes ? extra : []).map(subjectText)),
    ],
  }
}

function withMetadata(live: any, wanted: any): any {
  const merged = cloneJson(live)
  for (const member of ['labels', 'annotations'] as const)
    if (wanted.metadata[member]) merged.metadata[member] = { ...wanted.metadata[member], ...merged.metadata[member] }
  return merged
}

function save(invocation: Invocation, live: Item, merged: any, dryRun: DryRun): Promise<any> | any {
  if (equalJson(live.object, merged) || dryRun === 'client' || isProtected(live.object)) return merged
  return replaceObject(invocation, { ...live, object: merged }, { dryRun })
}
