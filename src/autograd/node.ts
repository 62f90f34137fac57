import type { Storage } from "../native/storage.js"
import type { Tensor } from "../tensor/tensor.js"
import { isAnomalyDetected, noteAnomaly } from "./anomaly.js"
import { isGradEnabled } from "./mode.js"

/**
 * How a gradient goes back through an operation: from the gradient of the output to one per input, in their order, null
 * for an input that has none. Rules are written in tensor operations, so that they can be recorded in turn, and never
 * write into `dy`.
 */
export type GradientRule = (dy: Tensor) => readonly (Tensor | null)[]

/** What a hook may do with a gradient: look at it, or give another in its place. */
// biome-ignore lint/suspicious/noConfusingVoidType: a hook that only looks returns nothing
export type Hook = (gradient: Tensor) => Tensor | undefined | void

/** The hooks on an output, and the output itself if it keeps its gradient. */
export interface Listeners {
  readonly hooks: Set<Hook>
  retained: Tensor | null
}

const nothing: readonly never[] = []
let nextSequence = 1

/** The number of the operation that was recorded last. */
export function latestSequence(): number {
  return nextSequence - 1
}

/** One recorded operation: the tape is the graph of these. */
export class Node {
  /** Operations are recorded in the order in which they run, so a later one has the larger number. */
  readonly sequence = nextSequence++
  /** The gradient of the output while a backward pass collects it. */
  pending: Tensor | null = null
  /** The last backward pass that came by. */
  visitedBy = 0
  /** Who wants to know the gradient of the output; see hooks.ts. */
  listeners: Listeners | null = null
  /** What of the operation's arguments is no tensor: a number, dimensions, a window; see `described`. */
  detail: unknown = null
  /** For a write in place: what the tensor was computed by before. */
  previous: Node | null = null
  /** What the versions of the saved tensors add up to; a write in place changes it. */
  private readonly savedVersions: number

  constructor(
    readonly operation: string,
    public inputs: readonly Tensor[],
    /** Null once a backward pass has let go of it. */
    public rule: GradientRule | null,
    private saved: readonly Tensor[],
    /** Storages that only this node knows, recycled with it. */
    public buffers: readonly Storage[],
  ) {
    this.savedVersions = saved.length === 0 ? 0 : versionsOf(saved)
  }

  /** Whether a tensor that the rule reads was written to since. */
  get savedChanged(): boolean {
    return this.saved.length !== 0 && versionsOf(this.saved) !== this.savedVersions
  }

  /** Lets go of everything that the rule holds; returns the storages to recycle. */
  release(): readonly Storage[] {
    const buffers = this.buffers
    this.rule = null
    this.inputs = nothing
    this.saved = nothing
    this.buffers = nothing
    this.detail = null
    return buffers
  }
}

function versionsOf(tensors: readonly Tensor[]): number {
  let sum = 0
  for (let i = 0; i < tensors.length; i++) sum += (tensors[i] as Tensor).storage.version
  return sum
}

/** Whether an operation on these must be recorded. Numbers stand for second operands that are none. */
export function needsGradient(a: Tensor, b?: Tensor | number | null, c?: Tensor | number | null): boolean {
  if (!isGradEnabled()) return false
  if (a.requiresGrad) return true
  if (typeof b === "object" && b !== null && b.requiresGrad) return true
  return typeof c === "object" && c !== null && c.requiresGrad
}

/**
 * Writes an operation on the tape and returns its output.
 *
 * @param saved the tensors whose values the rule reads: changing one in place before the backward pass is an error
 * @param buffers storages that only this node knows
 */
export function record(
  operation: string,
  out: Tensor,
  inputs: readonly Tensor[],
  rule: GradientRule,
  saved: readonly Tensor[] = nothing,
  buffers: readonly Storage[] = nothing,
): Tensor {
  out.node = new Node(operation, inputs, rule, saved, buffers)
  if (isAnomalyDetected()) noteAnomaly(out, inputs)
  return out
}

/** Notes beside a recorded operation what of its arguments is no tensor, for those who read the tape. */
export function described(out: Tensor, detail: unknown): Tensor {
  if (out.node !== null) out.node.detail = detail
  return out
}

/** The operation that had computed a tensor when another one used it: a later write in place does not count. */
export function nodeAt(x: Tensor, sequence: number): Node | null {
  let node = x.node
  while (node !== null && node.sequence > sequence) node = node.previous
  return node
}
