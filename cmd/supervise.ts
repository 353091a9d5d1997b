/** The supervisor's program. */
import { loadConfig } from '#cluster/config.ts'
import { superviseHere } from '#cluster/supervise.ts'
import { UsageError } from '#cluster/usage-error.ts'

export async function run(options: Readonly<Record<string, string>>): Promise<void> {
  const config = await loadConfig(options['data-dir'] ?? '')
  if (!config) throw new UsageError(`there is no cluster in ${options['data-dir']}`)
  await superviseHere(config)
  process.exit(0)
}
