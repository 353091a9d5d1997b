/** Patches: each takes a document and gives a new one. */
export { applyJsonPatch, isFailedTest, type JsonPatchOperation, MAX_OPERATIONS } from './json-patch.ts'
export { applyMergePatch } from './merge-patch.ts'
export { applyStrategicMergePatch } from './strategic/index.ts'
