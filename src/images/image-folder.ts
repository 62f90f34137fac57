import { readdirSync } from "node:fs"
import { join } from "node:path"
import type { Dataset } from "../data/dataset.js"
import { cannotOpen, noSuchSample } from "../data/messages.js"
import { tensor } from "../ops/creation.js"
import type { Tensor } from "../tensor/tensor.js"
import { type DecodeOptions, readImage } from "./codec.js"
import { noPictures } from "./messages.js"
import type { Transform } from "./transforms.js"

/** Options of `ImageFolder`. */
export interface ImageFolderOptions extends DecodeOptions {
  /** What each picture is put through, such as a resize to one size. */
  transform?: Transform
}

/**
 * The pictures in the folders of a folder: each folder is a class, in alphabetical order.
 *
 * ```
 * pets/cat/1.png  pets/cat/2.jpg  pets/dog/1.png
 * ```
 *
 * They are read when they are asked for, so a loader over them is gone through with `for await`, which reads ahead.
 *
 * Shape: of a sample, the picture `[channels, height, width]` from 0 to 1, and its class, an int32 scalar.
 *
 * Errors: no such folder; a folder without folders of pictures.
 *
 * @example
 * const pets = new ImageFolder("pets", { channels: "rgb", transform: transforms.resize([64, 64]) })
 * for await (const [x, y] of new DataLoader(pets, { batchSize: 16, shuffle: true })) model(x)
 */
export class ImageFolder implements Dataset<Promise<readonly [image: Tensor, label: Tensor]>> {
  /** The names of the classes: class `i` is `classes[i]`. */
  readonly classes: readonly string[]
  /** The path and the class of each picture. */
  readonly samples: readonly { readonly path: string; readonly label: number }[]
  readonly #options: ImageFolderOptions

  constructor(
    /** The folder. */
    readonly root: string,
    options: ImageFolderOptions = {},
  ) {
    let folders: string[]
    try {
      folders = readdirSync(root, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .sort()
    } catch (error) {
      throw cannotOpen("ImageFolder", root, error)
    }
    const pictures = (folder: string) =>
      readdirSync(join(root, folder))
        .filter((name) => /\.(png|jpe?g)$/i.test(name))
        .sort()
    this.classes = folders.filter((folder) => pictures(folder).length > 0)
    this.samples = this.classes.flatMap((folder, label) =>
      pictures(folder).map((name) => ({ path: join(root, folder, name), label })),
    )
    if (this.samples.length === 0) throw noPictures(root)
    this.#options = options
  }

  get length(): number {
    return this.samples.length
  }

  async at(index: number): Promise<readonly [image: Tensor, label: Tensor]> {
    const sample = this.samples[index]
    if (sample === undefined) throw noSuchSample("at", index, this.length)
    const { transform = (image: Tensor) => image, ...decoding } = this.#options
    const image = await readImage(sample.path, decoding)
    return [transform(image), tensor(sample.label, { dtype: "int32" })]
  }

  toString(): string {
    return `ImageFolder(${this.length} pictures, ${this.classes.length} classes)`
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}
