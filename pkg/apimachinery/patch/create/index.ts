/** Making patches: from two documents, or from three as `kubectl apply` does (what was applied, what shall be, what is). */
export { createMergePatch, createThreeWayMergePatch } from './merge.ts'
export { createThreeWayStrategicPatch, createTwoWayStrategicPatch } from './strategic.ts'
