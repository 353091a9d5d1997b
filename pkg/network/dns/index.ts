export { type DnsOptions, type DnsServer, startDns } from './start-dns.ts'
