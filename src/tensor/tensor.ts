import type { Node } from "../autograd/node.js"
import type { ArrayView } from "../native/backend.js"
import type { DType, TypedArray } from "../native/dtype.js"
import { isContiguous } from "../native/layout.js"
import { recycle } from "../native/pool.js"
import type { Storage } from "../native/storage.js"
import { readElements } from "../native/strided.js"
import type { TensorMethods } from "../ops/methods.js"
import { refuseBrackets } from "./brackets.js"
import * as messages from "./messages.js"
import { printTensor } from "./print.js"

/** The value of `tolist()`: a number for a scalar, else arrays nested as deep as the tensor has dimensions. */
export type NestedArray = number | boolean | NestedArray[]

/** The names in a string such as `"B T C"`. */
export type DimNames<S extends string> = S extends `${infer First} ${infer Rest}` ? First | DimNames<Rest> : S

/**
 * A multi-dimensional array of numbers that can record how it was computed, so that gradients can flow back.
 *
 * It is a window on a storage: `shape` elements, `strides` apart, from `offset` on. Transposing, slicing and reshaping
 * make another window on the same storage. Tensors are made by `tensor`, `zeros`, `randn` and the other creation
 * functions; the operations of `src/ops` are its methods.
 *
 * @example tensor([[1, 2], [3, 4]]).mul(10).sum() // tensor(100.)
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: ops/methods.ts defines every method of the table it is typed by
export class Tensor implements ArrayView {
  /** @internal The operation that computed this tensor, when it was recorded. */
  node: Node | null = null
  /** @internal The gradient as the library sees it; reading `grad` marks it as seen by the user. */
  gradient: Tensor | null = null
  /** @internal The gradient's storage is the library's own: nobody has seen it, and it is recycled when replaced. */
  ownsGradient = false
  /** @internal */
  isVariable = false

  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
    /** The number of elements. */
    readonly count: number,
    /** Whether the elements stand one after the other in memory. */
    readonly packed: boolean,
  ) {}

  /** The type of the elements: `"float32"`, `"float64"`, `"int32"` or `"bool"`. */
  get dtype(): DType {
    return this.storage.dtype
  }

  /** The number of dimensions. */
  get ndim(): number {
    return this.shape.length
  }

  /** The number of elements. */
  numel(): number {
    return this.count
  }

  /** The shape, or the size of one dimension; negative dimensions count from the last. */
  size(): readonly number[]
  size(dim: number): number
  size(dim?: number): readonly number[] | number {
    if (dim === undefined) return this.shape
    const size = this.shape[dim < 0 ? dim + this.shape.length : dim]
    if (size === undefined) throw messages.dimensionOutOfRange("size", dim, this.shape)
    return size
  }

  /**
   * The sizes by name, for taking a shape apart: `const { B, T, C } = x.dims("B T C")`.
   *
   * @example zeros([2, 3]).dims("B T").T // 3
   */
  dims<S extends string>(names: S): { readonly [N in DimNames<S>]: number } {
    const list = names.split(" ") as DimNames<S>[]
    if (list.length !== this.shape.length) throw messages.dimsRank(names, this.shape)
    const sizes = {} as { [N in DimNames<S>]: number }
    for (let i = 0; i < list.length; i++) sizes[list[i] as DimNames<S>] = this.shape[i] as number
    return sizes
  }

  /** Whether operations on this tensor are recorded. Can be set on tensors that were made directly (leaves). */
  get requiresGrad(): boolean {
    return this.isVariable || this.node !== null
  }

  set requiresGrad(on: boolean) {
    if (on && this.dtype !== "float32" && this.dtype !== "float64") throw messages.gradientOfIntegers(this.dtype)
    if (!on && this.node !== null) throw messages.notALeaf()
    if (this.node === null) this.isVariable = on
  }

  /** Whether this tensor was made directly rather than computed by a recorded operation. */
  get isLeaf(): boolean {
    return this.node === null
  }

  /** The gradient that `backward()` added up for this leaf, or null. */
  get grad(): Tensor | null {
    this.ownsGradient = false // from here on the user may hold it
    return this.gradient
  }

  set grad(gradient: Tensor | null) {
    if (gradient !== null && !sameShape(gradient.shape, this.shape)) {
      throw messages.gradientShape(gradient.shape, this.shape)
    }
    const before = this.gradient
    const owned = this.ownsGradient
    this.ownsGradient = false
    this.gradient = gradient
    if (owned && before !== null && before !== gradient && before.storage.holders === 1) recycle(before.storage)
  }

  /** The number in a tensor of exactly one element; 0 or 1 for a boolean. */
  item(): number {
    if (this.count !== 1) throw messages.notOneElement("item", this.shape)
    return this.storage.data[this.offset] as number
  }

  /**
   * The elements as nested arrays.
   *
   * @example tensor([[1, 2], [3, 4]]).tolist() // [[1, 2], [3, 4]]
   */
  tolist(): NestedArray {
    const elements = readElements(this)
    const bool = this.dtype === "bool"
    let position = 0
    const build = (dim: number): NestedArray => {
      if (dim === this.shape.length) {
        const value = elements[position++] as number
        return bool ? value !== 0 : value
      }
      return Array.from({ length: this.shape[dim] as number }, () => build(dim + 1))
    }
    return build(0)
  }

  /**
   * The elements in order, as a typed array of the dtype with memory of its own.
   *
   * @example tensor([[1, 2], [3, 4]]).mT().toTypedArray() // 1,3,2,4
   */
  toTypedArray(): TypedArray {
    const elements = readElements(this)
    return this.packed ? elements.slice() : elements
  }

  /** What `JSON.stringify` writes: the elements as nested arrays. */
  toJSON(): NestedArray {
    return this.tolist()
  }

  /** The rows: tensors of one dimension less, views on this one. */
  *[Symbol.iterator](): Generator<Tensor> {
    if (this.shape.length === 0) throw messages.wrongRank("iterating", this.shape, "a tensor of at least one dimension")
    for (let i = 0; i < (this.shape[0] as number); i++) yield this.select(0, i)
  }

  /** The number of a one-element tensor, so that `loss / 2` and `loss < 0.1` work; else an error that says what to write. */
  [Symbol.toPrimitive](hint: "number" | "string" | "default"): number | string {
    if (hint === "string") return this.toString()
    if (this.count !== 1) throw messages.operatorOnTensor(this.shape)
    return this.item()
  }

  /** The text form, as PyTorch prints it. */
  toString(): string {
    return printTensor(this)
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return printTensor(this)
  }
}

/** The operations of `src/ops` as methods; `ops/methods.ts` puts them on the prototype. */
export interface Tensor extends TensorMethods {}

refuseBrackets(Tensor.prototype)

/** Whether two shapes are equal. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Another window on the storage of a tensor. */
export function viewOf(
  x: Tensor,
  shape: readonly number[],
  strides: readonly number[],
  offset: number = x.offset,
): Tensor {
  let count = 1
  for (let i = 0; i < shape.length; i++) count *= shape[i] as number
  return new Tensor(x.storage, offset, shape, strides, count, isContiguous(shape, strides))
}

/**
 * Puts the window of another tensor under this one, which stays the object that optimizers and modules hold: for
 * changing the type of a parameter.
 */
export function adoptElements(x: Tensor, from: Tensor): void {
  const { storage, offset, shape, strides, count, packed } = from
  Object.assign(x, { storage, offset, shape, strides, count, packed })
}

/** Whether a value is a tensor. */
export function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor
}
