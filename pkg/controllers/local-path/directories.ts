/** Directories on nodes, made and removed by the node's kubelet, which is asked through the API server. */
import { StatusError } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'

export interface LocalDirectories {
  /** Answers the directory's path on the node; the same directory when it is there already. */
  create(nodeName: string, volumeName: string): Promise<string>
  remove(nodeName: string, volumeName: string): Promise<void>
}

export function kubeletDirectories(client: Client): LocalDirectories {
  async function ask(method: string, nodeName: string, volumeName: string): Promise<string> {
    const path = `/api/v1/nodes/${encodeURIComponent(nodeName)}/proxy/localVolumes/${encodeURIComponent(volumeName)}`
    const response = await client.request({ method, path })
    const text = await response.text()
    if (response.status < 300) return text
    throw new StatusError({ code: response.status, reason: '', message: messageIn(text) || `the kubelet of ${nodeName} answered ${response.status}` })
  }
  return {
    create: async (nodeName, volumeName) => JSON.parse(await ask('POST', nodeName, volumeName)).path,
    remove: async (nodeName, volumeName) => void (await ask('DELETE', nodeName, volumeName)),
  }
}

/** A Status from the API server, or plain text from the kubelet. */
function messageIn(text: string): string {
  try {
    return JSON.parse(text).message ?? text
  } catch {
    return text
  }
}
