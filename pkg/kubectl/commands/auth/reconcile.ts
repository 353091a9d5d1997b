/** kubectl auth reconcile: roles and bindings get what the files say they must have, and by wish lose what they say not. */
import { cloneJson, equalJson } from '#apimachinery/json-value.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { CommandError, usageError } from '../../errors.ts'
import { outputFlags } from '../../printers/index.ts'
import { dryRunFlag, fileFlags, type Item } from '../../resources/types.ts'
import { getItem, hasFiles, manifestItems } from '../../resources/visit.ts'
import { createObject, deleteObject, type DryRun, dryRunOf, outcomePrinter, replaceObject } from '../../resources/write.ts'
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
  const { args, path } = invocation
  if (args.length > 0) throw usageError(path, 'no arguments are allowed')
  if (!hasFiles(invocation)) throw new CommandError('error: must specify one of -f and -k')
  const dryRun = dryRunOf(invocation)
  if (dryRun === 'server') throw new CommandError('error: --dry-run=server for command reconcile is not supported yet')
  const print = await outcomePrinter(invocation)
  for (const item of await manifestItems(invocation)) {
    const { kind, version } = item.resource
    if (item.resource.group !== group) continue
    if (version !== 'v1') throw new CommandError(`error: only rbac.authorization.k8s.io/v1 is supported: not ${version}`)
    const { object, told } = await (kind.endsWith('Binding') ? binding(invocation, item, dryRun) : role(invocation, item, dryRun))
    print(object, 'reconciled')
    for (const line of told) invocation.err(`\t${line}\n`)
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
    const object = dryRun === 'client' ? item.object : await createObject(invocation, item, { dryRun })
    return { object, told: ['reconciliation required create', ...listed('missing rules added:', (item.object.rules ?? []).map(ruleText))] }
  }
  const merged = withMetadata(live.object, item.object)
  const has = simple(live.object.rules ?? [])
  const missing = wanted.filter((each) => !has.some((other) => covers(other, each)))
  const extra = has.filter((each) => !wanted.some((other) => covers(other, each)))
  if (invocation.flags.bool('remove-extra-permissions') && extra.length > 0) merged.rules = item.object.rules
  else if (missing.length > 0) merged.rules = [...(live.object.rules ?? []), ...missing]
  if (item.object.aggregationRule) merged.aggregationRule = item.object.aggregationRule
  const removed = invocation.flags.bool('remove-extra-permissions') ? extra : []
  return {
    object: await save(invocation, live, merged, dryRun),
    told: [
      ...(equalJson(live.object, merged) ? [] : ['reconciliation required update']),
      ...listed('missing rules added:', missing.map(ruleText)),
      ...listed('extra rules removed:', removed.map(ruleText)),
    ],
  }
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
    const object = dryRun === 'client' ? item.object : await createObject(invocation, item, { dryRun })
    return { object, told: ['reconciliation required create', ...listed('missing subjects added:', wanted.map(subjectText))] }
  }
  // What a binding refers to cannot be changed: it is made anew.
  if (!equalJson(live.object.roleRef, { apiGroup: group, ...item.object.roleRef })) {
    const told = ['reconciliation required recreate']
    if (dryRun !== 'none') return { object: item.object, told }
    await deleteObject(invocation, item)
    return { object: await createObject(invocation, item, { dryRun }), told }
  }
  const merged = withMetadata(live.object, item.object)
  const same = (a: any, b: any): boolean => a.kind === b.kind && a.name === b.name && (a.namespace ?? '') === (b.namespace ?? '')
  const has: any[] = live.object.subjects ?? []
  const kept = invocation.flags.bool('remove-extra-subjects') ? has.filter((each) => wanted.some((other) => same(each, other))) : has
  const missing = wanted.filter((each) => !has.some((other) => same(each, other)))
  merged.subjects = [...kept, ...missing]
  return {
    object: await save(invocation, live, merged, dryRun),
    told: [
      ...(equalJson(live.object, merged) ? [] : ['reconciliation required update']),
      ...listed('missing subjects added:', missing.map(subjectText)),
      ...listed('extra subjects removed:', has.filter((each) => !kept.includes(each)).map(subjectText)),
    ],
  }
}

function withMetadata(live: any, wanted: any): any {
  const merged = cloneJson(live)
  for (const member of ['labels', 'annotations'] as const)
    if (wanted.metadata[member]) merged.metadata[member] = { ...merged.metadata[member], ...wanted.metadata[member] }
  return merged
}

function save(invocation: Invocation, live: Item, merged: any, dryRun: DryRun): Promise<any> | any {
  if (equalJson(live.object, merged) || dryRun === 'client') return merged
  return replaceObject(invocation, { ...live, object: merged }, { dryRun })
}
