import { randomUUID } from "node:crypto"
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"

/** The channels between a kernel and its clients. */
export const channels = ["shell", "iopub", "stdin", "control", "hb"] as const
export type Channel = (typeof channels)[number]

/** Where a kernel listens and how its messages are signed: the connection file, checked. */
export interface Connection {
  readonly transport: "tcp" | "ipc"
  readonly ip: string
  readonly ports: Readonly<Record<Channel, number>>
  /** Empty for unsigned messages. */
  readonly key: string
  readonly kernelName: string
}

/** A connection file that cannot be used; the message is one line that says why. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError"
}

/** Reads and checks a connection file. */
export function readConnection(path: string): Connection {
  let text: string
  try {
    text = readFileSync(path, "utf8")
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    throw new ConnectionError(
      code === "ENOENT" ? `connection file ${path} does not exist` : `cannot read connection file ${path}: ${code}`,
    )
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new ConnectionError(`connection file ${path} is not JSON: ${(error as Error).message}`)
  }
  return checkConnection(json, path)
}

/** The connection that the JSON of a connection file describes. */
export function checkConnection(json: unknown, path = "(given)"): Connection {
  const wrong = (what: string) => new ConnectionError(`connection file ${path}: ${what}`)
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw wrong("not a JSON object")
  const file = json as Record<string, unknown>
  const { transport = "tcp", ip = "127.0.0.1", key = "", signature_scheme: scheme = "hmac-sha256" } = file
  if (transport !== "tcp" && transport !== "ipc")
    throw wrong(`transport must be "tcp" or "ipc", not ${show(transport)}`)
  if (typeof ip !== "string" || ip === "") throw wrong(`ip must be a string, not ${show(ip)}`)
  if (transport === "tcp" && !isLoopback(ip)) {
    throw wrong(`ip ${ip} is not a loopback address; cellgrad listens on this machine only`)
  }
  if (typeof key !== "string") throw wrong(`key must be a string, not ${show(key)}`)
  if (key !== "" && scheme !== "hmac-sha256") throw wrong(`signature_scheme must be "hmac-sha256", not ${show(scheme)}`)
  const port = (channel: Channel): number => {
    const value = file[`${channel}_port`]
    if (typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65536) return value
    throw wrong(`${channel}_port must be a port number, not ${show(value)}`)
  }
  const ports = {
    shell: port("shell"),
    iopub: port("iopub"),
    stdin: port("stdin"),
    control: port("control"),
    hb: port("hb"),
  }
  const kernelName = typeof file.kernel_name === "string" ? file.kernel_name : ""
  return { transport, ip, ports, key, kernelName }
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? "nothing"
}

function isLoopback(ip: string): boolean {
  return ip === "localhost" || ip === "::1" || /^127\.\d+\.\d+\.\d+$/.test(ip)
}

/** The endpoint of one channel, for `bind` and `connect`. */
export function endpointOf({ transport, ip, ports }: Connection, channel: Channel): string {
  if (transport === "ipc") return `ipc://${ip}-${ports[channel]}`
  return `tcp://${ip.includes(":") ? `[${ip}]` : ip}:${ports[channel]}`
}

/** A new connection on free ports of this machine, with a random key. */
export async function createConnection(kernelName = "cellgrad"): Promise<Connection> {
  // All five are held at once, so that they differ.
  const servers = await Promise.all(channels.map(() => listenAnywhere()))
  const [shell = 0, iopub = 0, stdin = 0, control = 0, hb = 0] = await Promise.all(servers.map(release))
  return {
    transport: "tcp",
    ip: "127.0.0.1",
    ports: { shell, iopub, stdin, control, hb },
    key: randomUUID(),
    kernelName,
  }
}

function listenAnywhere(): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen({ host: "127.0.0.1", port: 0 }, () => resolve(server))
  })
}

function release(server: ReturnType<typeof createServer>): Promise<number> {
  const address = server.address()
  const port = address !== null && typeof address === "object" ? address.port : 0
  return new Promise((resolve) => server.close(() => resolve(port)))
}

/** Writes a connection file that only its owner can read: it holds the key. */
export function writeConnection(path: string, connection: Connection): void {
  const { transport, ip, ports, key, kernelName } = connection
  const file = {
    shell_port: ports.shell,
    iopub_port: ports.iopub,
    stdin_port: ports.stdin,
    control_port: ports.control,
    hb_port: ports.hb,
    ip,
    key,
    transport,
    signature_scheme: "hmac-sha256",
    kernel_name: kernelName,
  }
  const descriptor = openSync(path, "wx", 0o600)
  try {
    writeFileSync(descriptor, `${JSON.stringify(file, null, 2)}\n`)
  } finally {
    closeSync(descriptor)
  }
}
