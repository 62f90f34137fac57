import { ArgumentError, ShapeError } from "../tensor/errors.js"
import { shapeText, valueText } from "../tensor/messages.js"

/** True and predicted values that are not equally many. */
export function countsDiffer(call: string, truth: number, name: string, found: number): ShapeError {
  return new ShapeError({
    call: `${call}: ${truth} and ${found} values`,
    rows: [
      { role: "yTrue", what: `${truth} values` },
      { role: name, what: `${found} values` },
    ],
    rule: "There must be one prediction for each sample.",
    hint: found === 2 * truth ? "for two classes, give the scores of the positive one: x.select(1, 1)." : undefined,
  })
}

/** No samples at all. */
export function noSamples(call: string): ArgumentError {
  return new ArgumentError({ call: `${call}: 0 samples`, rule: "At least one sample is needed." })
}

/** A value that is no class. */
export function notAClass(call: string, role: string, value: unknown, index: number): ArgumentError {
  const fraction = typeof value === "number" && !Number.isInteger(value)
  return new ArgumentError({
    call: `${call}: ${role}[${index}] is ${valueText(value)}`,
    rule: "A class is a whole number that is not negative, a boolean or a text.",
    hint: fraction
      ? "these look like scores; make classes of them: scores.gt(0.5), or scores.argmax(1) of several."
      : undefined,
  })
}

/** A value that is no number where one is measured. */
export function notANumber(call: string, role: string, value: unknown, index: number): ArgumentError {
  return new ArgumentError({ call: `${call}: ${role}[${index}] is ${valueText(value)}`, rule: "It must be a number." })
}

/** Labels other than 0 and 1 where there are two sides. */
export function notBinary(call: string, value: unknown, index: number): ArgumentError {
  return new ArgumentError({
    call: `${call}: yTrue[${index}] is ${valueText(value)}`,
    rule: "The labels must be 1 for the positive class and 0 for the other.",
    hint: "of more classes, compare one with the rest: labels.eq(2).",
  })
}

/** Only one of two classes, where both are compared. */
export function oneClassOnly(call: string, value: number): ArgumentError {
  return new ArgumentError({
    call: `${call}: every label is ${value}`,
    rule: "Both classes must occur, since positives are compared with negatives.",
  })
}

/** Predictions of a shape that is neither classes nor scores of classes. */
export function badShape(call: string, role: string, shape: readonly number[], wanted: string): ShapeError {
  return new ShapeError({ call: `${call}: ${role} ${shapeText(shape)}`, rule: `${role} must be ${wanted}.` })
}

/** An option that there is none of. */
export function badOption(call: string, name: string, value: unknown, rule: string): ArgumentError {
  return new ArgumentError({ call: `${call}: ${name} ${valueText(value)}`, rule })
}
