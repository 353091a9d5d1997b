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
  const print = await outcomePrinter(invocation)
  for (const item of await manifestItems(invocation)) {
    const { kind, version } = item.resource
    if (item.resource.group !== group) continue
    if (version !== 'v1') throw new CommandError(`error: only rbac.authorization.k8s.io/v1 is supported: not ${version}`)
    print(await (kind.endsWith('Binding') ? binding(invocation, item, dryRun) : role(invocation, item, dryRun)), 'reconciled')
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

async function role(invocation: Invocation, item: Item, dryRun: DryRun): Promise<any> {
  const live = await existing(invocation, item)
  if (!live) return dryRun === 'client' ? item.object : createObject(invocation, item, { dryRun })
  const merged = withMetadata(live.object, item.object)
  const wanted = simple(item.object.rules ?? [])
  const has = simple(live.object.rules ?? [])
  const missing = wanted.filter((each) => !has.some((other) => covers(other, each)))
  const extra = has.filter((each) => !wanted.some((other) => covers(other, each)))
  if (invocation.flags.bool('remove-extra-permissions') && extra.length > 0) merged.rules = item.object.rules
  else if (missing.length > 0) merged.rules = [...(live.object.rules ?? []), ...missing]
  if (item.object.aggregationRule) merged.aggregationRule = item.object.aggregationRule
  return save(invocation, live, merged, dryRun)
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

async function binding(invocation: Invocation, item: Item, dryRun: DryRun): Promise<any> {
  const live = await existing(invocation, item)
  if (!live) return dryRun === 'client' ? item.object : createObject(invocation, item, { dryRun })
  // What a binding refers to cannot be changed: it is made anew.
  if (!equalJson(live.object.roleRef, { apiGroup: group, ...item.object.roleRef })) {
    if (dryRun !== 'none') return item.object
    await deleteObject(invocation, item)
    return createObject(invocation, item, { dryRun })
  }
  const merged = withMetadata(live.object, item.object)
  const same = (a: any, b: any): boolean => a.kind === b.kind && a.name === b.name && (a.namespace ?? '') === (b.namespace ?? '')
  const has: any[] = live.object.subjects ?? []
  const wanted: any[] = item.object.subjects ?? []
  const kept = invocation.flags.bool('remove-extra-subjects') ? has.filter((each) => wanted.some((other) => same(each, other))) : has
  merged.subjects = [...kept, ...wanted.filter((each) => !has.some((other) => same(each, other)))]
  return save(invocation, live, merged, dryRun)
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
