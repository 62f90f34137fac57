import { describe, expect, it } from "vitest"
import { CellgradError, F, nn, ones, randint, type Tensor, zeros } from "../../src/index.js"

/** What TypeScript would refuse. */
const wrong = (value: unknown) => value as never

class Net extends nn.Module {
  conv1 = new nn.Conv2d(1, 16, 3, { padding: 1 })
  conv2 = new nn.Conv2d(16, 32, 3)
  forward(x: Tensor): Tensor {
    return this.conv2(this.conv1(x).relu())
  }
}

/** Bad calls of convolution and pooling, as users make them. */
const badSamples: Record<string, () => unknown> = {
  "conv2d: batch and channel missing": () => new Net()(zeros([28, 28])),
  "conv2d: channel missing": () => new Net()(zeros([64, 28, 28])),
  "conv2d: channels last": () => new nn.Conv2d(3, 8, 3)(zeros([4, 32, 32, 3])),
  "conv2d: channels last, no batch": () => new nn.Conv2d(3, 8, 3)(zeros([32, 32, 3])),
  "conv2d: other channels": () => new nn.Conv2d(3, 8, 3)(zeros([4, 1, 32, 32])),
  "conv2d: flattened": () => new nn.Conv2d(1, 8, 3)(zeros([64, 784])),
  "conv2d: too many dimensions": () => new nn.Conv2d(1, 8, 3)(zeros([1, 1, 1, 28, 28])),
  "conv2d: kernel larger than input": () => F.conv2d(zeros([1, 1, 4, 4]), zeros([1, 1, 3, 3]), null, { dilation: 2 }),
  "conv2d: integers": () => F.conv2d(randint(0, 255, [1, 1, 4, 4]), zeros([1, 1, 3, 3])),
  "conv2d: float64 input": () => F.conv2d(ones([1, 1, 4, 4], { dtype: "float64" }), zeros([1, 1, 3, 3])),
  "conv2d: weight of a linear layer": () => F.conv2d(zeros([1, 1, 4, 4]), zeros([3, 16])),
  "conv2d: bias": () => F.conv2d(zeros([1, 1, 4, 4]), zeros([2, 1, 3, 3]), zeros([3])),
  "conv2d: stride": () => F.conv2d(zeros([1, 1, 4, 4]), zeros([1, 1, 3, 3]), null, { stride: 0 }),
  "conv2d: padding of three": () => F.conv2d(zeros([1, 1, 4, 4]), zeros([1, 1, 3, 3]), null, { padding: [1, 1, 1] }),
  "conv2d: padding word": () => F.conv2d(zeros([1, 1, 4, 4]), zeros([1, 1, 3, 3]), null, { padding: wrong("full") }),
  "conv2d: same with stride": () =>
    F.conv2d(zeros([1, 1, 4, 4]), zeros([1, 1, 3, 3]), null, { padding: "same", stride: 2 }),
  "conv2d: groups": () => F.conv2d(zeros([1, 4, 4, 4]), zeros([3, 2, 3, 3]), null, { groups: 2 }),
  "conv2d: an array": () => F.conv2d(wrong([[1]]), zeros([1, 1, 1, 1])),
  "Conv2d: groups": () => new nn.Conv2d(3, 8, 3, { groups: 2 }),
  "Conv2d: kernel size": () => new nn.Conv2d(3, 8, 1.5),
  "Conv2d: channels": () => new nn.Conv2d(0, 8, 3),
  "Conv2d: padding mode": () => new nn.Conv2d(3, 8, 3, { paddingMode: wrong("mirror") }),
  "Conv2d: reflects more than there is": () =>
    new nn.Conv2d(1, 1, 3, { padding: 4, paddingMode: "reflect" })(zeros([1, 1, 4, 4])),
  "conv1d: images": () => new nn.Conv1d(3, 8, 5)(zeros([2, 3, 4, 5])),
  "conv1d: channels last": () => new nn.Conv1d(3, 8, 5)(zeros([2, 20, 3])),
  "convTranspose2d: channels": () => new nn.ConvTranspose2d(8, 3, 4)(zeros([2, 3, 7, 7])),
  "convTranspose2d: output padding": () => new nn.ConvTranspose2d(8, 3, 4, { outputPadding: 1 })(zeros([2, 8, 7, 7])),
  "maxPool2d: padding": () => new nn.MaxPool2d(2, { padding: 2 })(zeros([1, 1, 8, 8])),
  "maxPool2d: window larger than input": () => new nn.MaxPool2d(4)(zeros([1, 1, 3, 3])),
  "maxPool2d: flattened": () => new nn.MaxPool2d(2)(zeros([64, 784])),
  "maxPool2d: integers": () => F.maxPool2d(randint(0, 9, [1, 1, 4, 4]), 2),
  "maxPool2d: kernel size": () => F.maxPool2d(zeros([1, 1, 4, 4]), 0),
  "avgPool2d: divisor": () => F.avgPool2d(zeros([1, 1, 4, 4]), 2, { divisorOverride: 0 }),
  "unfold: rank": () => F.unfold(zeros([4, 4]), 2),
  "unfold: kernel larger than the image": () => F.unfold(zeros([1, 1, 3, 3]), 3, { dilation: 2 }),
  "unfold: kernel size": () => F.unfold(zeros([1, 1, 3, 3]), [1, 2, 3]),
  "unfold: an array": () => F.unfold(wrong([1]), 2),
  "fold: rows": () => F.fold(zeros([1, 5, 4]), 3, 2),
  "fold: columns": () => F.fold(zeros([1, 4, 5]), 3, 2),
  "fold: rank": () => F.fold(zeros([1, 1, 4, 4]), 3, 2),
  "Fold: size": () => new nn.Fold(0, 2)(zeros([1, 4, 4])),
  "lpPool1d: p": () => F.lpPool1d(zeros([1, 1, 4]), 0, 2),
  "lpPool2d: rank": () => new nn.LPPool2d(2, 2)(zeros([4, 4])),
  "maxUnpool1d: indices of another shape": () => F.maxUnpool1d(zeros([1, 1, 2]), zeros([1, 1, 3]).int(), 2),
  "maxUnpool2d: indices that are no whole numbers": () => F.maxUnpool2d(zeros([1, 1, 1]), zeros([1, 1, 1]), 2),
  "maxUnpool1d: an index beyond": () => F.maxUnpool1d(zeros([1, 1, 1]), ones([1, 1, 1]).mul(7).int(), 2),
  "maxUnpool2d: output size": () => F.maxUnpool2d(zeros([1, 1, 1]), zeros([1, 1, 1]).int(), 2, { outputSize: [9, 2] }),
  "fractionalMaxPool2d: neither size nor ratio": () => F.fractionalMaxPool2d(zeros([1, 1, 5, 5]), 2, {}),
  "fractionalMaxPool2d: too many windows": () => F.fractionalMaxPool2d(zeros([1, 1, 5, 5]), 3, { outputSize: 4 }),
  "fractionalMaxPool2d: ratio": () => F.fractionalMaxPool2d(zeros([1, 1, 5, 5]), 2, { outputRatio: 2 }),
  "fractionalMaxPool2d: samples": () =>
    F.fractionalMaxPool2d(zeros([1, 1, 5, 5]), 2, { outputSize: 3, randomSamples: zeros([2]) }),
  "affineGrid: theta": () => F.affineGrid(zeros([2, 2, 2]), [2, 1, 3, 3]),
  "affineGrid: size": () => F.affineGrid(zeros([2, 2, 3]), wrong([2, 3, 3])),
  "gridSample: another number of grids": () => F.gridSample(zeros([2, 1, 3, 3]), zeros([1, 3, 3, 2])),
  "gridSample: mode": () => F.gridSample(zeros([1, 1, 3, 3]), zeros([1, 3, 3, 2]), { mode: wrong("cubic") }),
  "interpolate: neither size nor scale": () => F.interpolate(zeros([1, 1, 4, 4]), {}),
  "interpolate: nothing left": () => F.interpolate(zeros([1, 1, 4, 4]), { scaleFactor: 0.1 }),
  "interpolate: scale": () => F.interpolate(zeros([1, 1, 4, 4]), { scaleFactor: [1, 2, 3] }),
  "interpolate: mode": () => F.interpolate(zeros([1, 1, 4, 4]), { size: 2, mode: wrong("cubic") }),
  "interpolate: mode for sequences": () => F.interpolate(zeros([1, 1, 4, 4]), { size: 2, mode: "linear" }),
  "interpolate: corners": () => F.interpolate(zeros([1, 1, 4, 4]), { size: 2, alignCorners: true }),
  "interpolate: no batch": () => F.interpolate(zeros([4, 4]), { size: 2 }),
  "adaptiveAvgPool2d: output size": () => F.adaptiveAvgPool2d(zeros([1, 1, 4, 4]), [1, 2, 3]),
}

describe("messages of bad calls", () => {
  it.each(Object.entries(badSamples))("%s", (_, call) => {
    let error: unknown
    try {
      call()
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(CellgradError)
    expect(`${(error as CellgradError).name}: ${(error as CellgradError).message}`).toMatchSnapshot()
  })
})
