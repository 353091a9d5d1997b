/** Ownership through one change: structured-merge-diff's Updater. */
import { equalJson } from '../../json-value.ts'
import { compare, type Comparison } from './compare.ts'
import { type Conflict, conflictError, conflictsOf } from './conflicts.ts'
import { emptySet, type FieldSet } from './field-set.ts'
import { fieldsOf, withNamedFields } from './fields-of.ts'
import { type Manager, managerKey, type Managers, withSet } from './managers.ts'
import { merge } from './merge.ts'
import type { MergeType } from './merge-type.ts'
import { reconcile } from './reconcile.ts'
import { removePaths } from './remove.ts'
import { StatusError } from '../../status-error.ts'
import { together, validateApplied } from './validate.ts'

export type Identity = Pick<Manager, 'name' | 'operation' | 'apiVersion' | 'subresource'>

/** An API version that managers may have written in: how an object of the request's version looks in it, and back. */
export interface OtherVersion {
  readonly type: MergeType
  readonly to: (object: unknown) => unknown
  readonly from: (object: unknown) => unknown
}

/** Undefined: there is no such version (any more), and who wrote in it owns nothing. */
export type Versions = (apiVersion: string) => OtherVersion | undefined

/** Of a set, the fields that a write through this door can make anyone's. */
export type Kept = (set: FieldSet) => FieldSet

/** What one change is: the objects before and after, in the version that the request speaks. */
interface Change {
  readonly type: MergeType
  readonly apiVersion: string
  readonly versions: Versions | undefined
}

const unchanged = (object: unknown): unknown => object

/** Without `versions`, all versions are taken for alike. */
function versionOf({ type, apiVersion, versions }: Change, wanted: string): OtherVersion | undefined {
  if (versions === undefined || wanted === apiVersion) return { type, to: unchanged, from: unchanged }
  return versions(wanted)
}

/** What changed, and the managers with it: others lose what this change took from them, each in the version it wrote in. */
function settle(how: Change, before: unknown, after: unknown, managers: Managers, self: string, kept: Kept, force: boolean): Comparison {
  const changes = new Map<string, Comparison | undefined>()
  const changeIn = (apiVersion: string): Comparison | undefined => {
    if (changes.has(apiVersion)) return changes.get(apiVersion)
    const version = versionOf(how, apiVersion)
    const change = version && only(compare(version.type, converted(version, before, 'old object'), converted(version, after, 'new object')), kept)
    changes.set(apiVersion, change)
    return change
  }
  const conflicts: Conflict[] = []
  for (const [key, manager] of [...managers]) {
    if (key === self) continue
    const change = changeIn(manager.apiVersion)
    if (change === undefined) {
      managers.delete(key)
      continue
    }
    const lost = manager.set.intersection(change.modified.union(change.added))
    if (!force && !lost.isEmpty) conflicts.push(...conflictsOf(manager, lost))
    const left = manager.set.difference(lost).difference(change.removed)
    setOrDelete(managers, key, left === manager.set ? manager : withSet(manager, left))
  }
  if (conflicts.length > 0) throw conflictError(conflicts)
  return changeIn(how.apiVersion)!
}

/** Throws where the object is none of that version: what a version takes that has no schema, another may not. */
function converted(version: OtherVersion, object: unknown, what: string): unknown {
  if (version.to === unchanged) return object
  const other = version.to(object)
  const errors = validateApplied(version.type, other, [], true)
  if (errors.length > 0) throw new StatusError({ code: 500, reason: '', message: `failed to convert ${what}: ${together(errors)}` })
  return other
}

function only(change: Comparison, kept: Kept): Comparison {
  return { added: kept(change.added), removed: kept(change.removed), modified: kept(change.modified) }
}

function setOrDelete(managers: Managers, key: string, manager: Manager): void {
  if (manager.set.isEmpty) managers.delete(key)
  else managers.set(key, manager)
}

/** Types change under their version: what a manager owns is put into the terms of its type as it is. */
function reconcileAll(how: Change, managers: Managers): void {
  for (const [key, manager] of managers) {
    const version = versionOf(how, manager.apiVersion)
    const set = version && reconcile(version.type, manager.set)
    if (set && set !== manager.set) managers.set(key, withSet(manager, set))
  }
}

