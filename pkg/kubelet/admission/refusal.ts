/** Everything for which a node refuses a pod, in upstream's order: sysctls, AppArmor, then what `admit` looks at. */
import { type AdmitInput, admit, type Rejection } from './admit.ts'
import { missingAppArmor } from './app-armor.ts'
import { forbiddenSysctl } from './sysctls.ts'

export interface RefusalInput extends AdmitInput {
  /** The configuration's allowedUnsafeSysctls. */
  readonly allowedSysctls: readonly string[]
  /** Whether the host has AppArmor; absent: as this one says. */
  readonly hasAppArmor?: () => boolean
}

/** Undefined when the pod may run. */
export function refusal({ allowedSysctls, hasAppArmor, ...input }: RefusalInput): Rejection | undefined {
  return forbiddenSysctl(input.pod, allowedSysctls) ?? missingAppArmor(input.pod, hasAppArmor) ?? admit(input)
}
