/** Ownership through one change: structured-merge-diff's Updater. */
import { equalJson } from '../../json-value.ts'
import { compare, type Comparison } from './compare.ts'
import { type Conflict, conflictError, conflictsOf } from './conflicts.ts'
import { emptySet, type FieldSet } from './field-set.ts'
import { fieldsOf, withNamedFields } from './fields-of.ts'
import { type Manager, managerKey, type Managers, withSet } from './managers.ts'
import { merge } from './merge.ts'
import type { MergeType } from './merge-type.ts'
import { removePaths } from './remove.ts'

export type Identity = Pick<Manager, 'name' | 'operation' | 'apiVersion' | 'subresource'>

/** What changed, and the managers with it: others lose what this change took from them. */
function settle(type: MergeType, before: unknown, after: unknown, managers: Managers, self: string, reset: FieldSet, force: boolean): Comparison {
  const whole = compare(type, before, after)
  const change: Comparison = {
    added: whole.added.withoutBelow(reset),
    removed: whole.removed.withoutBelow(reset),
    modified: whole.modified.withoutBelow(reset),
  }
  const taken = change.modified.union(change.added)
  const conflicts: Conflict[] = []
  for (const [key, manager] of [...managers]) {
    if (key === self) continue
    const lost = manager.set.intersection(taken)
    if (!force && !lost.isEmpty) conflicts.push(...conflictsOf(manager, lost))
    const left = manager.set.difference(lost).difference(change.removed)
    setOrDelete(managers, key, left === manager.set ? manager : withSet(manager, left))
  }
  if (conflicts.length > 0) throw conflictError(conflicts)
  return change
}

function setOrDelete(managers: Managers, key: string, manager: Manager): void {
  if (manager.set.isEmpty) managers.delete(key)
  else managers.set(key, manager)
}

/** An update, by whatever verb: its manager comes to own what it changed. Returns whether it owns anything new. */
export function recordUpdate(
  type: MergeType,
  before: unknown,
  after: unknown,
  managers: Managers,
  identity: Identity,
  options: { reset: FieldSet; strip: FieldSet; time: string },
): void {
  const key = managerKey(identity)
  // Fields already owned do not count as the change's own; a change of nothing leaves the entry and its time alone.
  const change = settle(type, before, after, managers, '', options.reset, true)
  const gained = change.modified.union(change.added).withoutBelow(options.reset).difference(options.strip)
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
  options: { reset: FieldSet; strip: FieldSet; force: boolean },
): AppliedResult {
  const key = managerKey(identity)
  const last = managers.get(key)
  const merged = merge(type, live, applied)
  const set = fieldsOf(type, applied).withoutBelow(options.reset)
  const self: Manager = { ...identity, time: last?.time, set }
  managers.set(key, self)
  const pruned = prune(type, merged, managers, last)
  settle(type, live, pruned, managers, key, options.reset, options.force)
  setOrDelete(managers, key, { ...self, set: set.difference(options.strip) })
  return { object: equalJson(live, pruned) ? undefined : pruned }
}

/** Removes what was applied before, is not now, and belongs to no one else. */
function prune(type: MergeType, merged: unknown, managers: Managers, last: Manager | undefined): unknown {
  if (last === undefined || last.set.isEmpty) return merged
  const named = (set: FieldSet): FieldSet => withNamedFields(set, type, merged)
  const owned = named([...managers.values()].reduce((all, { set }) => all.union(set), emptySet))
  const all = named(fieldsOf(type, merged))
  let pruned = removePaths(type, merged, named(last.set))
  // Back comes what others own …
  pruned = removePaths(type, merged, all.difference(named(fieldsOf(type, pruned)).union(owned)))
  // … and what only fell with a parent that no one owned.
  return removePaths(type, merged, all.difference(named(fieldsOf(type, pruned))).intersection(named(last.set)))
}
