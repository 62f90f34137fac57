import { spawnSync } from "node:child_process"
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** The process's own stdout and stderr, led to us: the ends of the pipes to read from, and where they led before. */
export interface CapturedDescriptors {
  readonly stdout: number
  readonly stderr: number
  /** For what the kernel says outside of any notebook; undefined where that cannot be had. */
  readonly log: number | undefined
}

/**
 * Puts pipes in the place of the file descriptors 1 and 2, so that what child processes and native code write there
 * appears in the notebook. Node cannot make pipes nor duplicate descriptors, but a named pipe that is opened just after
 * descriptor 1 was closed gets its number. To be called while no other thread of the process opens files. Undefined where
 * there are no named pipes (Windows).
 */
export function captureDescriptors(): CapturedDescriptors | undefined {
  if (process.platform === "win32") return undefined
  const folder = mkdtempSync(join(tmpdir(), "cellgrad-output-"))
  try {
    const paths = [join(folder, "stdout"), join(folder, "stderr")] as const
    if (spawnSync("mkfifo", ["-m", "600", ...paths]).status !== 0) return undefined
    const [stdout, stderr] = paths.map((path) => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK))
    if (stdout === undefined || stderr === undefined) return undefined
    const log = reopen(2)
    replace(1, paths[0])
    replace(2, paths[1])
    return { stdout, stderr, log }
  } catch {
    return undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A second descriptor of what this one leads to; undefined when it cannot be had, as of a socket. */
function reopen(descriptor: number): number | undefined {
  try {
    return openSync(`/dev/fd/${descriptor}`, "a")
  } catch {
    return undefined
  }
}

function replace(descriptor: 1 | 2, path: string): void {
  closeSync(descriptor)
  const opened = openSync(path, "w")
  // Descriptor 0 was closed and took its place: the process was started with no stdin at all.
  if (opened !== descriptor) openSync(path, "w")
}
