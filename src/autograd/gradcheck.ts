import { wrongDType } from "../tensor/messages.js"
import type { Tensor } from "../tensor/tensor.js"
import { grad } from "./engine.js"
import * as messages from "./messages.js"
import { enableGrad, noGrad } from "./mode.js"

/** Options of `gradcheck`. */
export interface GradcheckOptions {
  /** How far an input is moved to either side. Default: 1e-6. */
  eps?: number
  /** The absolute error allowed. Default: 1e-5. */
  atol?: number
  /** The error allowed relative to the numerical gradient. Default: 1e-3. */
  rtol?: number
}

/**
 * Compares the gradients of a function with central differences: `(f(x + ε) - f(x - ε)) / 2ε` for every element of every
 * input that requires a gradient. Returns true, or throws an error that says where they part.
 *
 * Errors: inputs that are not float64; differences need its precision.
 *
 * @example gradcheck((x) => x.exp().sum(), [tensor([1, 2], { dtype: "float64", requiresGrad: true })]) // true
 */
export function gradcheck(
  run: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  { eps = 1e-6, atol = 1e-5, rtol = 1e-3 }: GradcheckOptions = {},
): boolean {
  const variables = inputs.filter((input) => input.requiresGrad)
  for (const input of variables) {
    if (input.dtype !== "float64") throw wrongDType("gradcheck", input, "float64 inputs")
  }
  const output = run(...inputs)
  if (!output.requiresGrad) throw messages.backwardNotRecorded(true)
  const flat = output.reshape(-1)
  const analytic = Array.from({ length: output.count }, (_, position) =>
    grad(flat.select(0, position), variables, { retainGraph: true, allowUnused: true }).map((gradient) =>
      gradient?.contiguous().toTypedArray(),
    ),
  )
  variables.forEach((variable, i) => {
    for (let k = 0; k < variable.count; k++) {
      const numerical = differences(run, inputs, variable, k, eps)
      for (let position = 0; position < output.count; position++) {
        const found = (analytic[position]?.[i]?.[k] ?? 0) as number
        const wanted = numerical[position] as number
        if (!(Math.abs(found - wanted) <= atol + rtol * Math.abs(wanted))) {
          throw messages.gradientsPart(inputs.indexOf(variable), k, position, found, wanted)
        }
      }
    }
  })
  return true
}

/**
 * Compares gradients of gradients with central differences: `gradcheck` of the gradient of a function, weighted with the
 * function's own value so that linear functions have second derivatives too. Returns true, or throws an error.
 *
 * Errors: inputs that are not float64.
 *
 * @example gradgradcheck((x) => x.pow(3), [tensor([1, 2], { dtype: "float64", requiresGrad: true })]) // true
 */
export function gradgradcheck(
  run: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  { atol = 1e-4, ...options }: GradcheckOptions = {},
): boolean {
  const sumOfGradients = (...xs: Tensor[]): Tensor =>
    enableGrad(() => {
      const output = run(...xs)
      const variables = xs.filter((x) => x.requiresGrad)
      const gradients = grad(output.square().sum(), variables, { createGraph: true, allowUnused: true })
      return gradients.reduce<Tensor>(
        (sum, gradient) => (gradient === null ? sum : sum.add(gradient.sum())),
        output.sum().mul(0),
      )
    })
  return gradcheck(sumOfGradients, inputs, { atol, ...options })
}

/** How much each output element changes with one input element. */
function differences(
  run: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  variable: Tensor,
  element: number,
  eps: number,
): number[] {
  let place = variable.offset
  let rest = element
  for (let d = variable.shape.length - 1; d >= 0; d--) {
    const size = variable.shape[d] as number
    place += (rest % size) * (variable.strides[d] as number)
    rest = Math.floor(rest / size)
  }
  // A backend may move the elements while it computes, so the array is asked for each time.
  const write = (value: number) => {
    variable.storage.data[place] = value
  }
  const before = variable.storage.data[place] as number
  const at = (value: number) => {
    write(value)
    return noGrad(() => run(...inputs)).toTypedArray()
  }
  try {
    const above = at(before + eps)
    const below = at(before - eps)
    return Array.from(above, (value, i) => (value - (below[i] as number)) / (2 * eps))
  } finally {
    write(before)
  }
}
