import { ArgumentError, ShapeError } from "../tensor/errors.js"
import { row, shapeText, valueText } from "../tensor/messages.js"

// Messages of everything that slides a window over images or sequences: convolution, pooling, interpolation.

const layouts = ["[N, C, L] or [C, L]", "[N, C, H, W] or [C, H, W]"] as const

/** An input that has not the dimensions of a batch of images (two) or of sequences (one). */
export function windowRank(name: string, shape: readonly number[], spatial: 1 | 2): ShapeError {
  const missing = spatial + 2 - shape.length
  return new ShapeError({
    call: `${name}: ${shapeText(shape)}`,
    rows: [row("input", shapeText(shape), `wanted ${layouts[spatial - 1]}`)],
    rule: `The input must have ${spatial + 2} dimensions, or ${spatial + 1} for a single sample; it has ${shape.length}.`,
    hint:
      missing === 2
        ? spatial === 1
          ? "batch and channel are missing; try x.unsqueeze(0).unsqueeze(0)."
          : "of one image, batch and channel are missing: x.unsqueeze(0).unsqueeze(0); rows of flattened images become images by x.reshape([-1, C, H, W])."
        : missing === 1
          ? "the batch is missing; try x.unsqueeze(0)."
          : undefined,
  })
}

const channelCount = (count: number) => `${count} ${count === 1 ? "channel" : "channels"}`

/** An input of another number of channels than the weight was made for. */
export function convolutionChannels(
  name: string,
  input: readonly number[],
  weight: readonly number[],
  groups: number,
  wanted: number,
): ShapeError {
  const spatial = weight.length - 2
  const batched = input.length === spatial + 2
  const channels = input[input.length - spatial - 1] as number
  const channelsLast = input[input.length - 1] === wanted && wanted !== channels
  const order = batched ? (spatial === 2 ? "0, 3, 1, 2" : "0, 2, 1") : spatial === 2 ? "2, 0, 1" : "1, 0"
  const hint = channelsLast
    ? `the channels look to stand last; try x.permute(${order}).`
    : !batched && wanted === 1
      ? "a batch needs its channel too; try x.unsqueeze(1)."
      : undefined
  return new ShapeError({
    call: `${name}: ${shapeText(input)} with weight ${shapeText(weight)}${groups === 1 ? "" : ` in ${groups} groups`}`,
    rows: [
      row("input", shapeText(input), channelCount(channels)),
      row("weight", shapeText(weight), `made for ${channelCount(wanted)}`),
    ],
    rule: `The channels of the input (${channels}) must be as many as the weight was made for (${wanted}).`,
    hint,
  })
}

/** A weight of another rank. */
export function convolutionWeight(
  name: string,
  weight: readonly number[],
  spatial: number,
  wanted: string,
): ShapeError {
  return new ShapeError({
    call: `${name}: weight ${shapeText(weight)}`,
    rule: `The weight must be ${wanted}, ${spatial + 2} dimensions; it has ${weight.length}.`,
  })
}

/** A bias of another size than there are output channels. */
export function convolutionBias(name: string, bias: readonly number[], channels: number): ShapeError {
  return new ShapeError({
    call: `${name}: bias ${shapeText(bias)}`,
    rows: [row("bias", shapeText(bias)), row("outputs", shapeText([channels]))],
    rule: `The bias must have one number for each of the ${channels} output channels.`,
  })
}

/** Channels that do not divide into the groups. */
export function convolutionGroups(name: string, role: string, channels: number, groups: unknown): ArgumentError {
  return new ArgumentError({
    call: `${name}: ${role} = ${channels}, groups = ${valueText(groups)}`,
    rule: `${role} (${channels}) must be divisible by groups (${valueText(groups)}).`,
  })
}

/** A window that does not fit into the input. */
export function windowTooLarge(
  name: string,
  input: readonly number[],
  padded: readonly number[],
  kernel: readonly number[],
): ShapeError {
  return new ShapeError({
    call: `${name}: ${shapeText(input)}`,
    rows: [row("input", shapeText(padded), "with its padding"), row("kernel", shapeText(kernel), "with its dilation")],
    rule: "The kernel must not be larger than the input with its padding.",
    hint: "fewer or smaller layers before, or more padding, leave more to slide over.",
  })
}

/** An option of a window that is not a whole number, or one for each dimension. */
export function windowOption(
  name: string,
  option: string,
  value: unknown,
  spatial: number,
  least: number,
): ArgumentError {
  const several = spatial === 1 ? "" : `, or ${spatial} of them in an array`
  return new ArgumentError({
    call: `${name}: ${option} = ${valueText(value)}`,
    rule: `${option} must be a whole number of at least ${least}${several}.`,
  })
}

/** `padding: "same"` where the output cannot have the input's size. */
export function sameNeedsStrideOne(name: string, stride: readonly number[]): ArgumentError {
  return new ArgumentError({
    call: `${name}: padding "same" with stride ${shapeText(stride)}`,
    rule: 'padding: "same" keeps the size, which only a stride of 1 does.',
    hint: "give the padding as a number.",
  })
}

/** Padding of a pooling that is larger than half its window. */
export function poolingPadding(name: string, padding: readonly number[], kernel: readonly number[]): ArgumentError {
  return new ArgumentError({
    call: `${name}: padding ${shapeText(padding)} with a kernel of ${shapeText(kernel)}`,
    rule: "The padding must be at most half the kernel, or a window would hold nothing but padding.",
  })
}

