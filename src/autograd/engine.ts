import { currentBackend } from "../native/current.js"
import { closeScope, openScope, recycle, resumeScope, suspendScope, tapeEnded } from "../native/pool.js"
import type { Storage } from "../native/storage.js"
import { uninitializedLike } from "../tensor/allocate.js"
import { gradientShape } from "../tensor/messages.js"
import { sameShape, Tensor } from "../tensor/tensor.js"
import { checkGradients, isAnomalyDetected } from "./anomaly.js"
import { gradientAccumulated, hooksOfLeaf, throughHooks } from "./hooks.js"
import * as messages from "./messages.js"
import { isGradEnabled, setGradEnabled } from "./mode.js"
import { type Listeners, type Node, nodeAt } from "./node.js"

/** Options of `backward` and `grad`. */
export interface BackwardOptions {
  /** Keep what the rules saved, so that the same graph can be gone through again. Default: the value of createGraph. */
  retainGraph?: boolean
  /** Record the backward pass itself, so that gradients have gradients. Default: false. */
  createGraph?: boolean
}

/**
 * Memory in a backward pass. Unless the pass is itself recorded, every storage that a rule allocates is marked with the
 * number of the pass. `holders` counts the gradients that keep it: those still waiting at a node. When nobody holds it
 * any more it goes back to the pool at once, so that a step's gradients share a few warm buffers. A gradient that
 * becomes a leaf's `.grad` leaves the pass; it comes back when it is replaced, unless the user has looked at it.
 */
let currentPass = 0
let lastPass = 0
let allocated: Storage[] = []

/**
 * Computes the gradient of this tensor with respect to every leaf it was computed from, and adds it to their `grad`.
 *
 * @param gradient what to start from, of the tensor's shape; 1 for a scalar
 * @example const w = tensor(3, { requiresGrad: true }); w.mul(w).backward(); w.grad // tensor(6.)
 */
export function backward(x: Tensor, gradient?: Tensor, options: BackwardOptions = {}): void {
  if (!x.requiresGrad) throw messages.backwardNotRecorded(isGradEnabled())
  const start = startGradient(x, gradient)
  const { createGraph = false } = options
  runBackward([x], [start], null, createGraph, options.retainGraph ?? createGraph)
}

/** Options of `grad`. */
export interface GradOptions extends BackwardOptions {
  /** Where the backward pass starts from: one gradient per output. Default: 1 for scalars. */
  gradOutputs?: readonly Tensor[]
  /** Give null for an input that the outputs do not depend on, instead of an error. */
  allowUnused?: boolean
}

/**
 * The gradients of the sum of `outputs` with respect to `inputs`, returned instead of added to `grad`.
 *
 * @example const x = tensor(3, { requiresGrad: true }); grad(x.pow(2), x) // [tensor(6.)]
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions & { allowUnused: true },
): (Tensor | null)[]
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options?: GradOptions,
): Tensor[]
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  { gradOutputs, createGraph = false, retainGraph = createGraph, allowUnused = false }: GradOptions = {},
): (Tensor | null)[] {
  const roots = outputs instanceof Tensor ? [outputs] : outputs
  const targets = inputs instanceof Tensor ? [inputs] : inputs
  for (const root of roots) if (!root.requiresGrad) throw messages.backwardNotRecorded(isGradEnabled())
  const starts = roots.map((root, i) => startGradient(root, gradOutputs?.[i]))
  const found = new Map<Tensor, Tensor | null>(targets.map((target) => [target, null]))
  runBackward(roots, starts, found, createGraph, retainGraph)
  return targets.map((target, i) => {
    const gradient = found.get(target) ?? null
    if (gradient === null && !allowUnused) throw messages.unusedInput(i)
    return gradient
  })
}

function startGradient(x: Tensor, gradient: Tensor | undefined): Tensor {
  if (gradient !== undefined) {
    if (!sameShape(gradient.shape, x.shape)) throw gradientShape(gradient.shape, x.shape)
    return gradient.to(x.dtype)
  }
  if (x.count !== 1) throw messages.backwardNotScalar(x.shape)
  const one = uninitializedLike(x, x.dtype)
  currentBackend().fill(one, 1)
  return one
}

/** Goes through the recorded operations from the last to the first. With `targets`, collects there instead of in `.grad`. */
function runBackward(
  roots: readonly Tensor[],
  starts: readonly Tensor[],
  targets: Map<Tensor, Tensor | null> | null,
  createGraph: boolean,
  retainGraph: boolean,
): void {
  // A rule or a hook may start a pass of its own in the middle of this one.
  const outerPass = currentPass
  const outerScope = suspendScope()
  const outerAllocated = allocated
  const pass = ++lastPass
  currentPass = pass
  if (outerPass !== 0) allocated = []
  const nodes = collect(roots, pass)
  const watched = targets === null ? null : watchedNodes(targets)
  const wasEnabled = isGradEnabled()
  setGradEnabled(createGraph)
  const delivery: Delivery = { pass: createGraph ? 0 : pass, targets, hooked: null }
  try {
    for (let i = 0; i < roots.length; i++) deliver(roots[i] as Tensor, starts[i] as Tensor, delivery, Infinity)
    for (let i = 0; i < nodes.length; i++) runNode(nodes[i] as Node, delivery, watched, retainGraph)
    if (delivery.hooked !== null) runLeafHooks(delivery.hooked, delivery)
  } finally {
    setGradEnabled(wasEnabled)
    currentPass = outerPass
    allocated = outerAllocated
    if (outerPass === 0) allocated.length = 0
    resumeScope(outerScope)
  }
  if (outerPass === 0 && !retainGraph) {
    nodes.length = 0
    tapeEnded()
  }
}

