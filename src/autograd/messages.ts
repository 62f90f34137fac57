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

/** `backward()` from a tensor that nothing was recorded for. */
export function backwardNotRecorded(): GradientError {
  return new GradientError({
    call: "backward: this tensor does not depend on any tensor with requiresGrad",
    rule: "Nothing was recorded, so there is no gradient to compute.",
    hint: "was it computed under noGrad, or cut off by detach() or item()?",
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

/** A write in place to a tensor that the tape knows. */
export function inPlaceOnRecorded(name: string, leaf: boolean): GradientError {
  return new GradientError({
    call: `${name}: on a tensor that ${leaf ? "requires a gradient" : "is part of a recorded computation"}`,
    rule: "Writing in place would change values that the backward pass needs.",
    hint: leaf
      ? `to update a parameter by hand, do it inside noGrad(() => …).`
      : `use ${name.replace(/_$/, "")} without the trailing _, which makes a new tensor.`,
  })
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
