/** Plugins of Helm: folders with a plugin.yaml (internal/plugin). */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileError } from '../output/file-error.ts'
import { parsePlugin, type Plugin } from './metadata.ts'

const maxFileBytes = 1 << 20

/** Throws when the folder holds no plugin that can be used; `shown` is how the user named the folder. */
export function loadPlugin(dir: string, shown = dir): Plugin {
  const text = readText(join(dir, 'plugin.yaml'), join(shown, 'plugin.yaml'))
  try {
    return parsePlugin(text, dir)
  } catch (error) {
    throw new Error(`failed to load plugin ${JSON.stringify(shown)}: ${(error as Error).message}`, { cause: error })
  }
}

function readText(file: string, shown: string): string {
  try {
    if (statSync(file).size > maxFileBytes) throw new Error(`it is larger than ${maxFileBytes} bytes`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`failed to read plugin at ${JSON.stringify(shown)}: ${fileError(error, 'open', shown).message}`, { cause: error })
  }
}

/** Of a plugin that cannot be used: its file, and why. */
export type Broken = (file: string, why: string) => void

/** Those of HELM_PLUGINS, by folder; a broken one is told of and left out. */
export function findPlugins(places: string, broken: Broken = () => {}): Plugin[] {
  const found: Plugin[] = []
  for (const place of places.split(delimiter)) {
    if (place === '' || !existsSync(place)) continue
    for (const entry of readdirSync(place).sort()) {
      const dir = join(place, entry)
      if (!existsSync(join(dir, 'plugin.yaml'))) continue
      try {
        found.push(loadPlugin(dir))
      } catch (error) {
        broken(join(dir, 'plugin.yaml'), (error as Error).message)
      }
    }
  }
  return found
}
