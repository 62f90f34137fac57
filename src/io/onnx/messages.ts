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
export function notInOnnx(operation: string): ArgumentError {
  return new ArgumentError({
    call: `exportOnnx: ${operation}`,
    rule: "This operation of the model cannot be written in ONNX yet.",
    hint: "leave it out of the model that is exported, and do it outside.",
  })
}

/** A model that is another for other values of its input. */
export function dependsOnValues(user: string): ArgumentError {
  return new ArgumentError({
    call: `exportOnnx: ${user} takes part in a decision by the input's values`,
    rule: "Only what is computed by differentiable operations can be exported; comparisons, rounding and branches on values would be frozen as they are for the example.",
    hint: "leave them out of the model that is exported, and do them outside.",
  })
}
