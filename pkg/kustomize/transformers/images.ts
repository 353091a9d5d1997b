/** `images:`: names, tags and digests of images, wherever containers stand (kustomize's ImageTagTransformer). */
import { isObject } from '#apimachinery/json-value.ts'
import { slotOf, type Slot, visitFields } from '../field-spec.ts'
import type { ResourceSet } from '../resource-set.ts'
import type { FieldSpec, ImageEntry } from '../types.ts'

export function setImage(set: ResourceSet, image: ImageEntry, specs: readonly FieldSpec[]): void {
  const matches = matcherOf(image.name)
  const put = (slot: Slot): void => {
    const value = slot.get()
    if (typeof value === 'string' && matches(value)) slot.set(changed(value, image))
  }
  for (const resource of set.list) {
    if (resource.object.kind === 'CustomResourceDefinition') continue
    inContainers(resource.object, put)
    for (const spec of specs) visitFields(resource, spec, 'none', put)
  }
}

/** Also in kinds that nobody has told of: whatever is called containers is looked into. */
function inContainers(value: unknown, put: (slot: Slot) => void): void {
  if (Array.isArray(value)) for (const each of value) inContainers(each, put)
  if (!isObject(value)) return
  for (const [key, inner] of Object.entries(value)) {
    inContainers(inner, put)
    if ((key !== 'containers' && key !== 'initContainers') || !Array.isArray(inner)) continue
    for (const container of inner) if (isObject(container) && container.image !== undefined) put(slotOf(container, 'image'))
  }
}

/** The entry's name is a regular expression, as upstream takes it; one that cannot be read matches nothing. */
function matcherOf(name: string): (image: string) => boolean {
  try {
    const pattern = new RegExp(`^${name}(:[a-zA-Z0-9_.{}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?$`)
    return (image) => pattern.test(image)
  } catch {
    return () => false
  }
}

function changed(image: string, { newName, newTag, digest: newDigest, tagSuffix }: ImageEntry): string {
  let { name, tag, digest } = splitImage(image)
  if (newName) name = newName
  if (newTag && newDigest) [tag, digest] = [String(newTag), newDigest]
  else if (newTag) [tag, digest] = [String(newTag), '']
  else if (newDigest) [tag, digest] = ['', newDigest]
  else if (tagSuffix) [tag, digest] = [tag + tagSuffix, '']
  return `${name}${tag ? `:${tag}` : ''}${digest ? `@${digest}` : ''}`
}

/** "host:5000/app:1@sha256:…" in its parts; the colon of a host's port is none of a tag. */
export function splitImage(image: string): { name: string; tag: string; digest: string } {
  const from = Math.max(image.indexOf('/'), 0)
  const at = image.indexOf('@', from)
  const colon = image.indexOf(':', from)
  const digest = at < 0 ? '' : image.slice(at + 1)
  if (at >= 0 && (colon < 0 || at < colon)) return { name: image.slice(0, at), tag: '', digest }
  if (colon < 0) return { name: image, tag: '', digest: '' }
  return { name: image.slice(0, colon), tag: image.slice(colon + 1, at < 0 ? undefined : at), digest }
}
