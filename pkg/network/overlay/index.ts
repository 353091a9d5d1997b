export { type PodNetwork, type PodNetworkOptions, startPodNetwork } from './start-pod-network.ts'
