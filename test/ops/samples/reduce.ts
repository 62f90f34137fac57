import { bools, call, callWith, crooked, floats, ints, type Samples } from "../sample.js"

const matrix = () => crooked([2, 3])
const cube = () => crooked([3, 2, 2])
const truths = () =>
  bools([
    [true, false],
    [true, true],
  ])

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
  max: [
    call(matrix()),
    callWith({ torch: "torch.amax(a, 1)" }, matrix(), 1),
    callWith({ torch: "torch.amax(a, (0, 2), keepdim=True)" }, cube(), [0, 2], { keepdim: true }),
    callWith({ gradcheck: false }, floats([1, 5, 5, 2])),
    callWith({ gradcheck: false }, floats([1, NaN, 5])),
    call(ints([3, 9, 1])),
  ],
  min: [
    call(matrix()),
    callWith({ torch: "torch.amin(a, 0, keepdim=True)" }, matrix(), 0, { keepdim: true }),
    callWith({ gradcheck: false }, floats([1, 1, 5, 2])),
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
} satisfies Samples
