import type { Tensor } from "../tensor/tensor.js"
import * as messages from "./messages.js"
import type { Hook, Listeners, Node } from "./node.js"

/** What `registerHook` returns: the way to take the hook off again. */
export interface HookHandle {
  remove(): void
}

/** The hooks on leaves; they have no node that could carry them. */
const leafHooks = new WeakMap<Tensor, Set<Hook>>()
let anyLeafHooks = false

/** The hooks on a leaf, if there are any. */
export function hooksOfLeaf(leaf: Tensor): Set<Hook> | undefined {
  return anyLeafHooks ? leafHooks.get(leaf) : undefined
}

/**
 * Calls a function with the gradient of this tensor whenever a backward pass has computed it. What the function returns,
 * if anything, takes the gradient's place.
 *
 * Errors: on a tensor that does not require a gradient.
 *
 * @example const x = tensor(3, { requiresGrad: true }); x.registerHook((g) => g.mul(10)); x.mul(2).backward(); x.grad // tensor(20.)
 */
export function registerHook(x: Tensor, hook: Hook): HookHandle {
  if (!x.requiresGrad) throw messages.hookWithoutGradient("registerHook")
  const hooks = x.node === null ? hooksFor(x) : listenersOf(x.node).hooks
  const own: Hook = (gradient) => hook(gradient) // the same function may be registered twice
  hooks.add(own)
  return { remove: () => void hooks.delete(own) }
}

/** What is called once a leaf has its gradient. */
const afterwards = new WeakMap<Tensor, Set<(leaf: Tensor) => void>>()

/**
 * Calls a function with a leaf whenever a backward pass has added to its `grad`: for a step of its own optimizer, say, after
 * which its gradient can go.
 *
 * Errors: on a tensor that requires no gradient, or that was computed.
 *
 * @example const x = tensor(3, { requiresGrad: true }); x.registerPostAccumulateGradHook((p) => { p.grad = null }); x.mul(2).backward(); x.grad // null
 */
export function registerPostAccumulateGradHook(leaf: Tensor, hook: (leaf: Tensor) => void): HookHandle {
  if (!leaf.requiresGrad || leaf.node !== null) throw messages.hookWithoutGradient("registerPostAccumulateGradHook")
  hooksFor(leaf) // its gradient is then complete before it is given to the leaf
  const hooks = afterwards.get(leaf) ?? new Set()
  afterwards.set(leaf, hooks)
  const own = (x: Tensor) => hook(x)
  hooks.add(own)
  return { remove: () => void hooks.delete(own) }
}

/** Calls what waits for a leaf's gradient. */
export function gradientAccumulated(leaf: Tensor): void {
  for (const hook of afterwards.get(leaf) ?? []) hook(leaf)
}

function hooksFor(leaf: Tensor): Set<Hook> {
  const hooks = leafHooks.get(leaf) ?? new Set()
  leafHooks.set(leaf, hooks)
  anyLeafHooks = true
  return hooks
}

function listenersOf(node: Node): Listeners {
  if (node.listeners === null) node.listeners = { hooks: new Set(), retained: null }
  return node.listeners
}

/**
 * Makes a tensor that was computed keep its gradient: `backward()` then adds it to its `grad`, as for a leaf. Returns the
 * tensor.
 *
 * Errors: on a tensor that does not require a gradient.
 *
 * @example const y = tensor(3, { requiresGrad: true }).mul(2).retainGrad(); y.square().backward(); y.grad // tensor(12.)
 */
export function retainGrad(x: Tensor): Tensor {
  if (!x.requiresGrad) throw messages.hookWithoutGradient("retainGrad")
  if (x.node !== null) listenersOf(x.node).retained = x
  return x
}

/** Gives a gradient to hooks, one after the other; returns what they make of it. */
export function throughHooks(hooks: Iterable<Hook>, gradient: Tensor): Tensor {
  let current = gradient
  for (const hook of hooks) {
    current.storage.pass = 0 // the user may keep it
    const replaced = hook(current)
    if (replaced !== undefined) current = replaced
  }
  return current
}
