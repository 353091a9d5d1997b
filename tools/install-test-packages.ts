/** Debian packages that the scenarios and end-to-end tests want beside the cluster's own. */
import { installRequirements, requirements } from '#cluster/host/requirements.ts'

const etcd = { debianPackage: 'etcd-server', proof: ['etcd'], optional: true }
const registry = { debianPackage: 'docker-registry', proof: ['docker-registry'], optional: true }

await installRequirements((text) => process.stderr.write(`  … ${text}\n`), [...requirements, etcd, registry])
