import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import {
  ConnectionError,
  checkConnection,
  createConnection,
  endpointOf,
  readConnection,
  writeConnection,
} from "../../kernel/connection.js"

const folder = mkdtempSync(join(tmpdir(), "cellgrad-connection-"))
afterAll(() => rmSync(folder, { recursive: true }))

const file = {
  shell_port: 1,
  iopub_port: 2,
  stdin_port: 3,
  control_port: 4,
  hb_port: 5,
  ip: "127.0.0.1",
  key: "secret",
  transport: "tcp",
  signature_scheme: "hmac-sha256",
  kernel_name: "cellgrad",
}

function messageOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    expect(error).toBeInstanceOf(ConnectionError)
    return (error as Error).message
  }
  return "no error"
}

describe("connection files", () => {
  test("what is written is what is read, and only its owner can read it", async () => {
    const connection = await createConnection()
    const path = join(folder, "kernel-1.json")
    writeConnection(path, connection)
    expect(readConnection(path)).toEqual(connection)
    if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(new Set(Object.values(connection.ports)).size).toBe(5)
  })

  test("endpoints are those of Jupyter for tcp, IPv6 and ipc", () => {
    expect(endpointOf(checkConnection(file), "hb")).toBe("tcp://127.0.0.1:5")
    expect(endpointOf(checkConnection({ ...file, ip: "::1" }), "shell")).toBe("tcp://[::1]:1")
    expect(endpointOf(checkConnection({ ...file, transport: "ipc", ip: "/tmp/k" }), "iopub")).toBe("ipc:///tmp/k-2")
  })

  test.each([
    [{ transport: "udp" }, 'transport must be "tcp" or "ipc", not "udp"'],
    [{ ip: "0.0.0.0" }, "ip 0.0.0.0 is not a loopback address; cellgrad listens on this machine only"],
    [{ key: 5 }, "key must be a string, not 5"],
    [{ signature_scheme: "hmac-md5" }, 'signature_scheme must be "hmac-sha256", not "hmac-md5"'],
    [{ hb_port: "5" }, 'hb_port must be a port number, not "5"'],
    [{ shell_port: 70000 }, "shell_port must be a port number, not 70000"],
    [{ iopub_port: undefined }, "iopub_port must be a port number, not nothing"],
  ])("%o is refused", (fault, message) => {
    expect(messageOf(() => checkConnection({ ...file, ...fault }, "x.json"))).toBe(`connection file x.json: ${message}`)
  })

  test("a missing file, a folder and a broken file each say so in one line", () => {
    const missing = join(folder, "missing.json")
    expect(messageOf(() => readConnection(missing))).toBe(`connection file ${missing} does not exist`)
    expect(messageOf(() => readConnection(folder))).toBe(`cannot read connection file ${folder}: EISDIR`)
    const broken = join(folder, "broken.json")
    writeFileSync(broken, '{"ip": ')
    expect(messageOf(() => readConnection(broken))).toMatch(/^connection file .* is not JSON: [^\n]*$/)
    writeFileSync(broken, "[]")
    expect(messageOf(() => readConnection(broken))).toBe(`connection file ${broken}: not a JSON object`)
  })
})
