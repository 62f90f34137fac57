import { spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { join, resolve } from "node:path"
import type { CheckMode } from "./check-mode.js"
import { kernelArgv, packageRoot } from "./package.js"

/** Where `cellgrad install` puts the kernelspec, and under what name. */
export interface InstallOptions {
  /** The environment that Python runs in: a virtual or a conda environment. */
  readonly sysPrefix?: boolean
  /** Below this folder: `DIR/share/jupyter/kernels`. */
  readonly prefix?: string
  readonly name?: string
  readonly displayName?: string
  /** What type errors do to cells; the environment decides unless given. */
  readonly check?: CheckMode | undefined
}

/** An installation that cannot be made; the message is one line that says why. */
export class InstallError extends Error {
  override readonly name = "InstallError"
}

export const defaultName = "cellgrad"
export const defaultDisplayName = "TypeScript (Cellgrad)"

const logos = ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]

/** The contents of kernel.json. */
export function kernelSpec({ displayName = defaultDisplayName, check }: InstallOptions = {}): object {
  const argv = kernelArgv()
  return {
    argv: check === undefined ? argv : [...argv.slice(0, -1), "--check", check, ...argv.slice(-1)],
    display_name: displayName,
    language: "typescript",
    interrupt_mode: "message",
    metadata: { debugger: false },
  }
}

/** Writes the kernelspec with its logos, so that Jupyter offers the kernel; returns the folder. */
export function installKernel(options: InstallOptions = {}): string {
  const folder = specFolder(options)
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, "kernel.json"), `${JSON.stringify(kernelSpec(options), null, 2)}\n`)
    for (const logo of logos) copyFileSync(join(packageRoot(), "assets", "kernelspec", logo), join(folder, logo))
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    throw new InstallError(`cannot write ${path ?? folder}: ${code ?? (error as Error).message}`)
  }
  return folder
}

/** Removes the kernelspec; returns the folder. */
export function uninstallKernel(options: InstallOptions = {}): string {
  const folder = specFolder(options)
  if (!isFile(join(folder, "kernel.json"))) throw new InstallError(`no kernel is installed at ${folder}`)
  try {
    for (const file of ["kernel.json", ...logos]) rmSync(join(folder, file), { force: true })
    // Only our own files go; a folder that holds others stays.
    if (readdirSync(folder).length === 0) rmdirSync(folder)
  } catch (error) {
    throw new InstallError(`cannot remove ${folder}: ${(error as NodeJS.ErrnoException).code}`)
  }
  return folder
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

/** The folder of the kernelspec. */
export function specFolder({ sysPrefix = false, prefix, name = defaultName }: InstallOptions): string {
  if (!/^[A-Za-z0-9._-]+$/.test(name) || /^\.+$/.test(name)) {
    throw new InstallError(`"${name}" is no kernel name: letters, digits, ".", "_" and "-" are allowed`)
  }
  if (sysPrefix && prefix !== undefined) throw new InstallError("--sys-prefix and --prefix exclude each other")
  const root =
    prefix !== undefined
      ? join(resolve(prefix), "share", "jupyter")
      : sysPrefix
        ? join(pythonPrefix(), "share", "jupyter")
        : userDataFolder()
  return join(root, "kernels", name.toLowerCase())
}

/** Jupyter's data folder of the user, by platform. */
export function userDataFolder(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR
  if (platform === "darwin") return join(homedir(), "Library", "Jupyter")
  if (platform === "win32") return join(env.APPDATA ?? join(homedir(), "AppData", "Roaming"), "jupyter")
  return join(env.XDG_DATA_HOME || join(homedir(), ".local", "share"), "jupyter")
}

/** The prefix of the Python on the path, which is the one whose Jupyter looks there. */
function pythonPrefix(env: NodeJS.ProcessEnv = process.env): string {
  const known = env.VIRTUAL_ENV || env.CONDA_PREFIX
  if (known) return known
  for (const python of ["python3", "python"]) {
    const { status, stdout } = spawnSync(python, ["-c", "import sys; print(sys.prefix)"], { encoding: "utf8" })
    if (status === 0 && stdout.trim() !== "") return stdout.trim()
  }
  throw new InstallError("--sys-prefix needs a Python on the path, or an active virtual environment; try --prefix DIR")
}
