import { ArgumentError, IndexError, ShapeError } from "../tensor/errors.js"
import { shapeText } from "../tensor/messages.js"

/** Targets that should be 1 or -1. */
export function targetsNotSigns(name: string): ArgumentError {
  return new ArgumentError({
    call: `${name}: a target other than 1 and -1`,
    rule: "Every target must be 1 or -1.",
    hint: "if they are 0 and 1, use target.mul(2).sub(1).",
  })
}

/** Class targets that are not as many as the rows of scores. */
export function classTargets(name: string, input: readonly number[], target: readonly number[]): ShapeError {
  return new ShapeError({
    call: `${name}: scores ${shapeText(input)}, target ${shapeText(target)}`,
    rows: [
      { role: "scores", what: shapeText(input), note: "[samples, classes]" },
      {
        role: "target",
        what: shapeText(target),
        note: name === "multiLabelMarginLoss" ? "[samples, classes]" : "[samples]",
      },
    ],
    rule:
      name === "multiLabelMarginLoss"
        ? "The target must have the shape of the scores: in each row the right classes, then -1."
        : "There must be one class number for each sample.",
    hint:
      target.length === 2 && target[1] === 1 && name !== "multiLabelMarginLoss"
        ? "the target is a column; use target.squeeze(1)."
        : undefined,
  })
}

/** A class number that no score stands for. */
export function noSuchClass(name: string, found: number, classes: number): IndexError {
  return new IndexError({
    call: `${name}: class ${found} of ${classes}`,
    rule: `Class numbers must be whole numbers between 0 and ${classes - 1}.`,
    hint: found === classes ? "classes are counted from 0; are these counted from 1?" : undefined,
  })
}

/** Weights of classes that are not as many as the classes. */
export function classWeight(name: string, found: readonly number[], classes: number): ShapeError {
  return new ShapeError({
    call: `${name}: weight ${shapeText(found)}`,
    rule: `The weight must have one element for each class, [${classes}].`,
  })
}

/** Variances below 0. */
export function negativeVariance(name: string): ArgumentError {
  return new ArgumentError({
    call: `${name}: a variance below 0`,
    rule: "A variance must be at least 0.",
    hint: "let the model give its logarithm, and take exp() of it.",
  })
}

/** A variance that does not go with the input. */
export function varianceShape(input: readonly number[], variance: readonly number[]): ShapeError {
  return new ShapeError({
    call: `gaussianNllLoss: ${shapeText(input)} with variance ${shapeText(variance)}`,
    rule: `The variance must be ${shapeText(input)}, ${shapeText([...input.slice(0, -1), 1])} or ${shapeText(input.slice(0, -1))}.`,
  })
}

/** Lengths of sequences that are not one for each sample. */
export function ctcLengths(role: string, found: number, samples: number): ArgumentError {
  return new ArgumentError({
    call: `ctcLoss: ${found} ${role} for ${samples} samples`,
    rule: `${role} must be whole numbers that are not negative, one for each sample.`,
  })
}

/** Lengths beyond the steps that there are. */
export function ctcInputLength(lengths: readonly number[], steps: number): ArgumentError {
  return new ArgumentError({
    call: `ctcLoss: inputLengths ${shapeText(lengths)} of ${steps} steps`,
    rule: `No length may be more than the number of steps (${steps}), the first dimension.`,
    hint: "the log-probabilities are [T, N, C], with the steps first; from [N, T, C] use logProbs.transpose(0, 1).",
  })
}

/** Lengths beyond the labels that there are. */
export function ctcTargets(targets: readonly number[], lengths: readonly number[]): ArgumentError {
  return new ArgumentError({
    call: `ctcLoss: targets ${shapeText(targets)} with targetLengths ${shapeText(lengths)}`,
    rule: "The lengths reach beyond the targets.",
  })
}

/** What is said of scores that a softmax has already made shares of: a warning, since it can be computed. */
export function softmaxTwice(loss: string): string {
  return [
    `${loss}: the scores come from a softmax, and the loss applies one itself. With both the network learns slowly.`,
    "hint: give it what the last layer computes, without softmax.",
  ].join("\n")
}
