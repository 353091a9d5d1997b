/** Now, as objects say it. The scenarios run on the real clock: a real control plane has no other. */
export const rfc3339 = (): string => `${new Date().toISOString().slice(0, 19)}Z`
export const rfc3339Micro = (): string => new Date().toISOString().replace('Z', '000Z')
