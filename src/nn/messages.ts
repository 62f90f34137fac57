import { ArgumentError, CellgradError, type ErrorRow, IndexError, ShapeError } from "../tensor/errors.js"
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
    rows: rows.length <= 40 ? rows : [...rows.slice(0, 40), { role: "…", what: `and ${rows.length - 40} more` }],
    rule:
      unlike.length > 0
        ? "Every value must have the shape of the parameter that it replaces."
        : "Names must be the same on both sides.",
    hint: unlike.length > 0 ? undefined : "to copy only what fits, pass { strict: false }.",
  })
}

/** A path at which a module has nothing. */
export function noSuchMember(call: string, path: string, names: readonly string[]): ArgumentError {
  const shown = names.filter((name) => name !== "").slice(0, 12)
  return new ArgumentError({
    call: `${call}: ${valueText(path)}`,
    rule:
      shown.length === 0
        ? "The module has none."
        : `The paths are ${shown.map(valueText).join(", ")}${names.length > shown.length + 1 ? ", …" : ""}.`,
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

/** Something in a container that cannot be called. */
export function notALayer(container: string, place: number | string, value: unknown): ArgumentError {
  const isSequential = container === "Sequential"
  return new ArgumentError({
    call: `${container}: element ${typeof place === "number" ? place : valueText(place)} is ${valueText(value)}`,
    rule: isSequential
      ? "Every element must be a module or a function of a tensor."
      : "Every element must be a module.",
    hint: !Array.isArray(value)
      ? undefined
      : isSequential
        ? "give the layers one by one: new nn.Sequential(...layers)."
        : "give one list of modules, not lists in a list.",
  })
}

/** A container that was called itself. */
export function containerIsNotCalled(container: string): ArgumentError {
  return new ArgumentError({
    call: `${container}: called`,
    rule: `A ${container} only holds what it is made of, and does not say in which order to call it.`,
    hint: container === "ModuleList" ? "loop over it, or use nn.Sequential." : undefined,
  })
}

/** A name that would make paths ambiguous. */
export function badName(container: string, name: string): ArgumentError {
  return new ArgumentError({
    call: `${container}: the name ${valueText(name)}`,
    rule: "A name must not be empty or hold a dot, which parts the names in a path.",
  })
}

/** A name that a container does not have. */
export function notAMember(container: string, name: string, names: readonly string[]): ArgumentError {
  return new ArgumentError({
    call: `${container}: ${valueText(name)}`,
    rule: names.length === 0 ? "It is empty." : `It has ${names.map(valueText).join(", ")}.`,
  })
}

/** Something other than a tensor among parameters. */
export function notAParameter(container: string, value: unknown): ArgumentError {
  return new ArgumentError({ call: `${container}: ${valueText(value)}`, rule: "Every element must be a tensor." })
}

/** A weight whose fan cannot be told. */
export function noFan(call: string, shape: readonly number[]): ShapeError {
  return new ShapeError({
    call: `${call}: ${shapeText(shape)}`,
    rule: "The number of inputs and outputs can only be told of a tensor of at least two dimensions.",
  })
}

/** An input that does not end in the shape that is normalised. */
export function normalizedShape(name: string, x: readonly number[], wanted: readonly number[]): ShapeError {
  return new ShapeError({
    call: `${name}: ${shapeText(x)} over ${shapeText(wanted)}`,
    rows: [
      { role: "input", what: shapeText(x), note: `last sizes ${shapeText(x.slice(-wanted.length))}` },
      { role: "normalizedShape", what: shapeText(wanted) },
    ],
    rule: "The last sizes of the input must be the normalised shape.",
  })
}

/** A weight or bias of another shape than the one that is normalised. */
export function normalizedParameter(
  name: string,
  role: string,
  found: readonly number[],
  wanted: readonly number[],
): ShapeError {
  return new ShapeError({
    call: `${name}: ${role} ${shapeText(found)}`,
    rule: `The ${role} must have the normalised shape, ${shapeText(wanted)}.`,
  })
}

/** A vector that has not one element for each channel. */
export function channelVector(
  name: string,
  role: string,
  x: readonly number[],
  found: readonly number[],
  channels: number,
): ShapeError {
  return new ShapeError({
    call: `${name}: ${shapeText(x)} with ${role} ${shapeText(found)}`,
    rows: [
      { role: "input", what: shapeText(x), note: `${channels} channels (dimension 1)` },
      { role, what: shapeText(found) },
    ],
    rule: `The ${role} must have one element for each channel, [${channels}].`,
    hint:
      x.length === 4 && x[3] === found[0]
        ? "the channels look to stand last; move them to dimension 1: x.movedim(-1, 1)."
        : undefined,
  })
}

/** An input of a layer for channels that has another number of them. */
export function channelCount(layer: string, x: readonly number[], found: number, wanted: number): ShapeError {
  return new ShapeError({
    call: `${layer}: ${shapeText(x)}`,
    rule: `The input has ${found} channels (dimension 1); the layer was made for ${wanted}.`,
    hint:
      x.length === 4 && x[3] === wanted
        ? "the channels look to stand last; move them to dimension 1: x.movedim(-1, 1)."
        : undefined,
  })
}

/** A weight of an activation that has neither one element nor one for each channel. */
export function channelWeight(
  name: string,
  x: readonly number[],
  weight: readonly number[],
  channels: number,
): ShapeError {
  return new ShapeError({
    call: `${name}: ${shapeText(x)} with weight ${shapeText(weight)}`,
    rule: `The weight must have one element, or one for each channel of the input (${channels}).`,
  })
}

/** A batch in which a channel has a single value, which has no variance. */
export function oneValuePerChannel(name: string, x: readonly number[]): ShapeError {
  return new ShapeError({
    call: `${name}: ${shapeText(x)}`,
    rule:
      name === "batchNorm"
        ? "While training there must be more than one value for each channel: a single one has no variance."
        : "There must be more than one value for each channel of a sample: a single one has no variance.",
    hint:
      name === "batchNorm"
        ? "use a larger batch (or dropLast: true in the loader), or model.eval() to use the running values."
        : undefined,
  })
}

/** Channels that do not divide into groups. */
export function groupSizes(name: string, channels: number, numGroups: number): ArgumentError {
  return new ArgumentError({
    call: `${name}: ${channels} channels in ${valueText(numGroups)} groups`,
    rule: "The number of channels must be divisible by the number of groups, a whole number of at least 1.",
  })
}

/** A size that cannot be halved. */
export function oddSize(name: string, x: readonly number[], dim: number): ShapeError {
  return new ShapeError({
    call: `${name}: ${shapeText(x)} along dim ${dim}`,
    rule: `The size of that dimension (${x[dim]}) must be even: one half gates the other.`,
  })
}

/** A number that is no position in a table of embeddings. */
export function notInTable(name: string, at: number, count: number): IndexError {
  return new IndexError({
    call: `${name}: number ${at} in a table of ${count} rows`,
    rule: `The numbers must lie between 0 and ${count - 1}.`,
    hint:
      at === count ? "are they counted from 1, or is the table as long as the vocabulary without <pad>?" : undefined,
  })
}

/** Weights of a bag that do not go with it. */
export function bagWeights(mode: string, found: readonly number[], wanted: readonly number[]): ArgumentError {
  return new ArgumentError({
    call: `embeddingBag: perSampleWeights ${shapeText(found)} with mode "${mode}"`,
    rule: `perSampleWeights need mode "sum" and the shape of the input, ${shapeText(wanted)}.`,
  })
}

/** Offsets of bags that do not go with the input. */
export function bagOffsets(input: readonly number[], rule: string): ArgumentError {
  return new ArgumentError({ call: `embeddingBag: input ${shapeText(input)}`, rule })
}

/** Inputs of a bilinear map that do not fit its weight. */
export function bilinearSizes(
  x1: readonly number[],
  x2: readonly number[],
  weight: readonly number[],
  bias: readonly number[] | null,
): ShapeError {
  const [out, in1, in2] = weight
  const rows: ErrorRow[] = [
    { role: "input 1", what: shapeText(x1), note: `wanted [..., ${in1}]` },
    { role: "input 2", what: shapeText(x2), note: `wanted [..., ${in2}]` },
    { role: "weight", what: shapeText(weight) },
  ]
  if (bias !== null) rows.push({ role: "bias", what: shapeText(bias), note: `wanted [${out}]` })
  return new ShapeError({
    call: `bilinear: ${shapeText(x1)} and ${shapeText(x2)}`,
    rows,
    rule: `The last sizes must be those that the weight takes in (${in1} and ${in2}), all sizes before them equal.`,
  })
}

/** A size that must be a multiple of another. */
export function notDivisible(
  name: string,
  x: readonly number[],
  what: string,
  size: number,
  divisor: number,
): ShapeError {
  return new ShapeError({
    call: `${name}: ${shapeText(x)}`,
    rule: `The ${what} (${size}) must be a multiple of ${divisor}.`,
  })
}

/** Something other than parameters, given to a function that changes them. */
export function notParameters(call: string, value: unknown): ArgumentError {
  return new ArgumentError({
    call: `${call}: ${valueText(value)}`,
    rule: "It takes an array of parameters.",
    hint: typeof value === "function" && "parameters" in value ? "write model.parameters()." : undefined,
  })
}

/** A vector that is longer or shorter than the parameters together. */
export function vectorLength(found: number, wanted: number): ShapeError {
  return new ShapeError({
    call: `vectorToParameters: a vector of ${found}`,
    rule: `The parameters have ${wanted} elements together, so the vector must have as many.`,
  })
}

/** Samples and labels of a perceptron that do not fit. */
export function perceptronSamples(
  x: readonly number[],
  targets: readonly number[] | null,
  inFeatures: number,
): ShapeError {
  const rows: ErrorRow[] = [{ role: "samples", what: shapeText(x), note: `wanted [N, ${inFeatures}]` }]
  if (targets !== null) rows.push({ role: "targets", what: shapeText(targets), note: "wanted [N]" })
  return new ShapeError({
    call:
      targets === null ? `Perceptron: ${shapeText(x)}` : `Perceptron.fit: ${shapeText(x)} and ${shapeText(targets)}`,
    rows,
    rule: `Samples have ${inFeatures} features each${targets === null ? "" : ", and there is one target for each"}.`,
  })
}

/** A target that is none of a perceptron's labels. */
export function perceptronLabels(target: number, labels: readonly [number, number]): ArgumentError {
  const isSign = target === 1 || target === -1
  return new ArgumentError({
    call: `Perceptron: target ${target}`,
    rule: `The labels are ${labels[0]} and ${labels[1]}.`,
    hint: isSign ? "for signs make it with { labels: [-1, 1] }." : undefined,
  })
}

/** The end of a normalisation of a weight that has none. */
export function notNormalised(call: string, name: string): ArgumentError {
  return new ArgumentError({
    call: `${call}: ${valueText(name)}`,
    rule: `There is no ${call} on that parameter of the module.`,
  })
}

/** Padding that is not one number, nor one for each side. */
export function paddingSizes(layer: string, padding: unknown, sides: number): ArgumentError {
  return new ArgumentError({
    call: `${layer}: padding = ${valueText(padding)}`,
    rule: `padding must be one whole number, or ${sides} of them: ${["left, right", "top, bottom", "front, back"].slice(0, sides / 2).join(", ")}.`,
  })
}

/** A kernel of `fold` or `unfold` that is larger than the padded image. */
export function blockTooLarge(
  name: string,
  kernel: readonly number[],
  dilation: readonly number[],
  padded: readonly number[],
): ShapeError {
  const spread = dilation.some((apart) => apart !== 1) ? ` spread by ${dilation.join(" x ")}` : ""
  return new ShapeError({
    call: `${name}: kernel ${kernel.join(" x ")}${spread}`,
    rule: `The kernel must fit into the image with its padding, ${padded.join(" x ")}.`,
    hint: "a smaller kernelSize, or more padding.",
  })
}

/** Columns that are not as many as an image of this size has blocks. */
export function blockCount(x: readonly number[], size: readonly number[], count: number): ShapeError {
  return new ShapeError({
    call: `fold: ${shapeText(x)}`,
    rule: `An image of ${size.join(" x ")} has ${count} blocks; the input has ${x[2]} columns.`,
    hint: "kernelSize, dilation, padding and stride must be those that unfold had.",
  })
}

/** Layers that cannot become one. */
export function badFusion(call: string, rule: string): ArgumentError {
  return new ArgumentError({ call, rule: `${rule}.` })
}

/** Cutoffs of an adaptive softmax that do not rise through its classes. */
export function badCutoffs(cutoffs: readonly number[], classes: number): ArgumentError {
  return new ArgumentError({
    call: `AdaptiveLogSoftmaxWithLoss: cutoffs [${cutoffs.join(", ")}]`,
    rule: `Cutoffs must be whole numbers that rise, the first at least 1, the last at most ${classes - 1}.`,
  })
}

/** Targets of an adaptive softmax that are not one for each row. */
export function adaptiveTarget(x: readonly number[], target: readonly number[]): ShapeError {
  return new ShapeError({
    call: `AdaptiveLogSoftmaxWithLoss: ${shapeText(x)} with target ${shapeText(target)}`,
    rule: "There must be one class number for each row, [N].",
  })
}

/** Targets of an adaptive softmax beyond its classes. */
export function adaptiveClasses(least: number, most: number, classes: number): ArgumentError {
  return new ArgumentError({
    call: `AdaptiveLogSoftmaxWithLoss: class numbers from ${least} to ${most}`,
    rule: `Class numbers must lie between 0 and ${classes - 1}.`,
  })
}

/** A cluster of an adaptive softmax for which no feature is left. */
export function narrowCluster(features: number, divValue: number, cluster: number): ArgumentError {
  return new ArgumentError({
    call: `AdaptiveLogSoftmaxWithLoss: divValue = ${valueText(divValue)}`,
    rule: `Cluster ${cluster} has inFeatures / divValue^${cluster} features, and ${features} / ${divValue ** cluster} is less than 1.`,
    hint: "a smaller divValue, fewer cutoffs, or more features.",
  })
}
