/** What this program is, and the Kubernetes whose API it speaks. */
export const k8tsVersion = '0.1.0'
export const kubernetesVersion = 'v1.36.0'
/** As `kubectl version` shows it. */
export const gitVersion = `${kubernetesVersion}+k8ts`
