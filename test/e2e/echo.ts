/**
 * Pods that say their name and whom they see, over TCP, UDP and SCTP, and questions to them from pods and from the host: for tests of
 * where packets go and under which address they come. SCTP is spoken by hand (INIT, INIT ACK), since few kernels have sockets for it.
 */
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import type { Pod } from '#api/gen/core/v1.ts'
import { imageNames } from '../images/index.ts'
import type { E2eCluster } from './cluster.ts'
import { execInPod } from './exec.ts'

/** Chunks of SCTP (RFC 9260) with their CRC-32C, and a raw socket that hears all of the machine's. */
const sctp = `
import json, os, random, socket, struct, sys, threading, time
def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff
def packet(source, target, tag, chunk_type, own_tag, cookie=b""):
    parameter = struct.pack(">HH", 7, 4 + len(cookie)) + cookie + b"\\0" * (-len(cookie) % 4) if cookie else b""
    length = 20 + (4 + len(cookie) if cookie else 0)
    chunk = struct.pack(">BBHIIHHI", chunk_type, 0, length, own_tag, 65536, 1, 1, own_tag) + parameter
    head = struct.pack(">HHI", source, target, tag)
    return head + struct.pack("<I", crc32c(head + bytes(4) + chunk)) + chunk
def parsed(data):
    data = data[(data[0] & 15) * 4:]
    source, target = struct.unpack(">HH", data[:4])
    chunk_type, _, length, tag = struct.unpack(">BBHI", data[12:20])
    cookie = data[36:12 + length] if length > 20 else b""
    return source, target, chunk_type, tag, cookie
`

const server = `${sctp}
name = socket.gethostname()
said = lambda source: (name + " " + source).encode()
def udp():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("0.0.0.0", 8080))
    while True:
        _, source = s.recvfrom(1000)
        s.sendto(said(source[0]), source)
def raw():
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 132)
    while True:
        data, (source, _) = s.recvfrom(2000)
        port, target, chunk_type, tag, _ = parsed(data)
        if target == 8080 and chunk_type == 1:
            s.sendto(packet(8080, port, tag, 2, 77, said(source)), (source, 0))
for each in (udp, raw):
    threading.Thread(target=each, daemon=True).start()
import signal
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("0.0.0.0", 8080))
s.listen(100)
while True:
    connection, source = s.accept()
    try:
        connection.sendall(said(source[0]))
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    connection.close()
`

const client = `${sctp}
def tcp(address, port, patience):
    s = socket.create_connection((address, port), patience)
    data = b""
    while True:
        more = s.recv(1000)
        if not more:
            return data
        data += more
def udp(address, port, patience):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(0.5)
    s.connect((address, port))
    until = time.time() + patience
    while time.time() < until:
        s.send(b"?")
        try:
            return s.recv(1000)
        except TimeoutError:
            pass
    raise TimeoutError()
def sctp(address, port, patience):
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 132)
    own, tag = random.randrange(20000, 30000), random.randrange(1, 1 << 32)
    until = time.time() + patience
    while time.time() < until:
        s.sendto(packet(own, port, 0, 1, tag), (address, 0))
        again = time.time() + 0.5
        while time.time() < again:
            s.settimeout(max(0.01, again - time.time()))
            try:
                source, target, chunk_type, _, cookie = parsed(s.recv(2000))
                if target == own and chunk_type == 2:
                    return cookie
            except TimeoutError:
                break
    raise TimeoutError()
def ask(index, protocol, address, port, patience):
    try:
        answers[index] = {"tcp": tcp, "udp": udp, "sctp": sctp}[protocol](socket.gethostbyname(address), port, patience).decode()
    except ConnectionRefusedError:
        answers[index] = "refused"
    except TimeoutError:
        answers[index] = "silence"
    except Exception as error:
        answers[index] = repr(error)
questions = json.loads(sys.argv[1])
answers = [None] * len(questions)
threads = [threading.Thread(target=ask, args=(index, *each)) for index, each in enumerate(questions)]
for each in threads: each.start()
for each in threads: each.join()
print(json.dumps(answers))
`

