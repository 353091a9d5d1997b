/** Admission by policies in CEL. In: a write. Out: the write as policies changed it, or their refusal. Upstream: plugin/policy. */
import type { ReadAccess } from '../../cached-reader.ts'
import type { Authorizer } from '../../types.ts'
import type { Kinds } from '../kinds.ts'
import type { Matcher } from '../rules.ts'

export interface PolicyContext extends ReadAccess {
  readonly authorizer: Authorizer
  readonly matcher: Matcher
  readonly kinds: Kinds
}

export { mutatingAdmissionPolicy } from './mutating.ts'
export { validatingAdmissionPolicy } from './validating.ts'
