import { fractionalMaxPool2d, type Tensor } from "../../../src/index.js"
import {
  type Argument,
  callWith,
  constants,
  crooked,
  floats,
  Input,
  ints,
  python,
  type Sample,
  type Samples,
  snake,
} from "../sample.js"

/** The name of a function of `torch.nn.functional`: `convTranspose2d` is `conv_transpose2d`. */
const torchName = (name: string) => snake(name).replace(/_([12])d$/, "$1d")

/** A call of a function of F: inputs and sizes in position, then options by name. */
function f(name: string, args: readonly Argument[], options: { readonly [key: string]: Argument } = {}): Sample {
  const sample = { args: [...args, options] }
  const inPosition = args.map((argument) => python(argument, sample))
  const byName = Object.entries(options).map(([key, value]) => `${snake(key)}=${python(value, sample)}`)
  const torch = `F.${torchName(name)}(${[...inPosition, ...byName].join(", ")})`
  const sums = args.filter((argument) => argument instanceof Input).length > 1
  const float32 = { absolute: 2e-6, why: "sums of up to 50 products nearly cancel" }
  return callWith(sums ? { torch, float32 } : { torch }, ...args, options)
}

/** Calls of one convolution: shapes of input, weight and bias (null for none), then options. */
function convolutions(
  name: string,
  ...cases: [shapes: (readonly number[] | null)[], options?: { readonly [key: string]: Argument }][]
): Sample[] {
  return cases.map(([shapes, options]) =>
    f(
      name,
      shapes.map((shape, i) => (shape === null ? null : crooked(shape, i === 1 ? -1 : -1.7, i === 1 ? 1.2 : 2.1))),
      options,
    ),
  )
}

/** Convolutions. */
export const convolution = {
  conv1d: convolutions(
    "conv1d",
    [[[2, 3, 9], [4, 3, 3], [4]]],
    [[[2, 2, 10], [2, 2, 3], [2]], { stride: 2, padding: 2, dilation: 2 }],
    [[[1, 4, 7], [6, 2, 4], null], { groups: 2, padding: "same" }],
    [[[3, 8], [2, 3, 8], [2]], { padding: "valid" }],
  ),
  conv2d: convolutions(
    "conv2d",
    [[[2, 2, 3, 4], [2, 2, 2, 3], [2]]],
    [[[1, 1, 2, 17], [2, 1, 3, 3], [2]], { padding: 1 }],
    [[[1, 2, 7, 6], [3, 2, 3, 3], [3]], { stride: 2, padding: 1 }],
    [[[1, 2, 6, 8], [2, 2, 4, 3], null], { stride: [2, 3], padding: [2, 0], dilation: [1, 2] }],
    [[[1, 2, 5, 4], [2, 2, 2, 4], [2]], { padding: "same", dilation: [2, 1] }],
    [[[1, 4, 4, 3], [6, 2, 3, 2], [6]], { groups: 2 }],
    [[[1, 2, 3, 3], [4, 1, 3, 2], null], { groups: 2, padding: 1 }],
    [[[2, 5, 3, 2], [3, 5, 1, 1], [3]]],
    [[[3, 7, 6], [2, 3, 2, 2], [2]], { stride: 3 }],
    [[[0, 3, 6, 5], [2, 3, 3, 3], [2]], { padding: 1 }],
  ),
  convTranspose1d: convolutions(
    "convTranspose1d",
    [[[1, 3, 4], [3, 2, 3], [2]], { stride: 2, padding: 1, outputPadding: 1 }],
    [[[1, 3, 5], [3, 2, 3], null], { groups: 3, dilation: 2 }],
  ),
  convTranspose2d: convolutions(
    "convTranspose2d",
    [[[2, 2, 2, 3], [2, 2, 2, 3], [2]]],
    [[[1, 2, 3, 2], [2, 1, 4, 3], [1]], { stride: 2, padding: 1 }],
    [
      [[1, 2, 2, 2], [2, 1, 2, 3], [2]],
      { stride: [3, 2], padding: [0, 1], outputPadding: [2, 0], dilation: [1, 2], groups: 2 },
    ],
    [[[2, 3, 2], [2, 2, 2, 2], [2]], { stride: 2 }],
  ),
} satisfies Samples

const image = () => crooked([1, 2, 5, 6])
const sequence = () => crooked([2, 2, 9])
const single = () => crooked([2, 4, 5])
const indices = { returnIndices: true }

/** Pooling. */
export const pooling = {
  maxPool1d: [
    f("maxPool1d", [sequence(), 2]),
    f("maxPool1d", [sequence(), 3], { stride: 2, padding: 1, ceilMode: true, ...indices }),
  ],
  maxPool2d: [
    f("maxPool2d", [image(), 2]),
    f("maxPool2d", [image(), 2], { ceilMode: true, ...indices }),
    f("maxPool2d", [image(), [3, 2]], { stride: [1, 2], padding: [1, 0], ...indices }),
    f("maxPool2d", [image(), 3], { stride: 1, dilation: 2, ...indices }),
    f("maxPool2d", [single(), 2]),
    f("maxPool2d", [crooked([0, 2, 4, 4]), 2]),
  ],
  avgPool1d: [
    f("avgPool1d", [sequence(), 3], { stride: 2, padding: 1 }),
    f("avgPool1d", [sequence(), 4], { ceilMode: true, countIncludePad: false }),
  ],
  avgPool2d: [
    f("avgPool2d", [image(), 2]),
    f("avgPool2d", [image(), 3], { stride: 2, padding: 1, ceilMode: true }),
    f("avgPool2d", [image(), [2, 3]], { padding: [1, 1], countIncludePad: false }),
    f("avgPool2d", [single(), 2], { divisorOverride: 3 }),
  ],
  adaptiveAvgPool1d: [f("adaptiveAvgPool1d", [sequence(), 4])],
  adaptiveAvgPool2d: [
    f("adaptiveAvgPool2d", [image(), 1]),
    f("adaptiveAvgPool2d", [image(), [3, null]]),
    f("adaptiveAvgPool2d", [image(), [7, 4]]),
  ],
  adaptiveMaxPool1d: [f("adaptiveMaxPool1d", [sequence(), 4], indices)],
  adaptiveMaxPool2d: [f("adaptiveMaxPool2d", [image(), [3, 5]], indices), f("adaptiveMaxPool2d", [single(), 2])],
} satisfies Samples

