/** The text under which a release is stored: JSON, packed with gzip, in base 64 (the Secret adds base 64 of its own). */
import { gunzipSync, gzipSync } from 'node:zlib'
import { releaseFrom, releaseJson } from '../release/encode.ts'
import type { Release } from '../release/release.ts'
import { systemLabels } from './types.ts'

/** A Secret holds a megabyte; what unpacks to more than this was not packed by Helm. */
const maxUnpackedBytes = 64 << 20

export function encodeRelease(release: Release): string {
  return gzipSync(releaseJson(release), { level: 9 }).toString('base64')
}

/** Throws when the text holds no release. */
export function decodeRelease(text: string, labels: Record<string, string> = {}): Release {
  const bytes = Buffer.from(text, 'base64')
  // Releases of long ago were not packed.
  const packed = bytes.length > 3 && bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8
  return releaseFrom((packed ? gunzipSync(bytes, { maxOutputLength: maxUnpackedBytes }) : bytes).toString('utf8'), labels)
}

export const ownLabels = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => !systemLabels.includes(key)))
