/** Events about pods and their containers, through the client's recorder. */
import type { EventRecorder as ClientRecorder } from '#client/events.ts'
import type { EventRecorder } from './types.ts'

export function apiEventRecorder(recorder: ClientRecorder): EventRecorder {
  return {
    event(about, type, reason, message, fieldPath, annotations) {
      const { apiVersion = 'v1', kind = 'Pod', metadata } = about
      const { name, namespace, uid, resourceVersion } = metadata
      recorder.event(
        {
          kind,
          apiVersion,
          name,
          ...(namespace ? { namespace } : {}),
          uid,
          ...(resourceVersion ? { resourceVersion } : {}),
          ...(fieldPath ? { fieldPath } : {}),
        },
        type,
        reason,
        message,
        annotations && { ...annotations },
      )
    },
  }
}