/** An update, by whatever verb: its manager comes to own what it changed. Returns whether it owns anything new. */
export function recordUpdate(
  type: MergeType,
  before: unknown,
  after: unknown,
  managers: Managers,
  identity: Identity,
  options: { kept: Kept; strip: FieldSet; time: string; versions?: Versions | undefined },
): void {
  const key = managerKey(identity)
  // Fields already owned do not count as the change's own; a change of nothing leaves the entry and its time alone.
  const how: Change = { type, apiVersion: identity.apiVersion, versions: options.versions }
  reconcileAll(how, managers)
  const change = settle(how, before, after, managers, '', options.kept, true)
  const gained = options.kept(change.modified.union(change.added)).difference(options.strip)
  if (gained.isEmpty) return
  const previous = managers.get(key)
  managers.set(key, { ...identity, time: options.time, set: previous === undefined ? gained : gained.union(previous.set) })
}

export interface AppliedResult {
  /** Undefined when nothing changes. */
  readonly object: unknown
}

/** An apply: merges, takes away what its manager no longer applies and no one else owns, finds conflicts. */
export function recordApply(
  type: MergeType,
  live: unknown,
  applied: unknown,
  managers: Managers,
  identity: Identity,
  options: { kept: Kept; strip: FieldSet; force: boolean; versions?: Versions | undefined },
): AppliedResult {
  const key = managerKey(identity)
  const how: Change = { type, apiVersion: identity.apiVersion, versions: options.versions }
  reconcileAll(how, managers)
  const last = managers.get(key)
  const merged = merge(type, live, applied)
  const set = options.kept(fieldsOf(type, applied))
  const self: Manager = { ...identity, time: last?.time, set }
  managers.set(key, self)
  const pruned = prune(how, merged, managers, last)
  settle(how, live, pruned, managers, key, options.kept, options.force)
  setOrDelete(managers, key, { ...self, set: set.difference(options.strip) })
  return { object: equalJson(live, pruned) ? undefined : pruned }
}

/** Removes what was applied before, is not now, and belongs to no one else; in the version it was applied in. */
function prune(how: Change, merged: unknown, managers: Managers, last: Manager | undefined): unknown {
  if (last === undefined || last.set.isEmpty) return merged
  const lastVersion = versionOf(how, last.apiVersion)
  if (lastVersion === undefined) return merged
  const { type } = lastVersion
  const whole = pruning(() => converted(lastVersion, merged, 'merged object to last applied version'))
  let pruned = removePaths(type, whole, withNamedFields(last.set, type, whole))
  // Back comes what others own, each in its own version …
  const owned = new Map<string, FieldSet>()
  for (const { apiVersion, set } of managers.values()) owned.set(apiVersion, set.union(owned.get(apiVersion) ?? emptySet))
  const others = [...owned].sort(([a], [b]) => Number(b === last.apiVersion) - Number(a === last.apiVersion))
  for (const [apiVersion, set] of others) pruned = addBackOwned(how, apiVersion, lastVersion, whole, pruned, set)
  // … and what only fell with a parent that no one owned.
  const named = (each: FieldSet): FieldSet => withNamedFields(each, type, whole)
  const fallen = named(fieldsOf(type, whole))
    .difference(named(fieldsOf(type, pruned)))
    .intersection(named(last.set))
  return lastVersion.from(removePaths(type, whole, fallen))
}

function pruning<T>(act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    throw new StatusError({ code: 500, reason: '', message: `failed to prune fields: ${error.message}` })
  }
}

function addBackOwned(how: Change, apiVersion: string, lastVersion: OtherVersion, whole: unknown, pruned: unknown, owned: FieldSet): unknown {
  const version = versionOf(how, apiVersion)
  if (version === undefined) return pruned
  const same = version.type === lastVersion.type
  const across = (object: unknown): unknown => (same ? object : version.to(lastVersion.from(object)))
  const [there, left] = [across(whole), across(pruned)]
  const named = (set: FieldSet): FieldSet => withNamedFields(set, version.type, there)
  const kept = removePaths(version.type, there, named(fieldsOf(version.type, there)).difference(named(fieldsOf(version.type, left)).union(named(owned))))
  return same ? kept : lastVersion.to(version.from(kept))
}
