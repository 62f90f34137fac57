import { notATensor } from "./messages.js"
import { Tensor } from "./tensor.js"

/** Refuses what is no tensor, by the name of the function that it was given to. */
export function checkTensor(name: string, x: unknown): asserts x is Tensor {
  if (!(x instanceof Tensor)) throw notATensor(name, x, "a tensor")
}
