import { call, callWith, constants, ints, type Samples } from "../sample.js"

const random = { testedIn: "test/golden/random.test.ts" }
const inPlace = { testedIn: "test/tensor/tensor.test.ts" }
const matrix = () => constants([[1, 2, 3]])

/** What makes tensors, writes to them in place, or walks the tape. */
export const creationAndWriting = {
  arange: [call(5), call(2, 7), call(1, 2, 0.25), call(5, -1, -2), call(0.5, 3), call(3, 3)],
  empty: { testedIn: "test/tensor/tensor.test.ts" },
  eye: [call(3), call(2, 3), call(0)],
  full: [call([2, 2], 7.5), call([2], true), call([], 0.5), call([0, 2], 1.5)],
  fullLike: [call(matrix(), 5), call(ints([1, 2]), 5)],
  linspace: [call(0, 1, 5), call(3, -2, 7), call(2, 5, 1), call(0, 1, 0)],
  ones: [call([2, 3])],
  onesLike: [call(matrix()), call(ints([1, 2]))],
  tensor: [
    call([
      [1.5, 2],
      [3, 4],
    ]),
    call([true, false]),
    call(2.5),
    callWith({ torch: "a.clone()" }, matrix()),
  ],
  zeros: [call([2, 0, 3]), call([])],
  zerosLike: [call(matrix()), call(ints([1, 2]))],
  rand: random,
  randint: random,
  randLike: random,
  randn: random,
  randnLike: random,
  randperm: random,
  bernoulli: random,
  multinomial: random,
  normal: random,
  logspace: [
    call(0, 2, 3),
    callWith({ torch: "torch.logspace(-1, 1, 4, base=2)" }, -1, 1, 4, { base: 2 }),
    call(0, 1, 1),
  ],
  backward: { testedIn: "test/autograd/backward.test.ts" },
  add_: inPlace,
  copy_: inPlace,
  div_: inPlace,
  fill_: inPlace,
  mul_: inPlace,
  sub_: inPlace,
  zero_: inPlace,
} satisfies Samples
