export { createDrain, type DrainOptions } from './drain.ts'
export { proxyTable } from './base-rules.ts'
export { compile } from './compile.ts'
export { type ProxyOptions, type ServiceProxy, startProxy } from './start-proxy.ts'
