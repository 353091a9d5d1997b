/** Debian packages that the end-to-end tests want beside the cluster's own. */
import { installRequirements } from '#cluster/host/requirements.ts'

await installRequirements((text) => process.stderr.write(`  … ${text}\n`))
