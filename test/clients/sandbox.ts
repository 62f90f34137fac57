import { type ChildProcess, execFile, spawn } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import { python, pythonEnvironment, root } from "../requirements.js"

const execFileAsync = promisify(execFile)

/** The command line under test; CELLGRAD_CLI names another one, such as that of an installed package. */
const cli = process.env.CELLGRAD_CLI ?? join(root, "bin/cellgrad.js")

/** A Jupyter server that a test started. */
export interface Server {
  readonly url: string
  readonly token: string
  /** What it has written so far, for a failing test's message. */
  log(): string
}

/** Jupyter's folders in a temporary place, with our kernelspec installed there, so that a test touches nothing else. */
export class Sandbox {
  readonly folder: string = mkdtempSync(join(tmpdir(), "cellgrad-clients-"))
  /** Where the server's notebooks stand. */
  readonly work: string = join(this.folder, "work")
  readonly #servers: ChildProcess[] = []

  /** Makes the folders and installs the kernelspec with the product's own command. */
  static async create(): Promise<Sandbox> {
    const sandbox = new Sandbox()
    for (const name of ["work", "config", "data", "runtime", "ipython", "home"]) mkdirSync(join(sandbox.folder, name))
    await execFileAsync(process.execPath, [cli, "install", "--prefix", sandbox.folder], { cwd: sandbox.folder })
    return sandbox
  }

  /** The environment in which Jupyter sees this sandbox only. */
  get env(): NodeJS.ProcessEnv {
    return pythonEnvironment({
      HOME: join(this.folder, "home"),
      JUPYTER_PATH: join(this.folder, "share/jupyter"),
      JUPYTER_CONFIG_DIR: join(this.folder, "config"),
      JUPYTER_DATA_DIR: join(this.folder, "data"),
      JUPYTER_RUNTIME_DIR: join(this.folder, "runtime"),
      JUPYTER_PREFER_ENV_PATH: "0",
      IPYTHONDIR: join(this.folder, "ipython"),
      PYDEVD_DISABLE_FILE_VALIDATION: "1",
    })
  }

  /** Copies one of the repository's notebooks into the server's folder and returns its path there. */
  copyNotebook(name: string): string {
    const path = join(this.work, basename(name))
    copyFileSync(join(root, "notebooks", name), path)
    return path
  }

  /** Runs a Python script that stands beside the tests; resolves with what it printed as JSON on its last line. */
  async python<Result>(
    script: string,
    args: readonly string[],
    timeoutMs: number,
    env: Record<string, string> = {},
  ): Promise<Result> {
    const { stdout } = await execFileAsync(python, [join(root, "test/clients", script), ...args], {
      cwd: this.work,
      env: { ...this.env, ...env },
      timeout: timeoutMs,
      maxBuffer: 1 << 26,
    })
    return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Result
  }

  /** Starts `python -m jupyter_server`, or that of a front end, on loopback with a random port and token. */
  async startServer(
    module: "jupyter_server" | "jupyterlab" | "notebook" | "nbclassic",
    options: readonly string[] = [],
  ): Promise<Server> {
    const [port, token] = [await freePort(), crypto.randomUUID()]
    const config = join(this.folder, "config", "jupyter_server_config.json")
    writeFileSync(config, JSON.stringify({ IdentityProvider: { token } }))
    const child = spawn(
      python,
      [
        "-m",
        module,
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        `--ServerApp.port=${port}`,
        "--ServerApp.port_retries=0",
        `--ServerApp.root_dir=${this.work}`,
        "--ServerApp.terminals_enabled=False",
        ...options,
      ],
      { cwd: this.work, env: this.env, stdio: ["ignore", "pipe", "pipe"] },
    )
    this.#servers.push(child)
    let log = ""
    const keep = (chunk: string) => {
      log = (log + chunk).slice(-20_000)
    }
    child.stdout.setEncoding("utf8").on("data", keep)
    child.stderr.setEncoding("utf8").on("data", keep)
    const url = `http://127.0.0.1:${port}/`
    const server = { url, token, log: () => log }
    const until = Date.now() + 60_000
    while (Date.now() < until && child.exitCode === null) {
      const answer = await fetch(`${url}api/status?token=${token}`).catch(() => undefined)
      if (answer?.ok) return server
      await sleep(100)
    }
    throw new Error(`${module} did not start:\n${log}`)
  }

  /** Ends the servers, with their kernels, and removes the folder. */
  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map(async (server) => {
        if (server.exitCode !== null || server.signalCode !== null) return
        const exited = new Promise((resolve) => server.once("exit", resolve))
        server.kill("SIGTERM")
        const killing = setTimeout(() => server.kill("SIGKILL"), 10_000)
        await exited
        clearTimeout(killing)
      }),
    )
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }

  /** The installed kernelspec. */
  kernelSpec(): { argv: string[]; display_name: string; language: string; interrupt_mode: string } {
    return JSON.parse(readFileSync(join(this.folder, "share/jupyter/kernels/cellgrad/kernel.json"), "utf8"))
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === "string") throw new Error("no free port")
  return address.port
}
