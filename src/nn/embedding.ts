import { noGrad } from "../autograd/mode.js"
import { uninitialized } from "../tensor/allocate.js"
import { notATensor, wrongRank } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import * as F from "./functional/embedding.js"
import { normal_ } from "./init.js"
import { checkSize } from "./linear.js"
import { Module } from "./module.js"
import { Parameter } from "./parameter.js"

/** Options of `Embedding`; those of `F.embedding`. */
export interface EmbeddingLayerOptions extends F.EmbeddingOptions {}

/** Options of `fromPretrained`. */
export interface PretrainedOptions extends F.EmbeddingOptions {
  /** Whether the table is left as it is instead of being learned. Default: true. */
  freeze?: boolean
}

/** What `Embedding` and `EmbeddingBag` share: the table, and how its rows are treated. */
abstract class Table extends Module {
  readonly weight: Parameter
  readonly paddingIdx: number | null
  readonly maxNorm: number | null
  readonly normType: number
  readonly scaleGradByFreq: boolean

  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
    { paddingIdx = null, maxNorm = null, normType = 2, scaleGradByFreq = false }: F.EmbeddingOptions = {},
  ) {
    super()
    const name = this.constructor.name
    checkSize(name, "numEmbeddings", numEmbeddings)
    checkSize(name, "embeddingDim", embeddingDim)
    this.paddingIdx = F.checkPadding(name, paddingIdx, numEmbeddings)
    this.maxNorm = maxNorm
    this.normType = normType
    this.scaleGradByFreq = scaleGradByFreq
    this.weight = new Parameter(uninitialized([numEmbeddings, embeddingDim], "float32"))
    this.resetParameters()
  }

  /** Draws the table anew from a normal distribution; the row of the padding is 0. */
  resetParameters(): void {
    normal_(this.weight)
    const { paddingIdx } = this
    if (paddingIdx !== null) noGrad(() => this.weight.detach().select(0, paddingIdx).zero_())
  }

  override extraRepr(): string {
    const padding = this.paddingIdx === null ? "" : `, paddingIdx: ${this.paddingIdx}`
    return `${this.numEmbeddings} x ${this.embeddingDim}${padding}`
  }
}

/** A table of the given rows as a parameter; nothing is drawn or copied. */
function pretrained<T extends Table>(layer: T, table: Tensor, freeze: boolean): T {
  return Object.assign(layer, { weight: new Parameter(table.detach(), { requiresGrad: !freeze }) })
}

function checkTable(name: string, table: Tensor): [number, number] {
  if (!(table instanceof Tensor)) throw notATensor(name, table, "a table of vectors that is a tensor")
  if (table.ndim !== 2) throw wrongRank(name, table.shape, "a table of two dimensions, [count, size]")
  return [table.size(0), table.size(1)]
}

/**
 * A table of vectors that are learned, one for each number.
 *
 * Shape: input `[...]` of whole numbers, output `[..., embeddingDim]`; `weight` is `[numEmbeddings, embeddingDim]`.
 *
 * Errors: numbers that are no positions in the table.
 *
 * @example new nn.Embedding(10, 3)(tensor([[1, 2]])).shape // [1, 2, 3]
 */
export class Embedding extends Table {
  /**
   * An embedding of given vectors, such as those of GloVe; frozen unless told otherwise.
   *
   * @example nn.Embedding.fromPretrained(tensor([[1, 2], [3, 4]]))(tensor([1])) // tensor([[3., 4.]])
   */
  static fromPretrained(table: Tensor, { freeze = true, ...options }: PretrainedOptions = {}): Embedding {
    const [count, size] = checkTable("Embedding.fromPretrained", table)
    return pretrained(new UndrawnEmbedding(count, size, options), table, freeze)
  }

  forward(input: Tensor): Tensor {
    return F.embedding(input, this.weight, this)
  }
}

/** An embedding whose table is given at once: it draws no random numbers. */
class UndrawnEmbedding extends Embedding {
  override resetParameters(): void {}
}
Object.defineProperty(UndrawnEmbedding, "name", { value: "Embedding" })

/** Options of `EmbeddingBag`. */
export interface EmbeddingBagLayerOptions extends F.EmbeddingOptions {
  /** How the vectors of a bag become one. Default: `"mean"`. */
  mode?: "sum" | "mean" | "max"
  /** Whether the offsets end with the length of the input. Default: false. */
  includeLastOffset?: boolean
}

/**
 * A table of vectors that are learned, of which bags of numbers get the sum, the mean or the largest.
 *
 * Shape: input `[B, N]`, or one dimension with `offsets` `[B]`; output `[B, embeddingDim]`.
 *
 * @example new nn.EmbeddingBag(10, 3)(tensor([1, 2, 4]), tensor([0, 2])).shape // [2, 3]
 */
export class EmbeddingBag extends Table {
  readonly mode: "sum" | "mean" | "max"
  readonly includeLastOffset: boolean

  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    { mode = "mean", includeLastOffset = false, ...options }: EmbeddingBagLayerOptions = {},
  ) {
    super(numEmbeddings, embeddingDim, options)
    this.mode = mode
    this.includeLastOffset = includeLastOffset
  }

  forward(input: Tensor, offsets: Tensor | null = null, perSampleWeights: Tensor | null = null): Tensor {
    const { mode, includeLastOffset, paddingIdx, maxNorm, normType, scaleGradByFreq } = this
    const table = { paddingIdx, maxNorm, normType, scaleGradByFreq }
    return F.embeddingBag(input, this.weight, { offsets, perSampleWeights, mode, includeLastOffset, ...table })
  }
}
