import { shapeText } from "../tensor/messages.js"
import { sameShape, Tensor } from "../tensor/tensor.js"
import * as messages from "./messages.js"
import { isGradEnabled, noGrad } from "./mode.js"
import { record } from "./node.js"

/** What `forward` leaves for `backward`. */
export class FunctionContext {
  /** The tensors that were saved; changing one in place before the backward pass is an error. */
  savedTensors: readonly Tensor[] = []
  /** For each argument of `forward` whether a gradient is wanted. */
  readonly needsInputGrad: readonly boolean[]
  /** Whatever else backward needs, under names of your own. */
  readonly saved: Record<string, unknown> = {}

  constructor(needsInputGrad: readonly boolean[]) {
    this.needsInputGrad = needsInputGrad
  }

  /** Keeps tensors for the backward pass. */
  saveForBackward(...tensors: Tensor[]): void {
    this.savedTensors = tensors
  }
}

type Rest<F> = F extends (context: FunctionContext, ...rest: infer Arguments) => unknown ? Arguments : never

/** What a subclass of AutogradFunction has. */
interface FunctionClass {
  readonly name: string
  // biome-ignore lint/suspicious/noExplicitAny: each subclass has arguments of its own, which `apply` takes from it
  forward(context: FunctionContext, ...args: any[]): Tensor
  backward(context: FunctionContext, gradient: Tensor): Tensor | null | readonly (Tensor | null)[]
}

/**
 * An operation with a gradient of your own: PyTorch's `torch.autograd.Function`. Extend it with a static `forward` and a
 * static `backward` and call `apply`. `forward` is not recorded; `backward` returns one gradient per argument of forward
 * (null for those that have none), or a single one. Written in tensor operations, it has gradients in turn.
 *
 * ```ts
 * class Square extends AutogradFunction {
 *   static forward(context: FunctionContext, x: Tensor) {
 *     context.saveForBackward(x)
 *     return x.square()
 *   }
 *   static backward(context: FunctionContext, dy: Tensor) {
 *     return dy.mul(context.savedTensors[0]).mul(2)
 *   }
 * }
 * Square.apply(x)
 * ```
 */
// biome-ignore lint/complexity/noStaticOnlyClass: PyTorch's form, whose classes are never made
export abstract class AutogradFunction {
  /** Computes the operation: `Square.apply(x)`. */
  static apply<C extends FunctionClass>(this: C, ...args: Rest<C["forward"]>): Tensor {
    // biome-ignore lint/complexity/noThisInStatic: the subclass, whose forward and backward are meant
    return applyFunction(this, args)
  }
}

function applyFunction(operation: FunctionClass, args: readonly unknown[]): Tensor {
  const places = args.flatMap((argument, i) => (argument instanceof Tensor ? [i] : []))
  const tensors = places.map((i) => args[i] as Tensor)
  const needs = args.map((argument) => argument instanceof Tensor && argument.requiresGrad)
  const context = new FunctionContext(needs)
  const computed = noGrad(() => operation.forward(context, ...args))
  if (!(computed instanceof Tensor)) throw messages.badGradient(operation.name, "forward must return a tensor.")
  if (!isGradEnabled() || !needs.includes(true)) return computed
  // A result that is an argument itself, or was computed before, must not become its own input.
  const out = tensors.includes(computed) || computed.node !== null ? computed.detach() : computed
  const rule = (dy: Tensor) => {
    const returned = operation.backward(context, dy)
    const list = returned instanceof Tensor || returned === null ? [returned] : returned
    if (!Array.isArray(list) || list.length > args.length)
      throw messages.badGradient(
        operation.name,
        `backward must return at most ${args.length} gradients, one per argument.`,
      )
    return tensors.map((x, k) => checkGradient(operation.name, x, places[k] as number, list))
  }
  return record(operation.name, out, tensors, rule, context.savedTensors)
}

/** The gradient of one argument, of its shape. */
function checkGradient(name: string, x: Tensor, place: number, list: readonly (Tensor | null)[]): Tensor | null {
  const gradient = list[place] ?? null
  if (gradient === null || sameShape(gradient.shape, x.shape)) return gradient
  const [found, wanted] = [shapeText(gradient.shape), shapeText(x.shape)]
  throw messages.badGradient(
    name,
    `The gradient of argument ${place} has the shape ${found}; the argument has ${wanted}.`,
  )
}
