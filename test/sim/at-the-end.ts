/** What must be so when trouble has been over for a while, whatever the scenario: deletions have ended, and nobody is left behind. */
import assert from 'node:assert/strict'
import { keyOf } from '#apimachinery/object.ts'
import type { View } from './history.ts'

/** Longer than any grace period, finalizer and retry that the scenarios have. */
const deletionMs = 30_000

export function checkTheEnd(view: View, nowMs: number): void {
  for (const [of, object] of view.everything()) {
    const { deletionTimestamp, finalizers = [], ownerReferences = [] } = object.metadata
    const since = deletionTimestamp ? nowMs - Date.parse(deletionTimestamp) : 0
    assert.ok(since <= deletionMs, `${of.plural} ${keyOf(object)} is being deleted for ${since / 1000} s, held by [${finalizers}]`)
    const controller = ownerReferences.find((owner) => owner.controller)
    if (!controller || deletionTimestamp || !view.isWatched(controller.kind)) continue
    assert.ok(view.byUid(controller.uid), `${of.plural} ${keyOf(object)} outlives its ${controller.kind} ${controller.name}`)
  }
}
