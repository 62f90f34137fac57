import { describe, expect, it } from "vitest"
import {
  arange,
  CellgradError,
  cat,
  crossEntropy,
  eye,
  F,
  full,
  grad,
  gradcheck,
  l1Loss,
  linear,
  linspace,
  mseLoss,
  noGrad,
  oneHot,
  ones,
  rand,
  randint,
  randn,
  randperm,
  stack,
  tensor,
  where,
  zeros,
} from "../../src/index.js"

const leaf = (shape: number[]) => ones(shape, { requiresGrad: true })
/** What TypeScript would refuse, as it comes from a file of data or from untyped code. */
const wrong = (value: unknown) => value as never

/** Bad calls, as users make them. Each message is held by the snapshot: what was called, the operands, the rule, a hint. */
const badSamples: Record<string, () => unknown> = {
  "matmul: sizes differ": () => zeros([32, 64]).matmul(zeros([10, 20])),
  "matmul: right transposed": () => zeros([32, 64]).matmul(zeros([10, 64])),
  "matmul: left transposed": () => zeros([64, 32]).matmul(zeros([64, 10])),
  "matmul: scalar": () => zeros([2, 2]).matmul(tensor(2)),
  "matmul: batches differ": () => zeros([2, 3, 4]).matmul(zeros([5, 4, 3])),
  "matmul: number": () => zeros([2]).matmul(wrong(3)),
  "matmul: booleans": () =>
    ones([2, 2])
      .bool()
      .matmul(ones([2, 2]).bool()),
  "linear: features differ": () => linear(zeros([32, 7]), zeros([64, 10]), zeros([64])),
  "linear: input transposed": () => linear(zeros([10, 32]), zeros([64, 10])),
  "linear: bias of another size": () => linear(zeros([32, 10]), zeros([64, 10]), zeros([10])),
  "linear: integers": () => linear(randint(0, 5, [2, 10]), zeros([64, 10])),
  "add: sizes differ": () => zeros([2, 3]).add(zeros([2, 4])),
  "add: missing column": () => zeros([4, 3]).add(zeros([4])),
  "add: transposed": () => zeros([2, 3]).add(zeros([3, 2])),
  "add: text": () => zeros([2]).add(wrong("1")),
  "add: array": () => zeros([2]).add(wrong([1, 2])),
  "add: undefined": () => zeros([2]).add(wrong(undefined)),
  "add: booleans": () =>
    zeros([2])
      .bool()
      .add(zeros([2]).bool()),
  "neg: booleans": () => zeros([2]).bool().neg(),
  "reshape: elements differ": () => zeros([2, 3]).reshape(4, 2),
  "reshape: cannot be divided": () => zeros([2, 3]).reshape(4, -1),
  "reshape: two unknowns": () => zeros([2, 3]).reshape(-1, -1),
  "reshape: a fraction": () => zeros([2, 3]).reshape(1.5, 4),
  "view: needs a copy": () => zeros([2, 3]).mT().view(6),
  "transpose: no such dimension": () => zeros([2, 3]).transpose(0, 2),
  "permute: a dimension twice": () => zeros([2, 3]).permute(0, 0),
  "permute: a dimension missing": () => zeros([2, 3]).permute(0),
  "mT: vector": () => zeros([2]).mT(),
  "t: batch": () => zeros([2, 3, 4]).t(),
  "expand: not 1": () => zeros([2, 3]).expand(4, 3),
  "expand: fewer dimensions": () => zeros([2, 3]).expand(3),
  "sum: no such dimension": () => zeros([2, 3]).sum(2),
  "sum: a dimension twice": () => zeros([2, 3]).sum([0, 0]),
  "sum: scalar": () => tensor(1).sum(1),
  "max: nothing": () => zeros([0, 3]).max(),
  "argmax: nothing": () => zeros([0]).argmax(0),
  "mean: integers": () => arange(3).mean(),
  "softmax: integers": () => arange(3).softmax(0),
  "at: out of range": () => zeros([2, 3]).at(2),
  "at: a fraction": () => zeros([2, 3]).at(0.5),
  "at: too many": () => zeros([2]).at(0, 0),
  "at: no slice": () => zeros([2]).at(wrong("a:b")),
  "at: backwards": () => zeros([2]).at("::-1"),
  "at: an object": () => zeros([2]).at(wrong({})),
  "at: mask of another shape": () => zeros([2, 3]).at(tensor([true, false, true])),
  "at: positions out of range": () => zeros([2, 3]).at([0, 5]),
  "at: fractions": () => zeros([2, 3]).at(tensor([0.5])),
  "select: empty": () => zeros([0]).select(0, 0),
  "narrow: too long": () => zeros([4]).narrow(0, 2, 3),
  "put: does not fit": () => zeros([2, 3]).put(0, zeros([4])),
  "indexSelect: matrix": () => zeros([2, 3]).indexSelect(0, zeros([1, 1])),
  "gather: rank": () => zeros([2, 3]).gather(0, tensor([0])),
  "split: does not add up": () => zeros([5]).split([2, 2]),
  "chunk: none": () => zeros([5]).chunk(0),
  "cat: sizes differ": () => cat([zeros([2, 3]), zeros([2, 4])]),
  "cat: nothing": () => cat([]),
  "cat: scalars": () => cat([tensor(1), tensor(2)]),
  "cat: no list": () => cat(wrong(zeros([2]))),
  "stack: shapes differ": () => stack([zeros([2]), zeros([3])]),
  "where: no booleans": () => where(zeros([2]), 1, 2),
  "tensor: ragged": () => tensor([[1, 2], [3]]),
  "tensor: text": () => tensor(wrong([1, "2"])),
  "tensor: a hole": () =>
    tensor(
      wrong([
        [1, 2],
        [3, null],
      ]),
    ),
  "tensor: deeper here": () => tensor(wrong([1, [2]])),
  "tensor: itself": () => {
    const self: unknown[] = []
    self.push(self)
    return tensor(wrong(self))
  },
  "tensor: nothing": () => tensor(wrong(undefined)),
  "tensor: an unknown dtype": () => tensor([1], { dtype: wrong("int64") }),
  "zeros: negative": () => zeros([2, -1]),
  "zeros: a number": () => zeros(wrong(3)),
  "zeros: too large": () => zeros([1e6, 1e6]),
  "full: an unknown dtype": () => full([2], 1, { dtype: wrong("float16") }),
  "arange: step 0": () => arange(0, 5, 0),
  "arange: endless": () => arange(0, Infinity),
  "linspace: negative": () => linspace(0, 1, -1),
  "eye: negative": () => eye(-1),
  "rand: integers": () => rand([2], { dtype: "int32" }),
  "randint: empty range": () => randint(5, 5, [2]),
  "randperm: negative": () => randperm(-1),
  "oneHot: out of range": () => oneHot(tensor([0, 3]), 3),
  "item: several": () => zeros([2]).item(),
  "operator: several": () => Number(zeros([2])),
  "dims: names": () => zeros([2, 3]).dims("B T C"),
  "size: no such dimension": () => zeros([2]).size(1),
  "requiresGrad: integers": () => arange(3, { requiresGrad: true }),
  "requiresGrad: off on a result": () => {
    leaf([2]).mul(2).requiresGrad = false
  },
  "grad: of another shape": () => {
    leaf([2]).grad = zeros([3])
  },
  "backward: several elements": () => leaf([3]).mul(2).backward(),
  "backward: nothing recorded": () => zeros([]).backward(),
  "backward: twice": () => {
    const loss = leaf([3]).mul(2).sum()
    loss.backward()
    loss.backward()
  },
  "backward: gradient of another shape": () =>
    leaf([3])
      .mul(2)
      .backward(zeros([2])),
  "grad: unused input": () => grad(leaf([]), leaf([])),
  "gradcheck: float32": () => gradcheck((x) => x.sum(), [leaf([2])]),
  "in place: a leaf": () => leaf([2]).add_(1),
  "in place: a part of a result": () => leaf([2, 2]).mul(2).at(0).mul_(2),
  "in place: of another shape": () => zeros([2]).add_(zeros([3, 2])),
  "in place: of another dtype": () => arange(3).add_(0.5),
  "in place: before backward": () => {
    const x = ones([2])
    const y = leaf([2]).mul(x).sum()
    x.zero_()
    y.backward()
  },
  "noGrad: asynchronous": () => noGrad(async () => 1),
  "mseLoss: column and row": () => mseLoss(zeros([4, 1]), zeros([4])),
  "mseLoss: row and column": () => mseLoss(zeros([4]), zeros([4, 1])),
  "l1Loss: shapes differ": () => l1Loss(zeros([4, 2]), zeros([4, 3])),
  "mseLoss: reduction": () => mseLoss(zeros([4]), zeros([4]), { reduction: wrong("average") }),
  "crossEntropy: target is a column": () => crossEntropy(zeros([4, 3]), zeros([4, 1]).int()),
  "crossEntropy: fractions": () => crossEntropy(zeros([2, 3]), tensor([0.5, 1])),
  "crossEntropy: counted from 1": () => crossEntropy(zeros([2, 3]), tensor([1, 3])),
  "crossEntropy: scalar": () => crossEntropy(tensor(1), tensor(0)),
  "binaryCrossEntropy: scores": () => F.binaryCrossEntropy(tensor([2.5]), tensor([1])),
  "clamp: text": () => zeros([2]).clamp(wrong("1")),
  "randn: text": () => randn(wrong("2")),
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
