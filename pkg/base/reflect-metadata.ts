/**
 * The few functions of the Reflect metadata proposal that `@peculiar/x509`'s container asks for when it loads.
 * The full polyfill is no dependency of ours; import this before that library.
 */
type Key = string | symbol | undefined
type Target = object

interface MetadataReflect {
  defineMetadata?: (name: unknown, value: unknown, target: Target, key?: Key) => void
  getOwnMetadata?: (name: unknown, target: Target, key?: Key) => unknown
  getMetadata?: (name: unknown, target: Target, key?: Key) => unknown
  hasMetadata?: (name: unknown, target: Target, key?: Key) => boolean
  metadata?: (name: unknown, value: unknown) => (target: Target, key?: Key) => void
}

const stored = new WeakMap<Target, Map<Key, Map<unknown, unknown>>>()

function own(name: unknown, target: Target, key?: Key): unknown {
  return stored.get(target)?.get(key)?.get(name)
}

function inherited(name: unknown, target: Target, key?: Key): unknown {
  for (let at: Target | null = target; at; at = Object.getPrototypeOf(at) as Target | null) {
    const found = own(name, at, key)
    if (found !== undefined) return found
  }
  return undefined
}

function define(name: unknown, value: unknown, target: Target, key?: Key): void {
  const ofTarget = stored.get(target) ?? new Map<Key, Map<unknown, unknown>>()
  const ofKey = ofTarget.get(key) ?? new Map<unknown, unknown>()
  stored.set(target, ofTarget.set(key, ofKey.set(name, value)))
}

const reflect = Reflect as unknown as MetadataReflect
reflect.defineMetadata ??= define
reflect.getOwnMetadata ??= own
reflect.getMetadata ??= inherited
reflect.hasMetadata ??= (name, target, key) => inherited(name, target, key) !== undefined
reflect.metadata ??= (name, value) => (target, key) => define(name, value, target, key)
