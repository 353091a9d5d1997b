export { loadBalancerRange } from './range.ts'
export { type Announcer, type AnnouncerOptions, startAnnouncer } from './start-announcer.ts'
