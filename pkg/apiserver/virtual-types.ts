/** Contract of the resources that are answered and never stored: reviews, TokenRequest. */
import type { UserInfo } from './types.ts'

export interface VirtualContext {
  readonly user: UserInfo
  /** The request's namespace, or "". */
  readonly namespace: string
  /** The parent's name for a subresource (serviceaccounts/NAME/token), or "". */
  readonly name: string
}

/** Answers the decoded object of a POST; throws StatusError. */
export type VirtualHandler = (object: any, context: VirtualContext) => Promise<object>

/** By "group/resource", for subresources "group/resource/subresource": "authentication.k8s.io/tokenreviews", "/serviceaccounts/token". */
export type VirtualHandlers = Readonly<Record<string, VirtualHandler>>
