/** Feature gates that a file may name: this kubelet has one behaviour each, upstream's default of 1.36, and says so when asked for another. */
import { featureGates, ofKubelet } from './gates.ts'

export { featureGates }

type Gates = Readonly<Record<string, boolean>>

/** What upstream refuses of any list of gates, in its words. */
export function featureErrors(gates: Gates): string[] {
  return Object.entries(gates).flatMap(([name, wanted]) => {
    const gate = featureGates.get(name)
    if (!gate) return [`unrecognized feature gate: ${name}`]
    return gate.isLocked && gate.isOn !== wanted ? [`cannot set feature gate ${name} to ${wanted}, feature is locked to ${gate.isOn}`] : []
  })
}

/** Those that would have this kubelet do what it does not. */
export function otherGates(gates: Gates): string[] {
  return Object.entries(gates).flatMap(([name, wanted]) => (ofKubelet.has(name) && featureGates.get(name)?.isOn !== wanted ? [name] : []))
}
