import { uninitialized } from "../tensor/allocate.js"
import type { Tensor } from "../tensor/tensor.js"
import type { LabelledImages } from "./digits.js"
import { type DownloadOptions, datasetFile, type RemoteFile } from "./download.js"
import { type IdxArray, parseIdx } from "./idx.js"
import { badFormat } from "./messages.js"

/** Options of the datasets of pictures. */
export interface ImageDatasetOptions extends DownloadOptions {
  /** The training part, or with false the test part. Default: true. */
  train?: boolean
}

/** A dataset in the files of MNIST. */
interface IdxDataset {
  readonly name: string
  /** Where PyTorch keeps the files, under its root. */
  readonly torchFolder: string
  readonly mirrors: readonly string[]
  /** The checksums of images and labels for training, then for testing. */
  readonly md5: readonly [string, string, string, string]
  readonly classes: readonly string[]
}

const mnistFiles: IdxDataset = {
  name: "mnist",
  torchFolder: "MNIST/raw",
  mirrors: ["https://ossci-datasets.s3.amazonaws.com/mnist", "https://storage.googleapis.com/cvdf-datasets/mnist"],
  md5: [
    "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "d53e105ee54ea40749a09fcbcd1e9432",
    "9fb629c4189551a2d022fa330f9573f3",
    "ec29112dd5afa0611ce80d1b7f02629c",
  ],
  classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
}

const fashionFiles: IdxDataset = {
  name: "fashion-mnist",
  torchFolder: "FashionMNIST/raw",
  mirrors: ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"],
  md5: [
    "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "25c81989df183df01b3e8a0aad5dffbe",
    "bef4ecab320f06d8554ea6380940ec79",
    "bb300cfdad3c16e7a12a480ee83cd310",
  ],
  classes: ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
}

/**
 * MNIST: 60,000 handwritten digits to train on and 10,000 to test with, 28 × 28 pixels from 0 to 1. Downloaded once (11 MB)
 * and kept; what PyTorch downloaded into the same `root` is taken as it is. `datasets.digits()` draws something like it with
 * no download.
 *
 * Shape: images `[N, 1, 28, 28]`, labels int32 `[N]`.
 *
 * Errors: no network and no files, with the folder where they belong; a file with another checksum.
 *
 * Source: Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits.
 */
export function mnist(options: ImageDatasetOptions = {}): Promise<LabelledImages> {
  return loadIdx("mnist", mnistFiles, options)
}

/**
 * Fashion-MNIST: 60,000 and 10,000 pictures of clothes in ten classes, 28 × 28 pixels from 0 to 1. Downloaded once (30 MB)
 * and kept.
 *
 * Shape: images `[N, 1, 28, 28]`, labels int32 `[N]`.
 *
 * Errors: as `mnist`.
 *
 * Source: H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST (2017).
 */
export function fashionMnist(options: ImageDatasetOptions = {}): Promise<LabelledImages> {
  return loadIdx("fashionMnist", fashionFiles, options)
}

async function loadIdx(
  call: string,
  { name, torchFolder, mirrors, md5, classes }: IdxDataset,
  { train = true, ...options }: ImageDatasetOptions,
): Promise<LabelledImages> {
  const part = train ? "train" : "t10k"
  const read = async (file: string, checksum: string | undefined): Promise<IdxArray> => {
    const remote: RemoteFile = {
      name: `${part}-${file}`,
      otherFolder: torchFolder,
      ...(checksum === undefined ? {} : { md5: checksum }),
    }
    return parseIdx(call, remote.name, await datasetFile(call, name, remote, mirrors, options))
  }
  // Another mirror may have files of one's own; only the authors' have the authors' checksums.
  const checksum = (i: number) => (options.mirrors === undefined ? md5[i + (train ? 0 : 2)] : undefined)
  const images = await read("images-idx3-ubyte.gz", checksum(0))
  const labels = await read("labels-idx1-ubyte.gz", checksum(1))
  const [count, height, width] = images.shape
  if (count === undefined || height === undefined || width === undefined || labels.shape.length !== 1)
    throw badFormat(call, name, "The pictures must have three dimensions and the labels one.")
  if (labels.shape[0] !== count)
    throw badFormat(call, name, `There are ${count} pictures and ${labels.shape[0]} labels.`)
  return { images: brightness(images.data, [count, 1, height, width]), labels: classNumbers(labels.data), classes }
}

/** Bytes as brightness from 0 to 1. */
export function brightness(bytes: Uint8Array, shape: readonly number[]): Tensor {
  const out = uninitialized(shape, "float32")
  const { data } = out.storage
  for (let i = 0; i < bytes.length; i++) data[i] = (bytes[i] as number) / 255
  return out
}

/** Bytes as class numbers. */
export function classNumbers(bytes: ArrayLike<number>): Tensor {
  const out = uninitialized([bytes.length], "int32")
  out.storage.data.set(bytes)
  return out
}
