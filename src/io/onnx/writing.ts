import type { Tensor } from "../../tensor/tensor.js"
import type { OnnxGraph } from "./graph.js"

/** One recorded operation, with what is needed to write it down. */
export interface Recorded {
  readonly operation: string
  readonly inputs: readonly Tensor[]
  readonly output: Tensor
  /** What of its arguments is no tensor. */
  readonly detail: unknown
  /** A later operation has a larger number. */
  readonly sequence: number
}

/** How an operation is written: from the names of its inputs to that of its output. */
export interface Writing {
  readonly graph: OnnxGraph
  readonly recorded: Recorded
  /** The same operation for a batch twice as large, when the file is to take batches of any size. */
  readonly twin: Recorded | undefined
  /** The size of the example's batch. */
  readonly batch: number
  /** The names of the inputs. */
  readonly names: readonly string[]
  /** The name of a tensor that is no input of the tape, such as an index or a mask. */
  nameOf(x: Tensor): string
}

/** How an operation is written in ONNX; gives the name of its output. */
export type Operator = (writing: Writing) => string

/** Why an operation cannot be written in ONNX. */
export class Unwritable extends Error {}
