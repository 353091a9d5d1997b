/** Writes a file that only the kubelet may read, whole or not at all, whenever the process stops. Its directory must be there. */
import { renameSync, writeFileSync } from 'node:fs'

export function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
