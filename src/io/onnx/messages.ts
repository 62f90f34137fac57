import { ArgumentError } from "../../tensor/errors.js"
import { valueText } from "../../tensor/messages.js"

/** An example that is no tensor. */
export function notAnExample(value: unknown): ArgumentError {
  return new ArgumentError({
    call: `exportOnnx: example ${valueText(value)}`,
    rule: "The example is a tensor as the model takes it, or an array of several.",
  })
}

/** A model that gives no tensor. */
export function noTensors(value: unknown): ArgumentError {
  return new ArgumentError({
    call: `exportOnnx: the model gives ${valueText(value)}`,
    rule: "It must give a tensor, or an array or object of tensors.",
  })
}

/** An operation that is not written in ONNX. */
export function notInOnnx(operation: string, path: readonly string[]): ArgumentError {
  return new ArgumentError({
    call: `exportOnnx: ${operation}`,
    rule: "This operation of the model cannot be written in ONNX yet.",
    hint: "leave it out of the model that is exported, and do it outside.",
    path,
  })
}

/** A model that is another for other values of its input. */
export function dependsOnValues(user: string, path: readonly string[]): ArgumentError {
  return new ArgumentError({
    call: `exportOnnx: ${user} takes part in a decision by the input's values`,
    rule: "What hangs on values in another way than through the operations of tensors, such as a branch or item(), would be frozen as it is for the example.",
    hint: "leave it out of the model that is exported, and do it outside; where(x.gt(0), a, b) takes the place of a branch.",
    path,
  })
}
