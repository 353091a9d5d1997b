/** pluginregistration v1, as a table: how a plugin says what it is. */
import { buildServices } from '../cri/definition.ts'

export const registrationServices = buildServices({
  package: 'pluginregistration',
  messages: {
    InfoRequest: '',
    PluginInfo: 'type:string=1 name:string=2 endpoint:string=3 supported_versions:string[]=4',
    RegistrationStatus: 'plugin_registered:bool=1 error:string=2',
    RegistrationStatusResponse: '',
  },
  services: {
    Registration: { GetInfo: ['InfoRequest', 'PluginInfo'], NotifyRegistrationStatus: ['RegistrationStatus', 'RegistrationStatusResponse'] },
  },
})

export interface PluginInfo {
  /** "CSIPlugin", "DevicePlugin", "DRAPlugin". */
  readonly type: string
  readonly name: string
  /** Where its own service listens; empty: at the socket of its registration. */
  readonly endpoint: string
  readonly supported_versions: readonly string[]
}
