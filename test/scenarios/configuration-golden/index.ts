import { admission } from './admission.ts'
import { audit } from './audit.ts'
import { authentication } from './authentication.ts'
import { authorization } from './authorization.ts'
import { encryption } from './encryption.ts'
import type { ConfigurationCase } from './types.ts'

/** Every list, by name. */
export const lists: Readonly<Record<string, readonly ConfigurationCase[]>> = { admission, authentication, authorization, audit, encryption }
