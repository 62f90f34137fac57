import { histogramdd, type Tensor } from "../../../src/index.js"
import { bools, call, callWith, constants, crooked, floats, ints, type Sample, type Samples } from "../sample.js"

const matrix = () => crooked([2, 3])
const cube = () => crooked([3, 2, 2])
const truths = () =>
  bools([
    [true, false],
    [true, true],
  ])

const gaps = () =>
  floats([
    [1, NaN, 0],
    [-2, 5, 3],
  ])
/** Without central differences, which NaN spoils. */
const unchecked = (sample: Sample): Sample => ({ ...sample, gradcheck: false })

/** Reductions and what goes along a dimension. */
export const reduce = {
  sum: [
    call(matrix()),
    call(matrix(), 0),
    call(matrix(), 1, { keepdim: true }),
    call(cube(), [0, 2]),
    call(floats(3)),
    call(crooked([0, 3])),
    call(crooked([0, 3]), 0),
    call(ints([1, 2, 3])),
    call(truths()),
  ],
  mean: [call(matrix()), call(matrix(), 1), call(cube(), [-1, 0], { keepdim: true }), call(floats(3))],
  var: [
    call(matrix(), 1),
    callWith({ torch: "torch.var(a, correction=0)", ours: (x) => x.var(undefined, { correction: 0 }) }, matrix()),
    call(cube(), [0, 2], { keepdim: true }),
  ],
  variance: { testedIn: "test/ops/samples/reduce.ts: the method var" },
  std: [call(matrix(), 0, { keepdim: true }), call(cube(), [0, 1]), call(floats([1, 2, 4]))],
  prod: [
    call(matrix()),
    call(matrix(), 1),
    call(matrix(), 0, { keepdim: true }),
    call(
      floats([
        [0, 2, 3],
        [0, 0, 4],
      ]),
      1,
    ),
    call(ints([2, 3])),
    call(floats([])),
  ],
  amax: [
    callWith({ torch: "torch.max(a)" }, matrix()),
    call(matrix(), 1),
    call(cube(), [0, 2], { keepdim: true }),
    callWith({ gradcheck: false, torch: "torch.amax(a, 0)" }, floats([1, 5, 5, 2])),
  ],
  amin: [
    callWith({ torch: "torch.min(a)" }, matrix()),
    call(matrix(), 0, { keepdim: true }),
    callWith({ gradcheck: false, torch: "torch.amin(a, 0)" }, floats([1, 1, 5, 2])),
  ],
  max: [
    call(matrix()),
    call(matrix(), 1),
    call(cube(), -2, { keepdim: true }),
    callWith({ gradcheck: false }, floats([1, 5, 5, 2])),
    callWith({ gradcheck: false }, floats([1, 5, 5, 2]), 0),
    callWith({ gradcheck: false }, floats([1, NaN, 5])),
    callWith({ gradcheck: false }, floats([1, NaN, 5, NaN]), 0),
    call(ints([3, 9, 1])),
    call(floats(3), 0),
    call(matrix(), crooked([3], -1, 1)),
  ],
  min: [
    call(matrix()),
    call(matrix(), 0, { keepdim: true }),
    callWith({ gradcheck: false }, floats([1, 1, 5, 2])),
    callWith({ gradcheck: false }, floats([2, 1, 1, 5]), -1),
    call(matrix(), crooked([3], -1, 1)),
  ],
  argmax: [
    call(matrix()),
    call(matrix(), 1),
    call(cube(), 0, { keepdim: true }),
    call(floats([1, NaN, 3, NaN])),
    call(floats([2, 5, 5])),
  ],
  argmin: [call(matrix()), call(matrix(), 0), call(floats([2, 1, 1]))],
  any: [call(truths()), call(truths(), 0), call(truths(), 1, { keepdim: true }), call(floats([0, 0])), call(bools([]))],
  all: [call(truths()), call(truths(), 0), call(truths(), 1, { keepdim: true }), call(floats([1, 0])), call(bools([]))],
  norm: [
    call(matrix()),
    call(matrix(), 2, 1),
    call(matrix(), 3, 1, { keepdim: true }),
    call(matrix(), 1, 0),
    call(matrix(), Infinity, 1),
    callWith({ gradcheck: false }, floats([0, 0]), 2),
  ],
  logsumexp: [
    call(matrix(), 1),
    call(cube(), [0, 2], { keepdim: true }),
    callWith({ torch: "torch.logsumexp(a, (0, 1))" }, matrix()),
    callWith(
      {
        gradcheck: false,
        float32: {
          relative: 5e-5,
          why: "PyTorch rounds exp(x - y) at 1000, where float32 has steps of 6e-5; ours is exact",
        },
      },
      floats([1000, 1000, -Infinity]),
      0,
    ),
  ],
  argsort: [call(matrix(), 1), call(cube(), 0), call(floats([2, NaN, 1]), 0, { descending: true })],
  sort: [
    call(matrix(), 1),
    call(matrix(), 0, { descending: true }),
    callWith({ gradcheck: false, torch: "torch.sort(a, stable=True)" }, floats([3, 1, NaN, 1, -1])),
    call(ints([3, 1, 2])),
  ],
  topk: [call(matrix(), 2), call(cube(), 2, 0), call(crooked([8]), 3)],
  cumsum: [
    call(matrix(), 0),
    call(matrix(), 1),
    call(cube(), -2),
    call(ints([1, 2, 3]), 0),
    call(floats(2), 0),
    call(crooked([0, 2]), 0),
  ],
  nansum: [call(floats([1, NaN, 3])), call(gaps(), 1), call(gaps(), 0, { keepdim: true })].map(unchecked),
  nanmean: [call(floats([1, NaN, 3])), call(gaps(), 1), call(gaps(), [0, 1], { keepdim: true })].map(unchecked),
  countNonzero: [
    call(floats([0, 1, 2])),
    call(gaps(), 1),
    call(
      ints([
        [0, 1],
        [0, 0],
      ]),
      0,
    ),
  ],
  aminmax: [
    callWith({ torch: "torch.aminmax(a)" }, matrix()),
    callWith({ torch: "torch.aminmax(a, dim=1, keepdim=True)" }, matrix(), 1, { keepdim: true }),
  ],
  varMean: [
    call(matrix(), 1),
    callWith({ torch: "torch.var_mean(a, (0, 2), correction=0)" }, cube(), [0, 2], { correction: 0 }),
  ],
  stdMean: [
    call(matrix(), 1),
    callWith({ torch: "torch.std_mean(a, (0, 2), keepdim=True)" }, cube(), [0, 2], { keepdim: true }),
  ],
  kthvalue: [call(matrix(), 2), call(crooked([5, 2]), 3, 0, { keepdim: true }), call(crooked([6]), 1)],
  median: [
    call(crooked([5])),
    call(crooked([4])),
    call(matrix(), 1),
    call(crooked([4, 3]), 0, { keepdim: true }),
    callWith({ gradcheck: false }, floats([1, NaN, 3])),
    call(ints([3, 1, 2])),
    call(floats(2)),
  ],
  quantile: [
    call(crooked([5]), 0.3),
    callWith(
      { torch: "torch.quantile(a, torch.tensor([0.25, 0.5, 1.0], dtype=a.dtype), dim=1)" },
      crooked([2, 6]),
      [0.25, 0.5, 1],
      1,
    ),
    callWith({ torch: "torch.quantile(a, 0.6, dim=0, keepdim=True)" }, crooked([4, 3]), 0.6, 0, { keepdim: true }),
    ...(["lower", "higher", "midpoint", "nearest"] as const).map((interpolation) =>
      callWith({ torch: `torch.quantile(a, 0.4, dim=1, interpolation="${interpolation}")` }, crooked([2, 5]), 0.4, 1, {
        interpolation,
      }),
    ),
    callWith({ gradcheck: false, torch: "torch.quantile(a, 0.4, dim=1)" }, gaps(), 0.4, 1),
  ],
  bincount: [
    call(ints([0, 2, 2])),
    call(ints([1]), { minlength: 4 }),
    call(ints([0, 2, 2]), { weights: constants([0.5, 1, 2]) }),
    call(ints([])),
  ],
  histc: [
    callWith({ torch: "torch.histc(a, 4, min=0, max=4)" }, constants([1, 2, 1, 4, 5, -1]), 4, { min: 0, max: 4 }),
    call(constants([1, 2, 1.5, 4]), 3),
    call(constants([2, 2]), 2),
  ],
  histogramdd: [
    callWith(
      {
        gradcheck: false,
        torch: "(lambda h: (h.hist, *h.bin_edges))(torch.histogramdd(a.detach(), [2, 3]))",
        ours: (a) => {
          const { hist, binEdges } = histogramdd((a as Tensor).detach(), [2, 3])
          return [hist, ...binEdges]
        },
      },
      crooked([9, 2]),
    ),
    callWith(
      {
        gradcheck: false,
        torch: "torch.histogramdd(a.detach(), [2, 2], range=[-1., 1., 0., 2.], weight=b, density=True).hist",
        ours: (a, b) =>
          histogramdd((a as Tensor).detach(), [2, 2], {
            range: [
              [-1, 1],
              [0, 2],
            ],
            weight: b as Tensor,
            density: true,
          }).hist,
      },
      crooked([6, 2]),
      constants([1, 2, 3, 4, 5, 6]),
    ),
  ],
  histogram: [
    callWith({ torch: "torch.histogram(a, 2, range=(0., 4.))" }, constants([1, 2, 1, 4, 5]), 2, { range: [0, 4] }),
    callWith({ torch: "torch.histogram(a, 3)" }, constants([1, 2, 1.5, 4]), 3),
    callWith({ torch: "torch.histogram(a, 3, weight=b, density=True)" }, constants([1, 2, 1.5, 4]), 3, {
      weight: constants([1, 2, 3, 4]),
      density: true,
    }),
  ],
  cov: [call(crooked([3, 5])), call(crooked([4])), call(crooked([2, 4]), { correction: 0 })],
  corrcoef: [call(crooked([3, 5]))],
  cummax: [
    call(matrix(), 1),
    call(cube(), 0),
    callWith({ gradcheck: false }, floats([1, 3, 3, NaN, 5]), 0),
    call(ints([1, 3, 2]), 0),
  ],
  cummin: [call(matrix(), 1), call(cube(), 0), callWith({ gradcheck: false }, floats([3, 1, 1, NaN, 5]), 0)],
  cumprod: [
    call(matrix(), 1),
    call(cube(), 0),
    call(
      floats([
        [2, 0, 3, 4],
        [0, 5, 0, 6],
      ]),
      1,
    ),
    call(ints([1, 2, 3]), 0),
    call(floats(2), 0),
  ],
  logcumsumexp: [
    call(matrix(), 1),
    call(cube(), 0),
    callWith(
      {
        gradcheck: false,
        float32: { relative: 1e-3, why: "PyTorch subtracts numbers near 1000 in float32, where steps are 6e-5" },
      },
      floats([1000, 1000, 999]),
      0,
    ),
  ],
  diff: [
    call(matrix()),
    call(crooked([5]), 2),
    call(cube(), 1, 0),
    callWith({ torch: "torch.diff(a, prepend=b, append=c)" }, matrix(), 1, -1, {
      prepend: floats([[1], [2]]),
      append: floats([[1], [2]]),
    }),
    call(bools([true, false, false])),
  ],
  unique: [
    callWith(
      { torch: "torch.unique(a, return_inverse=True, return_counts=True)" },
      constants([
        [3, 1],
        [3, 2],
      ]),
    ),
    callWith({ torch: "torch.unique(a, return_inverse=True, return_counts=True)" }, ints([5, 5, -1])),
    callWith(
      { torch: "torch.unique(a, return_inverse=True, return_counts=True, dim=0)" },
      constants([
        [1, 2],
        [0, 5],
        [1, 2],
      ]),
      { dim: 0 },
    ),
    callWith(
      { torch: "torch.unique(a, return_inverse=True, return_counts=True, dim=1)" },
      constants([
        [1, 1, 0],
        [2, 2, 5],
      ]),
      { dim: 1 },
    ),
  ],
  uniqueConsecutive: [
    callWith(
      { torch: "torch.unique_consecutive(a, return_inverse=True, return_counts=True)" },
      constants([1, 1, 2, 1]),
    ),
    callWith(
      { torch: "torch.unique_consecutive(a, return_inverse=True, return_counts=True, dim=0)" },
      constants([
        [1, 2],
        [1, 2],
        [0, 5],
      ]),
      { dim: 0 },
    ),
  ],
  searchsorted: [
    call(
      constants([1, 3, 5]),
      constants([
        [3, 6],
        [0, 3.5],
      ]),
    ),
    call(constants([1, 3, 5]), constants([3, 6]), { right: true }),
    call(
      constants([
        [1, 3, 5],
        [2, 4, 6],
      ]),
      constants([[3], [3]]),
    ),
    call(constants([1, 3, 5]), 4),
  ],
  bucketize: [
    call(
      constants([
        [0, 2],
        [9, 1],
      ]),
      constants([1, 5]),
    ),
    call(constants([1, 5]), constants([1, 5]), { right: true }),
  ],
  isin: [
    call(constants([1, 2, 3]), constants([3, 1])),
    callWith(
      { torch: "torch.isin(a, torch.tensor([2, 5]))" },
      ints([
        [1, 2],
        [5, 7],
      ]),
      [2, 5],
    ),
  ],
  mode: [
    callWith({ gradcheck: false }, floats([3, 1, 3, 2])),
    callWith(
      { gradcheck: false },
      floats([
        [3, 1, 1],
        [2, 5, 7],
      ]),
      1,
    ),
    callWith(
      { torch: "torch.mode(a, 0, keepdim=True)", gradcheck: false },
      floats([
        [3, 1],
        [3, 5],
        [2, 5],
      ]),
      0,
      { keepdim: true },
    ),
  ],
  nanmedian: [call(floats([3, NaN, 1, 2])), call(gaps(), 1), call(constants([NaN, NaN]))].map(unchecked),
  trapezoid: [
    call(crooked([5])),
    callWith({ torch: "torch.trapezoid(a, dx=0.5, dim=0)" }, matrix(), { dx: 0.5 }, 0),
    callWith({ torch: "torch.trapezoid(a, b)" }, matrix(), { x: floats([0, 1, 3]) }),
  ],
  cumulativeTrapezoid: [
    call(crooked([5])),
    callWith({ torch: "torch.cumulative_trapezoid(a, b)" }, matrix(), { x: floats([0, 1, 3]) }),
  ],
  nanquantile: [
    call(floats([0, NaN, 1, 2]), 0.4),
    callWith({ torch: "torch.nanquantile(a, 0.3, dim=1)" }, gaps(), 0.3, 1),
    callWith({ torch: 'torch.nanquantile(a, 0.3, dim=0, keepdim=True, interpolation="higher")' }, gaps(), 0.3, 0, {
      keepdim: true,
      interpolation: "higher",
    }),
  ].map(unchecked),
} satisfies Samples