/** Gives the gradients of leaves with hooks to these, and then to whom they belong. */
function runLeafHooks(hooked: Map<Tensor, Tensor>, { pass, targets }: Delivery): void {
  for (const [leaf, sum] of hooked) {
    const gradient = throughHooks(hooksOfLeaf(leaf) ?? [], sum)
    gradient.storage.pass = 0
    if (targets === null) {
      accumulate(leaf, gradient, pass)
      gradientAccumulated(leaf)
    } else targets.set(leaf, gradient)
  }
}

interface Delivery {
  /** The number of the pass, or 0 when the pass is recorded and its gradients belong to the user. */
  readonly pass: number
  readonly targets: Map<Tensor, Tensor | null> | null
  /** What has gathered for leaves with hooks. */
  hooked: Map<Tensor, Tensor> | null
}

/** Every node that the roots depend on, the last recorded first. */
function collect(roots: readonly Tensor[], pass: number): Node[] {
  const nodes: Node[] = []
  const visit = (node: Node | null) => {
    if (node === null || node.visitedBy === pass) return
    if (node.rule === null) throw messages.backwardTwice(node.operation)
    node.visitedBy = pass
    node.pending = null
    nodes.push(node)
  }
  for (const root of roots) visit(root.node)
  for (let i = 0; i < nodes.length; i++) {
    const { inputs, sequence } = nodes[i] as Node
    for (let j = 0; j < inputs.length; j++) {
      const input = inputs[j] as Tensor
      const latest = input.node
      visit(latest !== null && latest.sequence > sequence ? nodeAt(input, sequence) : latest)
    }
  }
  return nodes.sort(laterFirst)
}

const laterFirst = (a: Node, b: Node) => b.sequence - a.sequence

/** The targets of `grad` that were themselves computed. */
function watchedNodes(targets: Map<Tensor, Tensor | null>): Map<Node, Tensor> {
  const watched = new Map<Node, Tensor>()
  for (const target of targets.keys()) if (target.node !== null) watched.set(target.node, target)
  return watched
}

/** Sends the gradient that has gathered at a node on to its inputs. */
function runNode(node: Node, delivery: Delivery, watched: Map<Node, Tensor> | null, retainGraph: boolean): void {
  let dy = node.pending
  if (dy === null) return
  node.pending = null
  if (node.listeners !== null) dy = tellListeners(node.listeners, dy, delivery)
  const target = watched?.get(node)
  if (target !== undefined) {
    dy.storage.pass = 0 // the user gets it
    delivery.targets?.set(target, dy)
  }
  if (node.savedChanged) throw messages.changedInPlace(node.operation)
  const { pass } = delivery
  if (pass !== 0) openScope(pass, allocated)
  const inputs = node.inputs
  const gradients = (node.rule as NonNullable<Node["rule"]>)(dy)
  if (isAnomalyDetected()) checkGradients(node, dy, gradients)
  for (let i = 0; i < gradients.length; i++) {
    const gradient = gradients[i]
    if (gradient !== null && gradient !== undefined) deliver(inputs[i] as Tensor, gradient, delivery, node.sequence)
  }
  if (pass !== 0) {
    closeScope()
    for (let i = 0; i < allocated.length; i++) {
      const storage = allocated[i] as Storage
      if (storage.holders === 0) letGo(storage, pass)
    }
    allocated.length = 0
  }
  dy.storage.holders--
  if (dy.storage.holders === 0) letGo(dy.storage, pass)
  if (!retainGraph) {
    const buffers = node.release()
    for (let i = 0; i < buffers.length; i++) recycle(buffers[i] as Storage)
  }
}

