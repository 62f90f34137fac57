import { type CifarBatch, parseCifarPickle } from "./cifar-python.js"
import type { LabelledImages } from "./digits.js"
import { type DownloadOptions, datasetFile, localFiles, type RemoteFile } from "./download.js"
import { badFormat } from "./messages.js"
import { brightness, classNumbers, type ImageDatasetOptions } from "./mnist.js"
import { parseTar } from "./tar.js"

const archive = "cifar-10-binary.tar.gz"
const mirrors = ["https://www.cs.toronto.edu/~kriz"]
const md5 = "c32a1d4ab5d03f1284b67883e8d87530"
const classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]

/** A label, then a red, a green and a blue plane of 32 × 32 bytes. */
const planes = 3 * 32 * 32
const record = 1 + planes

/** The version for Python, which PyTorch downloads. */
const pythonVersion = {
  dataset: "cifar-10",
  folder: "cifar-10-batches-py",
  archive: "cifar-10-python.tar.gz",
  md5: "c58f30108f718f92721af3b95e74349a",
}

/**
 * CIFAR-10: 50,000 and 10,000 colour pictures in ten classes, 32 × 32 pixels from 0 to 1. Downloaded once (170 MB, the binary
 * version) and kept; the version for Python that PyTorch downloaded into the same `root` is taken as it is.
 *
 * Shape: images `[N, 3, 32, 32]`, labels int32 `[N]`.
 *
 * Errors: as `mnist`.
 *
 * Source: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images (2009).
 */
export async function cifar10({ train = true, ...options }: ImageDatasetOptions = {}): Promise<LabelledImages> {
  const call = "cifar10"
  const batches = pythonBatches(call, train, options) ?? (await binaryBatches(call, train, options))
  const faulty = batches.find(({ pixels, labels }) => pixels.length !== labels.length * planes)
  if (faulty !== undefined)
    throw badFormat(
      call,
      pythonVersion.folder,
      `Pictures take ${planes} bytes each; there are ${faulty.pixels.length} for ${faulty.labels.length} labels.`,
    )
  const labels = batches.flatMap((batch) => Array.from(batch.labels))
  const pixels = Buffer.concat(batches.map((batch) => batch.pixels))
  return { images: brightness(pixels, [labels.length, 3, 32, 32]), labels: classNumbers(labels), classes }
}

/** The files of the part that is wanted, in their order. */
function wantedFiles(files: ReadonlyMap<string, Uint8Array>, train: boolean, ending: string): [string, Uint8Array][] {
  const wanted = new RegExp(`(^|/)${train ? "data_batch_\\d+" : "test_batch"}${ending}$`)
  return [...files].filter(([name]) => wanted.test(name)).sort(([a], [b]) => (a < b ? -1 : 1))
}

async function binaryBatches(call: string, train: boolean, options: DownloadOptions): Promise<CifarBatch[]> {
  const remote: RemoteFile = { name: archive, ...(options.mirrors === undefined ? { md5 } : {}) }
  const files = parseTar(call, archive, await datasetFile(call, "cifar-10", remote, mirrors, options))
  const batches = wantedFiles(files, train, "[.]bin")
  if (batches.length === 0)
    throw badFormat(call, archive, `The archive has no ${train ? "data_batch_1.bin" : "test_batch.bin"}.`)
  return batches.map(([name, bytes]) => {
    if (bytes.length % record !== 0)
      throw badFormat(call, name, `Pictures take ${record} bytes each; ${bytes.length} is no multiple.`)
    const count = bytes.length / record
    const pixels = new Uint8Array(count * planes)
    for (let i = 0; i < count; i++) pixels.set(bytes.subarray(i * record + 1, (i + 1) * record), i * planes)
    return { pixels, labels: Array.from({ length: count }, (_, i) => bytes[i * record] as number) }
  })
}

/** The version for Python, unpacked or not, if it is there; it is not downloaded. */
function pythonBatches(call: string, train: boolean, options: DownloadOptions): CifarBatch[] | undefined {
  const files = localFiles(call, options, pythonVersion)
  const batches = files === undefined ? [] : wantedFiles(files, train, "")
  return batches.length === 0 ? undefined : batches.map(([name, bytes]) => parseCifarPickle(call, name, bytes))
}
