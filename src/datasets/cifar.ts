import type { LabelledImages } from "./digits.js"
import { datasetFile, type RemoteFile } from "./download.js"
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

/**
 * CIFAR-10: 50,000 and 10,000 colour pictures in ten classes, 32 × 32 pixels from 0 to 1. Downloaded once (170 MB, the binary
 * version) and kept.
 *
 * Shape: images `[N, 3, 32, 32]`, labels int32 `[N]`.
 *
 * Errors: as `mnist`.
 *
 * Source: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images (2009).
 */
export async function cifar10({ train = true, ...options }: ImageDatasetOptions = {}): Promise<LabelledImages> {
  const call = "cifar10"
  const remote: RemoteFile = { name: archive, ...(options.mirrors === undefined ? { md5 } : {}) }
  const files = parseTar(call, archive, await datasetFile(call, "cifar-10", remote, mirrors, options))
  const wanted = train ? /(^|\/)data_batch_\d+\.bin$/ : /(^|\/)test_batch\.bin$/
  const batches = [...files].filter(([name]) => wanted.test(name)).sort(([a], [b]) => (a < b ? -1 : 1))
  if (batches.length === 0)
    throw badFormat(call, archive, `The archive has no ${train ? "data_batch_1.bin" : "test_batch.bin"}.`)
  const faulty = batches.find(([, bytes]) => bytes.length % record !== 0)
  if (faulty)
    throw badFormat(call, faulty[0], `Pictures take ${record} bytes each; ${faulty[1].length} is no multiple.`)
  const all = Buffer.concat(batches.map(([, bytes]) => bytes))
  const count = all.length / record
  const pixels = new Uint8Array(count * planes)
  const labels = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    labels[i] = all[i * record] as number
    pixels.set(all.subarray(i * record + 1, (i + 1) * record), i * planes)
  }
  return { images: brightness(pixels, [count, 3, 32, 32]), labels: classNumbers(labels), classes }
}
