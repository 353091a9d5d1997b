/** Contracts of what seals values at rest, and the choice among several by how a value begins (upstream: storage/value's prefix transformers). */

export interface Opened {
  readonly plain: Uint8Array
  /** It should be sealed anew: with another key, or by another provider. */
  readonly isStale: boolean
}

/** What it seals is bound to `name`, the object's key in the store, where the algorithm can. */
export interface Provider {
  seal(name: string, plain: Uint8Array): Uint8Array
  /** Throws an Error. */
  open(name: string, sealed: Buffer): Opened
  /** Whether something must be asked for before the value can be opened. */
  needs?(sealed: Buffer): boolean
  /** Asks for it. Throws an Error. */
  prepare?(sealed: Buffer): Promise<void>
}

export interface PrefixedProvider extends Provider {
  /** What sealed values begin with; "": those that are not sealed. */
  readonly prefix: string
}

/** The first seals. What it has not sealed is opened by whichever has, and stale. */
export function firstOf(providers: readonly PrefixedProvider[], noneMatches: string): Provider {
  const fitting = providers.map((provider) => ({ provider, prefix: Buffer.from(provider.prefix) }))
  const rest = ({ prefix }: (typeof fitting)[number], sealed: Buffer): Buffer | undefined =>
    sealed.subarray(0, prefix.length).equals(prefix) ? sealed.subarray(prefix.length) : undefined
  const [first] = fitting
  if (!first) throw new Error(noneMatches)
  return {
    seal: (name, plain) => Buffer.concat([first.prefix, first.provider.seal(name, plain)]),
    open(name, sealed) {
      const errors: string[] = []
      for (const [index, each] of fitting.entries()) {
        const inner = rest(each, sealed)
        if (!inner) continue
        try {
          const { plain, isStale } = each.provider.open(name, inner)
          return { plain, isStale: isStale || index > 0 }
        } catch (error) {
          // Two may have keys of one name: a later one may still have the right one.
          if (each.prefix.length > 0) errors.push((error as Error).message)
        }
      }
      throw new Error(errors.length > 1 ? `[${errors.join(', ')}]` : (errors[0] ?? noneMatches))
    },
    needs: (sealed) => fitting.some((each) => each.provider.needs?.(rest(each, sealed) ?? nothing) === true),
    async prepare(sealed) {
      for (const each of fitting) {
        const inner = rest(each, sealed)
        if (inner && each.provider.needs?.(inner)) await each.provider.prepare?.(inner)
      }
    },
  }
}

const nothing = Buffer.alloc(0)
const reserved = Buffer.from('k8s:enc:')

/** Values as they are; what somebody has sealed is not for it. */
export const identity: PrefixedProvider = {
  prefix: '',
  seal: (_, plain) => plain,
  open(_, sealed) {
    if (sealed.subarray(0, reserved.length).equals(reserved)) throw new Error('identity transformer tried to read encrypted data')
    return { plain: sealed, isStale: false }
  },
}
