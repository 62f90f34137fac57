import { ArgumentError, CellgradError, type ErrorRow, ShapeError } from "../tensor/errors.js"
import { shapeText, valueText } from "../tensor/messages.js"

/** Saved values that do not fit a model. */
export class StateError extends CellgradError {
  override name = "StateError"
}

/** A state whose names or shapes are not those of the module. */
export function stateMismatch(
  module: string,
  missing: readonly string[],
  unexpected: readonly string[],
  unlike: readonly { name: string; wanted: readonly number[]; found: readonly number[] }[],
): StateError {
  const rows: ErrorRow[] = [
    ...missing.map((name) => ({ role: name, what: "missing in the state" })),
    ...unexpected.map((name) => ({ role: name, what: "not in the module" })),
    ...unlike.map(({ name, wanted, found }) => ({
      role: name,
      what: `${shapeText(found)} in the state`,
      note: `${shapeText(wanted)} in the module`,
    })),
  ]
  return new StateError({
    call: `loadStateDict: the state does not fit ${module}`,
    rows: rows.slice(0, 20),
    rule:
      unlike.length > 0
        ? "Every value must have the shape of the parameter that it replaces."
        : "Names must be the same on both sides.",
    hint: unlike.length > 0 ? undefined : "to copy only what fits, pass { strict: false }.",
  })
}

/** A size of a layer that is none. */
export function badSize(layer: string, name: string, value: unknown): ArgumentError {
  return new ArgumentError({
    call: `${layer}: ${name} = ${valueText(value)}`,
    rule: `${name} must be a whole number of at least 1.`,
  })
}

/** A number out of its range. */
export function outOfRange(call: string, name: string, value: unknown, rule: string): ArgumentError {
  return new ArgumentError({ call: `${call}: ${name} = ${valueText(value)}`, rule: `${name} ${rule}.` })
}

/** Something in a Sequential that cannot be called. */
export function notALayer(container: string, index: number, value: unknown): ArgumentError {
  return new ArgumentError({
    call: `${container}: element ${index} is ${valueText(value)}`,
    rule: "Every element must be a module or a function of a tensor.",
    hint: Array.isArray(value) ? `give the layers one by one: new nn.${container}(...layers).` : undefined,
  })
}

/** A weight whose fan cannot be told. */
export function noFan(call: string, shape: readonly number[]): ShapeError {
  return new ShapeError({
    call: `${call}: ${shapeText(shape)}`,
    rule: "The number of inputs and outputs can only be told of a tensor of at least two dimensions.",
  })
}

/** Trailing sizes of an input that are not those a normalisation was made for. */
export function normalizedShape(x: readonly number[], wanted: readonly number[]): ShapeError {
  return new ShapeError({
    call: `layerNorm: ${shapeText(x)} over ${shapeText(wanted)}`,
    rows: [
      { role: "input", what: shapeText(x), note: `last sizes ${shapeText(x.slice(-wanted.length))}` },
      { role: "normalizedShape", what: shapeText(wanted) },
    ],
    rule: "The last sizes of the input must be the normalised shape.",
  })
}