/** One socket that asks over and over, and keeps the last answer in /tmp/last until the file /tmp/end is there. */
const longUdpClient = `
import os, socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(0.2)
s.connect((sys.argv[1], int(sys.argv[2])))
while not os.path.exists("/tmp/end"):
    try:
        s.send(b"?")
        heard = s.recv(1000).decode()
    except OSError as error:
        heard = repr(error)
    with open("/tmp/last.new", "w") as file:
        file.write(heard)
    os.rename("/tmp/last.new", "/tmp/last")
    time.sleep(0.05)
`

export type Protocol = 'tcp' | 'udp' | 'sctp'

export interface Question {
  readonly to: string
  readonly port: number
  readonly protocol?: Protocol
  /** Nobody is expected to answer: less is waited for that. */
  readonly silent?: boolean
}

/** A pod "NAME" with the labels app=echo and name=NAME, ready when it listens. */
export function echoPod(name: string, nodeName: string, more: object = {}, labels: Readonly<Record<string, string>> = { app: 'echo' }) {
  const ports = (['TCP', 'UDP', 'SCTP'] as const).map((protocol) => ({ name: `echo-${protocol.toLowerCase()}`, containerPort: 8080, protocol }))
  return {
    metadata: { name, namespace: 'default', labels: { ...labels, name } },
    spec: {
      nodeName,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'echo',
          image: imageNames.tools,
          command: ['python3', '-c', server],
          ports,
          readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
        },
      ],
      ...more,
    },
  }
}

/** What was answered to each question: "NAME SOURCE", "refused", "silence", or another error. They are asked at once. */
export async function askFromPod(cluster: E2eCluster, pod: Pod, questions: readonly Question[]): Promise<string[]> {
  const asked = questions.map(({ to, port, protocol = 'tcp', silent = false }) => [protocol, to, port, silent ? 2 : 15])
  const { stdout, stderr } = await execInPod(cluster, pod, ['python3', '-c', client, JSON.stringify(asked)])
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout) as string[]
}

/** The same from the host, over TCP and UDP. */
export function askFromHost({ to, port, protocol = 'tcp', silent = false }: Question): Promise<string> {
  const patienceMs = silent ? 2_000 : 15_000
  return protocol === 'udp' ? askUdp(to, port, patienceMs) : askTcp(to, port, patienceMs)
}

function askTcp(host: string, port: number, patienceMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    let heard = ''
    const end = (answer: string) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => end('silence'), patienceMs)
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString()
    })
    socket.on('end', () => end(heard))
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? 'refused' : String(error.code)))
  })
}

function askUdp(host: string, port: number, patienceMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    const end = (answer: string) => {
      clearInterval(again)
      clearTimeout(timer)
      socket.close()
      resolve(answer)
    }
    const send = () => socket.send('?', (error) => error && end((error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? 'refused' : String(error)))
    const timer = setTimeout(() => end('silence'), patienceMs)
    const again = setInterval(send, 500)
    socket.on('message', (message) => end(message.toString()))
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? 'refused' : String(error.code)))
    socket.connect(port, host, send)
  })
}

/** A client that keeps to one UDP socket in a pod; `last` is what it heard last. */
export function startLongUdpClient(cluster: E2eCluster, pod: Pod, to: string, port: number): { last(): Promise<string>; stop(): Promise<void> } {
  const running = execInPod(cluster, pod, ['sh', '-c', 'rm -f /tmp/end /tmp/last; (python3 -c "$0" "$@" >/dev/null 2>&1 &)', longUdpClient, to, String(port)])
  return {
    async last() {
      await running
      return (await execInPod(cluster, pod, ['cat', '/tmp/last'])).stdout
    },
    async stop() {
      await execInPod(cluster, pod, ['touch', '/tmp/end'])
    },
  }
}
