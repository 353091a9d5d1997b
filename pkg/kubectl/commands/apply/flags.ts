/** Flags of apply that have to do with what it deletes. */
import type { FlagSpec } from '../../flags/types.ts'

export const deletionFlags: readonly FlagSpec[] = [
  { name: 'cascade', type: 'string', default: 'background', bare: 'background', usage: 'Must be "background", "orphan", or "foreground"' },
  { name: 'force', type: 'bool', default: 'false', usage: 'Immediately remove resources from the API' },
  { name: 'grace-period', type: 'int', default: '-1', usage: 'Seconds given to the resource to terminate gracefully; negative: its own' },
  { name: 'timeout', type: 'duration', default: '0s', usage: 'How long to wait before giving up on a delete' },
  { name: 'wait', type: 'bool', default: 'false', usage: 'Wait for resources to be gone' },
]

export const pruneFlags: readonly FlagSpec[] = [
  ...deletionFlags,
  { name: 'all', type: 'bool', default: 'false', usage: 'Select all resources in the namespace of the specified resource types' },
  { name: 'prune', type: 'bool', default: 'false', usage: 'Delete objects that were applied before and are not in the files' },
  { name: 'prune-allowlist', type: 'stringArray', usage: 'Kinds to prune, as GROUP/VERSION/KIND' },
  { name: 'applyset', type: 'string', gate: 'KUBECTL_APPLYSET', usage: 'The object that tracks the set of applied objects, as [RESOURCE][.GROUP]/NAME' },
]
