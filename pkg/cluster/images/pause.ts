/**
 * The pod sandbox image, made here so that nothing is pulled from anywhere: a static ELF of a few hundred
 * bytes that blocks SIGINT, SIGTERM and SIGCHLD, waits for one of them, reaps children and ends on the
 * first two. It stands for upstream's registry.k8s.io/pause.
 */
import type { ImageSpec } from './oci-archive.ts'
import { hostArchitecture } from './oci-archive.ts'

export const pauseImageName = 'k8ts.local/pause:1'

export function pauseImage(architecture = hostArchitecture()): ImageSpec {
  return {
    names: [pauseImageName],
    architecture,
    entrypoint: ['/pause'],
    layers: [[{ path: 'pause', mode: 0o755, content: pauseExecutable(architecture) }]],
  }
}

/** The executable's bytes: one ELF header, one loadable segment, the code. */
export function pauseExecutable(architecture: 'amd64' | 'arm64'): Uint8Array {
  const code = architecture === 'amd64' ? amd64() : arm64()
  const base = 0x400000
  const headerSize = 64 + 56
  const elf = Buffer.alloc(headerSize + code.length)
  elf.write('\x7fELF', 'latin1')
  elf.set([2, 1, 1], 4) // 64-bit, little endian, version 1
  elf.writeUInt16LE(2, 16) // executable
  elf.writeUInt16LE(architecture === 'amd64' ? 62 : 183, 18)
  elf.writeUInt32LE(1, 20)
  elf.writeBigUInt64LE(BigInt(base + headerSize), 24) // entry
  elf.writeBigUInt64LE(64n, 32) // program headers follow
  elf.writeUInt16LE(64, 52)
  elf.writeUInt16LE(56, 54)
  elf.writeUInt16LE(1, 56)
  elf.writeUInt32LE(1, 64) // PT_LOAD
  elf.writeUInt32LE(5, 68) // readable, executable
  elf.writeBigUInt64LE(BigInt(base), 80)
  elf.writeBigUInt64LE(BigInt(base), 88)
  elf.writeBigUInt64LE(BigInt(elf.length), 96)
  elf.writeBigUInt64LE(BigInt(elf.length), 104)
  elf.writeBigUInt64LE(0x1000n, 112)
  elf.set(code, headerSize)
  return elf
}

/** Signal set {INT 2, TERM 15, CHLD 17} as the kernel's bit mask. */
const signalMask = 0x14002

function amd64(): Uint8Array {
  const maskBytes = [signalMask & 0xff, (signalMask >> 8) & 0xff, (signalMask >> 16) & 0xff, 0]
  const block = [
    ...[0x68, ...maskBytes], // push mask
    ...[0x31, 0xff, 0x48, 0x89, 0xe6, 0x31, 0xd2], // edi = SIG_BLOCK; rsi = rsp; edx = 0
    ...[0x41, 0xba, 8, 0, 0, 0, 0xb8, 14, 0, 0, 0, 0x0f, 0x05], // r10d = 8; rt_sigprocmask
  ]
  const wait = [
    ...[0x48, 0x89, 0xe7, 0x31, 0xf6, 0x31, 0xd2], // rdi = rsp; esi = edx = 0
    ...[0x41, 0xba, 8, 0, 0, 0, 0xb8, 128, 0, 0, 0, 0x0f, 0x05], // rt_sigtimedwait
  ]
  const reap = [
    ...[0x48, 0xc7, 0xc7, 0xff, 0xff, 0xff, 0xff, 0x31, 0xf6], // rdi = -1; esi = 0
    ...[0xba, 1, 0, 0, 0, 0x45, 0x31, 0xd2, 0xb8, 61, 0, 0, 0, 0x0f, 0x05], // WNOHANG; wait4
    ...[0x85, 0xc0], // test eax, eax
  ]
  const exit = [0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05]
  // cmp eax,15; je exit; cmp eax,2; je exit (each compare and jump is 5 bytes, each short jump 2)
  const afterReap = reap.length + 2 + 2
  const compare = [0x83, 0xf8, 15, 0x74, 5 + afterReap, 0x83, 0xf8, 2, 0x74, afterReap]
  const jumpToReap = [0x7f, -(reap.length + 2) & 0xff]
  const jumpToWait = [0xeb, -(wait.length + compare.length + afterReap) & 0xff]
  return Uint8Array.from([...block, ...wait, ...compare, ...reap, ...jumpToReap, ...jumpToWait, ...exit])
}

function arm64(): Uint8Array {
  const move = (register: number, value: number): number => (0xd2800000 | (value << 5) | register) >>> 0
  const branchIf = (condition: 'eq' | 'gt', words: number): number => (0x54000000 | ((words & 0x7ffff) << 5) | (condition === 'eq' ? 0 : 12)) >>> 0
  const branch = (words: number): number => (0x14000000 | (words & 0x3ffffff)) >>> 0
  const call = 0xd4000001
  const x1IsStack = 0x910003e1
  const x0IsStack = 0x910003e0
  const block = [0xd10043ff, move(0, signalMask & 0xffff), 0xf2a00020, 0xf90003e0, move(0, 0), x1IsStack, move(2, 0), move(3, 8), move(8, 135), call]
  const wait = [x0IsStack, move(1, 0), move(2, 0), move(3, 8), move(8, 137), call]
  const reap = [0x92800000, move(1, 0), move(2, 1), move(3, 0), move(8, 260), call, 0x7100001f]
  const exit = [move(0, 0), move(8, 93), call]
  const compare = [0x71003c1f, branchIf('eq', 3 + reap.length + 2), 0x7100081f, branchIf('eq', 1 + reap.length + 2)]
  const words = [...block, ...wait, ...compare, ...reap, branchIf('gt', -reap.length), branch(-(wait.length + compare.length + reap.length + 1)), ...exit]
  const bytes = Buffer.alloc(words.length * 4)
  words.forEach((word, position) => {
    bytes.writeUInt32LE(word, position * 4)
  })
  return bytes
}
