import { ArgumentError, GradientError } from "../tensor/errors.js"
import { row, shapeText } from "../tensor/messages.js"

/** `backward()` from a tensor that is not a scalar. */
export function backwardNotScalar(shape: readonly number[]): GradientError {
  return new GradientError({
    call: `backward: from ${shapeText(shape)}`,
    rule: "A gradient can be started from a scalar only; a tensor of several elements needs its own gradient as argument.",
    hint: "reduce it first, for example loss.mean().backward().",
  })
}

/** `backward()` from a tensor that nothing was recorded for; `recording` says whether operations are recorded where it was called. */
export function backwardNotRecorded(recording: boolean): GradientError {
  return new GradientError({
    call: "backward: this tensor does not depend on any tensor with requiresGrad",
    rule: "Nothing was recorded, so there is no gradient to compute.",
    hint: recording
      ? "was it computed under noGrad, or cut off by detach() or item()?"
      : "backward() runs inside noGrad here, perhaps in a function that noGrad calls: train outside of it.",
  })
}

/** A second `backward()` through the same graph. */
export function backwardTwice(operation: string): GradientError {
  return new GradientError({
    call: `backward: through ${operation} for the second time`,
    rule: "What the first backward pass needed was let go after it.",
    hint: "compute the loss again in each step, or keep the graph: loss.backward(undefined, { retainGraph: true }).",
  })
}

/** A saved tensor that was written to before the backward pass. */
export function changedInPlace(operation: string): GradientError {
  return new GradientError({
    call: `backward: through ${operation}`,
    rule: "A tensor that its gradient needs was changed in place after it was used.",
    hint: "use the operation without the trailing _ (it makes a new tensor), or change the tensor after backward().",
  })
}

/** A write in place to a leaf. */
export function inPlaceOnLeaf(name: string): GradientError {
  return new GradientError({
    call: `${name}: on a tensor that requires a gradient`,
    rule: "Writing in place would change values that the backward pass needs.",
    hint: "to update a parameter by hand, do it inside noGrad(() => …).",
  })
}

/** A write in place, to be recorded, to a part of a tensor. */
export function inPlaceOnView(name: string): GradientError {
  return new GradientError({
    call: `${name}: on a part of a tensor that is part of a recorded computation`,
    rule: "A write that has a gradient must go through the whole tensor, so that the tape knows of it.",
    hint: `use whole.put(index, …) on the whole tensor, or ${name.replace(/_$/, "")} without writing in place.`,
  })
}

/** A view that was used after its storage had been written to. */
export function viewOutdated(operation: string): GradientError {
  return new GradientError({
    call: `backward: through ${operation}`,
    rule: "A view of this tensor was made, then the tensor was written to in place, then the view was used.",
    hint: "make the view anew after the write.",
  })
}

/** A hook on a tensor that has no gradient. */
export function hookWithoutGradient(name: string): GradientError {
  return new GradientError({
    call: `${name}: on a tensor that does not require a gradient`,
    rule: "There will be no gradient to give to it.",
    hint: "set requiresGrad first, or take a tensor that was computed from one that has it.",
  })
}

/** A gradient from a user's rule that is none. */
export function badGradient(name: string, rule: string): GradientError {
  return new GradientError({ call: `${name}.backward`, rule })
}

/** A NaN that an operation made of numbers. */
export function nanInForward(operation: string, shape: readonly number[]): GradientError {
  return new GradientError({
    call: `detectAnomaly: ${operation} gave NaN, in a tensor of shape ${shapeText(shape)}`,
    rule: "None of its inputs was NaN: it was born here.",
    hint: hintFor(operation),
  })
}

/** A NaN that a gradient rule made of numbers; the stack shows where the operation was called. */
export function nanInBackward(operation: string, input: number, shape: readonly number[]): GradientError {
  return new GradientError({
    call: `detectAnomaly: the gradient of ${operation} is NaN, for input ${input} of shape ${shapeText(shape)}`,
    rule: "The gradient that came in was not NaN: it was born on the way back through this call.",
    hint: hintFor(operation),
  })
}

function hintFor(operation: string): string | undefined {
  if (operation === "log")
    return "the logarithm of 0 is -Infinity, of less NaN; keep away from it: x.clamp(1e-8).log()."
  if (operation === "sqrt" || operation === "norm")
    return "the square root has an infinite slope at 0; keep away from it: x.add(1e-8).sqrt()."
  if (operation === "div") return "0 / 0 is NaN; keep the divisor away from 0: a.div(b.add(1e-8))."
  return undefined
}

/** An input of `grad` that the outputs do not depend on. */
export function unusedInput(at: number): GradientError {
  return new GradientError({
    call: `grad: input ${at}`,
    rule: "The outputs do not depend on it, or it does not require a gradient.",
    hint: "pass { allowUnused: true } to get null for it.",
  })
}

/** A gradient that central differences do not confirm. */
export function gradientsPart(
  input: number,
  element: number,
  output: number,
  found: number,
  numerical: number,
): GradientError {
  return new GradientError({
    call: `gradcheck: output element ${output} by element ${element} of input ${input}`,
    rows: [row("gradient", String(found)), row("difference", String(numerical))],
    rule: "The gradient and the central difference must agree.",
  })
}

/** An asynchronous function given to noGrad. */
export function asynchronousNoGrad(name: string): ArgumentError {
  return new ArgumentError({
    call: `${name}: an asynchronous function`,
    rule: `${name} ends when the function returns, which for an async function is before it has finished.`,
    hint: `await outside, and wrap only the computation: ${name}(() => model(x)).`,
  })
}