/** Output padding that the stride or dilation cannot reach. */
export function outputPaddingTooLarge(name: string, outputPadding: readonly number[]): ArgumentError {
  return new ArgumentError({
    call: `${name}: outputPadding ${shapeText(outputPadding)}`,
    rule: "outputPadding must be smaller than the stride or the dilation.",
  })
}

/** Padding with elements of the input that asks for more of them than there are. */
export function paddingTooLarge(
  mode: string,
  input: readonly number[],
  size: number,
  wanted: number,
  most: number,
): ShapeError {
  return new ShapeError({
    call: `paddingMode "${mode}": ${shapeText(input)}`,
    rule: `A dimension of size ${size} can be padded with ${most} of its own elements at most, not with ${wanted}.`,
  })
}

/** `interpolate` without a size and a scale, or with both. */
export function sizeOrScale(size: unknown, scaleFactor: unknown): ArgumentError {
  return new ArgumentError({
    call: `interpolate: size = ${valueText(size)}, scaleFactor = ${valueText(scaleFactor)}`,
    rule: "Give either size or scaleFactor.",
  })
}

/** A scale that leaves no element of a dimension. */
export function nothingLeft(shape: readonly number[], scaleFactor: unknown): ArgumentError {
  return new ArgumentError({
    call: `interpolate: ${shapeText(shape)} by ${valueText(scaleFactor)}`,
    rule: "The result must have at least one element in each dimension.",
  })
}

/** A linear mode for another number of dimensions. */
export function interpolationMode(mode: string, shape: readonly number[]): ArgumentError {
  return new ArgumentError({
    call: `interpolate: ${shapeText(shape)} with mode "${mode}"`,
    rule: 'mode "linear" is for sequences [N, C, L], mode "bilinear" for images [N, C, H, W].',
  })
}

/** `alignCorners` where there is nothing to align. */
export function cornersWithoutLines(mode: string): ArgumentError {
  return new ArgumentError({
    call: `interpolate: alignCorners with mode "${mode}"`,
    rule: 'alignCorners is only for the modes "linear" and "bilinear".',
  })
}

/** Indices of an unpooling that are not one for each element. */
export function unpoolIndices(name: string, x: readonly number[], indices: readonly number[]): ShapeError {
  return new ShapeError({
    call: `${name}: ${shapeText(x)} with indices ${shapeText(indices)}`,
    rule: "There must be one index for each element.",
    hint: "take both from maxPool with { returnIndices: true }.",
  })
}

/** A size that no pooling of this kind takes to the input's. */
export function unpoolSize(
  name: string,
  wanted: readonly number[],
  own: readonly number[],
  stride: readonly number[],
): ShapeError {
  return new ShapeError({
    call: `${name}: outputSize ${wanted.join(" x ")}`,
    rule: `It must differ from ${own.join(" x ")} by less than the stride, ${stride.join(" x ")}.`,
  })
}

/** Matrices of `affineGrid` that are not [N, 2, 3], or not as many as images. */
export function affineTheta(theta: readonly number[], size: unknown): ShapeError {
  return new ShapeError({
    call: `affineGrid: theta ${shapeText(theta)}, size ${valueText(size)}`,
    rule: "theta must be [N, 2, 3] and size [N, C, H, W], for the same N.",
  })
}

/** A grid that does not belong to the images. */
export function sampleGrid(x: readonly number[], grid: readonly number[]): ShapeError {
  return new ShapeError({
    call: `gridSample: ${shapeText(x)} with grid ${shapeText(grid)}`,
    rule: "The input must be [N, C, H, W] and the grid [N, H, W, 2], for the same N.",
    hint: "affineGrid(theta, x.shape) makes one.",
  })
}

/** Both or neither of the two ways to tell a size. */
export function sizeOrRatio(size: unknown, ratio: unknown): ArgumentError {
  return new ArgumentError({
    call: `fractionalMaxPool2d: outputSize ${valueText(size)}, outputRatio ${valueText(ratio)}`,
    rule: "Either outputSize or outputRatio must be given.",
  })
}

/** Shares of the input's size that are none. */
export function badRatio(ratio: unknown): ArgumentError {
  return new ArgumentError({
    call: `fractionalMaxPool2d: outputRatio = ${valueText(ratio)}`,
    rule: "outputRatio must be a number between 0 and 1, or two of them in an array.",
  })
}

/** More windows than the input has room for. */
export function fractionalSize(x: readonly number[], size: readonly number[], kernel: readonly number[]): ShapeError {
  return new ShapeError({
    call: `fractionalMaxPool2d: ${shapeText(x)} to ${size.join(" x ")}`,
    rule: `outputSize + kernelSize - 1 must be at most the input's size; the windows are ${kernel.join(" x ")}.`,
  })
}

/** Random samples that are not two for each plane. */
export function fractionalSamples(samples: readonly number[], x: readonly number[]): ShapeError {
  return new ShapeError({
    call: `fractionalMaxPool2d: randomSamples ${shapeText(samples)}`,
    rule: `There must be two for each plane, ${shapeText([x[0] as number, x[1] as number, 2])}.`,
  })
}
