/** The files of --ca-file, --cert-file and --key-file, which Helm reads before anything else, whether a server is asked or not. */
import { CommandError, type Invocation } from '../types.ts'

/** Throws in Helm's words for files that are not there, or hold something else. */
export async function checkTlsFlags({ flags, session }: Invocation): Promise<void> {
  const [caFile = '', certFile = '', keyFile = ''] = ['ca-file', 'cert-file', 'key-file'].map((name) => flags.string(name))
  if (caFile === '' && certFile === '' && keyFile === '') return
  const { tlsOptions } = await import('../repository/tls-files.ts')
  try {
    tlsOptions({ caFile, certFile, keyFile, insecureSkipTlsVerify: flags.bool('insecure-skip-tls-verify'), cwd: session.cwd })
  } catch (error) {
    throw new CommandError(`missing registry client: ${(error as Error).message}`)
  }
}