/** Tells who listens to a node's output its gradient; returns what hooks made of it. */
function tellListeners({ hooks, retained }: Listeners, dy: Tensor, { pass }: Delivery): Tensor {
  const gradient = throughHooks(hooks, dy)
  if (gradient !== dy) {
    dy.storage.holders--
    gradient.storage.holders++
  }
  if (retained !== null) accumulate(retained, gradient, pass)
  return gradient
}

/** Gives a storage that nobody holds back to the pool, if this pass allocated it. */
function letGo(storage: Storage, pass: number): void {
  if (pass === 0 || storage.pass !== pass) return
  storage.pass = 0 // first, so that it cannot come back twice
  recycle(storage)
}

/** Adds a gradient to what an input has gathered so far. */
function deliver(input: Tensor, gradient: Tensor, delivery: Delivery, sequence: number): void {
  const { pass, targets } = delivery
  const latest = input.node
  const node = latest !== null && latest.sequence > sequence ? nodeAt(input, sequence) : latest
  if (node !== null) {
    if (input.storage.writes !== null) checkView(input.storage.writes, node, sequence)
    if (node.visitedBy !== currentPass) return
    const before = node.pending
    if (before === null) {
      node.pending = gradient
      gradient.storage.holders++
    } else if (pass !== 0 && isOwn(before, pass, 1)) {
      currentBackend().binary("add", before, gradient, before)
    } else {
      const sum = before.add(gradient)
      node.pending = sum
      sum.storage.holders++
      before.storage.holders--
      if (before.storage.holders === 0) letGo(before.storage, pass)
    }
  } else if (hooksOfLeaf(input) !== undefined && (targets?.has(input) ?? true)) {
    if (delivery.hooked === null) delivery.hooked = new Map()
    const { hooked } = delivery
    const before = hooked.get(input)
    const sum = before === undefined ? gradient : before.add(gradient)
    sum.storage.pass = 0 // the user gets it
    hooked.set(input, sum)
  } else if (targets !== null) {
    if (!targets.has(input)) return
    const before = targets.get(input) ?? null
    const sum = before === null ? gradient : before.add(gradient)
    sum.storage.pass = 0 // the user gets it
    targets.set(input, sum)
  } else if (input.isVariable) accumulate(input, gradient, pass)
}

/** Refuses a gradient for a view that its storage has left behind: written to after the view was made, before its use. */
function checkView(writes: readonly number[], node: Node, usedBy: number): void {
  if (writes.some((write) => write > node.sequence && write < usedBy)) throw messages.viewOutdated(node.operation)
}

/** Whether the pass alone knows this gradient, which fills its storage. */
function isOwn(gradient: Tensor, pass: number, holders: number): boolean {
  const storage = gradient.storage
  return storage.pass === pass && storage.holders === holders && gradient.packed && gradient.count === storage.length
}

/** Adds a gradient to a leaf's `.grad`. */
function accumulate(leaf: Tensor, gradient: Tensor, pass: number): void {
  const before = leaf.gradient
  if (pass === 0) {
    leaf.gradient = before === null ? gradient : before.add(gradient)
    leaf.ownsGradient = false
  } else if (before === null) {
    let kept = gradient
    if (!isOwn(gradient, pass, 0)) {
      kept = uninitializedLike(gradient, gradient.dtype)
      currentBackend().copy(gradient, kept)
    }
    kept.storage.pass = 0 // it leaves the pass
    kept.storage.holders = 1
    leaf.gradient = kept
    leaf.ownsGradient = true
  } else if (before.requiresGrad || before.dtype !== gradient.dtype || before.storage.holders > 1) {
    leaf.gradient = before.add(gradient) // it must not change in place, or cannot
    leaf.gradient.storage.pass = 0
    leaf.ownsGradient = false
  } else {
    currentBackend().binary("add", before, gradient, before)
    before.storage.version++
  }
}

/**
 * Puts recording back to how a program finds it. For a notebook kernel, after it has cut a computation off: V8 runs no
 * `finally` then, so an interrupted `noGrad` would leave recording off, and an interrupted backward pass its memory open.
 */
export function restoreRecording(): void {
  setGradEnabled(true)
  closeScope()
  currentPass = 0
  allocated = []
}