const positive = (shape: readonly number[]) => crooked(shape, 0.2, 2.1)

/** Poolings by norms, and poolings turned around. */
export const unpooling = {
  lpPool1d: [
    f("lpPool1d", [positive([2, 2, 9]), 2, 3]),
    f("lpPool1d", [positive([2, 9]), 1.5, 4], { stride: 2, ceilMode: true }),
  ],
  lpPool2d: [
    f("lpPool2d", [positive([1, 2, 5, 6]), 2, 2]),
    f("lpPool2d", [positive([1, 2, 5, 6]), 3, [2, 3]], { stride: [1, 2] }),
  ],
  fractionalMaxPool2d: [
    callWith(
      {
        torch: "F.fractional_max_pool2d(a, 2, output_size=(3, 4), _random_samples=b, return_indices=True)",
        ours: (a, b) =>
          fractionalMaxPool2d(a as Tensor, 2, { outputSize: [3, 4], randomSamples: b as Tensor, returnIndices: true }),
      },
      crooked([2, 2, 5, 7]),
      constants([
        [
          [0.1, 0.9],
          [0.5, 0.3],
        ],
        [
          [0.75, 0.25],
          [0.99, 0.01],
        ],
      ]),
    ),
    callWith(
      {
        torch: "F.fractional_max_pool2d(a, (2, 3), output_ratio=(0.5, 0.6), _random_samples=b)",
        ours: (a, b) =>
          fractionalMaxPool2d(a as Tensor, [2, 3], { outputRatio: [0.5, 0.6], randomSamples: b as Tensor }),
      },
      crooked([1, 1, 6, 7]),
      constants([[[0.4, 0.6]]]),
    ),
  ],
  maxUnpool1d: [
    f("maxUnpool1d", [
      crooked([1, 2, 3]),
      ints([
        [
          [1, 2, 5],
          [0, 3, 4],
        ],
      ]),
      2,
    ]),
    f("maxUnpool1d", [crooked([1, 1, 3]), ints([[[0, 3, 4]]]), 3], { stride: 2, padding: 1 }),
  ],
  maxUnpool2d: [
    f("maxUnpool2d", [
      crooked([1, 2, 2, 2]),
      ints([
        [
          [
            [0, 3],
            [12, 15],
          ],
          [
            [5, 2],
            [8, 11],
          ],
        ],
      ]),
      2,
    ]),
    f(
      "maxUnpool2d",
      [
        crooked([1, 2, 2]),
        ints([
          [
            [6, 4],
            [16, 13],
          ],
        ]),
        2,
      ],
      { outputSize: [5, 5] },
    ),
  ],
} satisfies Samples

const turned = () =>
  floats([
    [
      [0.8, -0.3, 0.1],
      [0.4, 0.9, -0.2],
    ],
    [
      [1.3, 0.2, 0],
      [-0.1, 0.7, 0.5],
    ],
  ])
const grid = () => crooked([2, 3, 2, 2], -1.4, 1.4)
const pictures = () => crooked([2, 2, 3, 4])

/** Images looked at through grids. */
export const grids = {
  affineGrid: [
    f("affineGrid", [turned(), [2, 1, 3, 4]], { alignCorners: false }),
    f("affineGrid", [turned(), [2, 1, 2, 1]], { alignCorners: true }),
  ],
  gridSample: [
    f("gridSample", [pictures(), grid()], { alignCorners: false }),
    f("gridSample", [pictures(), grid()], { alignCorners: true }),
    f("gridSample", [pictures(), grid()], { paddingMode: "border", alignCorners: false }),
    f("gridSample", [pictures(), grid()], { paddingMode: "reflection", alignCorners: false }),
    f("gridSample", [pictures(), grid()], { paddingMode: "reflection", alignCorners: true }),
    f("gridSample", [pictures(), grid()], { mode: "nearest", alignCorners: false }),
  ].map((sample) => ({ ...sample, float32: { absolute: 2e-6, why: "PyTorch finds the places in float32" } })),
} satisfies Samples

/** Images and sequences made larger and smaller. */
export const interpolation = {
  interpolate: [
    f("interpolate", [sequence()], { scaleFactor: 2 }),
    f("interpolate", [sequence()], { size: 5, mode: "nearest-exact" }),
    f("interpolate", [sequence()], { size: 14, mode: "linear" }),
    f("interpolate", [image()], { size: [3, 11] }),
    f("interpolate", [image()], { scaleFactor: [2, 1.5], mode: "bilinear" }),
    f("interpolate", [image()], { size: [8, 3], mode: "bilinear", alignCorners: true }),
    f("interpolate", [image()], { scaleFactor: 1.7, mode: "bilinear" }),
    f("interpolate", [image()], { size: 2, mode: "area" }),
  ].map((sample) => ({
    ...sample,
    float32: { absolute: 1e-6, why: "PyTorch computes the shares of the neighbours in float32" },
  })),
} satisfies Samples
