/** --cluster-signing-*: the files of the authorities that sign, of all signers or of each of its own. */
import type { KnownFlag } from './known.ts'

type Texts = Readonly<Record<KnownFlag, string>>

/** `called`: as upstream's messages name them. */
export const signers = [
  { flag: 'cluster-signing-kubelet-serving', signer: 'kubernetes.io/kubelet-serving', called: 'cluster-signing-kubelet-serving' },
  { flag: 'cluster-signing-kubelet-client', signer: 'kubernetes.io/kube-apiserver-client-kubelet', called: 'cluster-signing-kube-apiserver-client' },
  { flag: 'cluster-signing-kube-apiserver-client', signer: 'kubernetes.io/kube-apiserver-client', called: 'cluster-signing-kube-apiserver' },
  { flag: 'cluster-signing-legacy-unknown', signer: 'kubernetes.io/legacy-unknown', called: 'cluster-signing-legacy-unknown' },
] as const

export interface SigningFiles {
  readonly certificate: string
  readonly key: string
}

export function signingPair(flags: Texts, flag: (typeof signers)[number]['flag'] | 'cluster-signing'): SigningFiles {
  return { certificate: flags[`${flag}-cert-file`], key: flags[`${flag}-key-file`] }
}

/** By signer its files, or those of all; undefined: the cluster's authority signs for all of them. Where any has its own, those without do not sign. */
export function signingFiles(flags: Texts): SigningFiles | Readonly<Record<string, SigningFiles>> | undefined {
  const single = signingPair(flags, 'cluster-signing')
  if (single.certificate !== '') return single
  const own = signers.map(({ flag, signer }) => [signer, signingPair(flags, flag)] as const).filter(([, { certificate }]) => certificate !== '')
  return own.length === 0 ? undefined : Object.fromEntries(own)
}
