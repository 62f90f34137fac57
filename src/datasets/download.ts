import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { ReadError } from "../data/errors.js"
import { fetchBytes } from "../data/fetch-bytes.js"
import { cannotParse } from "../data/messages.js"
import { checksumDiffers, notDownloaded } from "./messages.js"
import { parseTar } from "./tar.js"

/** Where downloaded datasets are kept, and how they come there. */
export interface DownloadOptions {
  /** The folder for the files. Default: the environment variable `CELLGRAD_DATA`, else `~/.cache/cellgrad`. */
  root?: string
  /** Whether files that are not there are downloaded. Default: true. */
  download?: boolean
  /** Called while a file comes in; without it, a line is printed for each file. */
  onProgress?: (progress: { file: string; done: number; total: number | undefined }) => void
  /** Web addresses of folders with the files, in place of the usual ones. */
  mirrors?: readonly string[]
}

/** One file of a dataset. */
export interface RemoteFile {
  readonly name: string
  /** The MD5 checksum that the dataset's authors give; files that have another are not used. */
  readonly md5?: string
  /** Another folder under the root that may have the file: where PyTorch puts it. */
  readonly otherFolder?: string
}

/** The folder under which all datasets' folders stand. */
function dataRoot(root: string | undefined): string {
  return root ?? process.env.CELLGRAD_DATA ?? join(homedir(), ".cache", "cellgrad")
}

/**
 * The bytes of a file of a dataset: from its folder, or downloaded into it from the first mirror that has it.
 *
 * A file that somebody put there by hand may be unpacked already (the name without `.gz`); packed ones are unpacked. Where
 * PyTorch has downloaded it under the same root, it is taken from there.
 */
export async function datasetFile(
  call: string,
  dataset: string,
  file: RemoteFile,
  usualMirrors: readonly string[],
  { root, download = true, onProgress, mirrors = usualMirrors }: DownloadOptions,
): Promise<Uint8Array> {
  const folder = join(dataRoot(root), dataset)
  const path = join(folder, file.name)
  const others = file.otherFolder === undefined ? [] : [join(dataRoot(root), file.otherFolder, file.name)]
  for (const place of [path, ...others]) {
    const unpackedPath = place.replace(/\.gz$/, "")
    if (unpackedPath !== place && existsSync(unpackedPath)) return readFileSync(unpackedPath)
    if (existsSync(place)) return unpacked(call, place, checked(call, place, readFileSync(place), file))
  }
  const reasons: string[] = []
  for (const mirror of download ? mirrors : []) {
    const url = `${mirror.replace(/\/$/, "")}/${file.name}`
    if (onProgress === undefined) console.log(`${call}: downloading ${url} into ${folder}`)
    try {
      const bytes = await fetchBytes(call, url, {
        onProgress: (done, total) => onProgress?.({ file: file.name, done, total }),
      })
      checked(call, url, bytes, file)
      save(path, bytes)
      return unpacked(call, path, bytes)
    } catch (error) {
      if (!(error instanceof ReadError)) throw error
      reasons.push(`${url}: ${error.rule}`)
    }
  }
  throw notDownloaded(call, file.name, folder, reasons, mirrors)
}

/**
 * The files of an archive, or of the folder that it was unpacked into, where one of them stands under the root itself, where PyTorch
 * leaves them, or in the dataset's folder.
 */
export function localFiles(
  call: string,
  { root, mirrors }: DownloadOptions,
  wanted: { dataset: string; folder: string; archive: string; md5: string },
): Map<string, Uint8Array> | undefined {
  for (const base of [dataRoot(root), join(dataRoot(root), wanted.dataset)]) {
    const folder = join(base, wanted.folder)
    if (existsSync(folder)) return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]))
    const path = join(base, wanted.archive)
    if (!existsSync(path)) continue
    const file = { name: wanted.archive, ...(mirrors === undefined ? { md5: wanted.md5 } : {}) }
    return parseTar(call, wanted.archive, unpacked(call, path, checked(call, path, readFileSync(path), file)))
  }
  return undefined
}

function checked(call: string, place: string, bytes: Uint8Array, { md5 }: RemoteFile): Uint8Array {
  if (md5 === undefined) return bytes
  const found = createHash("md5").update(bytes).digest("hex")
  if (found !== md5) throw checksumDiffers(call, place, md5, found)
  return bytes
}

/** Written under another name first, so that a download that is cut off leaves no half file. */
function save(path: string, bytes: Uint8Array): void {
  mkdirSync(join(path, ".."), { recursive: true })
  const partial = `${path}.${process.pid}.part`
  writeFileSync(partial, bytes)
  renameSync(partial, path)
}

function unpacked(call: string, path: string, bytes: Uint8Array): Uint8Array {
  if (!path.endsWith(".gz")) return bytes
  try {
    return gunzipSync(bytes)
  } catch (error) {
    throw cannotParse(
      call,
      path,
      `The gzip data is broken: ${(error as Error).message}.`,
      "delete the file, and it is downloaded again.",
    )
  }
}
