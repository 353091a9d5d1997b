import type { Downloaded } from '../repository/download.ts'
import type { Invocation } from '../types.ts'
export async function pullChart(_invocation: Invocation, _url: string, _version: string, _proof: boolean): Promise<Downloaded> {
  throw new Error('this is not supported by this helm yet')
}
