import type { Tensor } from "../../../src/index.js"
import { call, callWith, constants, crooked, floats, type Input, ints, type Sample, type Samples } from "../sample.js"

const draws = { testedIn: "test/golden/tensors.test.ts" }
const random = { testedIn: "test/golden/random.test.ts" }
/** A write in place to something computed, so that both what was there and what is written have gradients. */
function written(
  write: (computed: Tensor, value: Tensor) => Tensor,
  torch: string,
  ...inputs: readonly Input[]
): Sample {
  return callWith({ torch, ours: (a, b) => write(a.mul(1), b as Tensor) }, ...inputs)
}

function updates(name: "add_" | "sub_" | "mul_" | "div_"): Sample[] {
  return [
    written((a, b) => a[name](b), `(a * 1).${name}(b)`, crooked([2, 3]), crooked([3], 0.5, 1)),
    written((a, b) => a[name](b).add(b), `(a * 1).${name}(b) + b`, crooked([2, 3]), crooked([2, 1], 0.5, 1)),
    written((a) => a[name](3), `(a * 1).${name}(3)`, crooked([2, 3])),
    written((a) => a[name](a), `a.${name.slice(0, -1)}(a)`, crooked([2, 3], 0.5, 1)),
    callWith(
      { torch: `a.clone().${name}(b)`, ours: (a, b) => a.clone()[name](b as Tensor) },
      constants([1, 2]),
      floats([3, 4]),
    ),
  ]
}

/** An assignment to a part of a computed tensor, and of a constant one that is used before and after. */
function puts(torch: string, write: (a: Tensor, b: Tensor) => Tensor, shape: readonly number[]): Sample[] {
  const run = (a: string) => `(lambda a: (exec("${torch}", dict(torch=torch, a=a, b=b)), a)[1])(${a})`
  return [
    written(write, run("a * 1"), crooked([2, 3]), crooked(shape, 5, 9)),
    callWith(
      {
        torch: `(lambda before, after: before + after * after)((a + 0), ${run("a + 0")})`,
        ours: (a, b) => {
          const x = a.add(0)
          const before = x.add(0)
          const after = write(x, b as Tensor)
          return before.add(after.square())
        },
      },
      crooked([2, 3]),
      crooked(shape, 5, 9),
    ),
  ]
}

const matrix = () => constants([[1, 2, 3]])

const roughly = { float32: { absolute: 1e-6, why: "PyTorch computes windows in float32, step by step" } }

/** A window of signals: one period, symmetric, and the smallest. */
function windows(name: string): Sample[] {
  return [
    callWith({ torch: `torch.${name}_window(8)`, ...roughly }, 8),
    callWith({ torch: `torch.${name}_window(7, False)`, ...roughly }, 7, { periodic: false }),
    callWith({ torch: `torch.${name}_window(1)` }, 1),
    callWith({ torch: `torch.${name}_window(0)` }, 0),
  ]
}

/** What makes tensors, writes to them in place, or walks the tape. */
export const creationAndWriting = {
  arange: [call(5), call(2, 7), call(1, 2, 0.25), call(5, -1, -2), call(0.5, 3), call(3, 3)],
  empty: { testedIn: "test/tensor/tensor.test.ts" },
  eye: [call(3), call(2, 3), call(0)],
  full: [call([2, 2], 7.5), call([2], true), call([], 0.5), call([0, 2], 1.5)],
  fullLike: [call(matrix(), 5), call(ints([1, 2]), 5)],
  bartlettWindow: windows("bartlett"),
  blackmanWindow: windows("blackman"),
  hannWindow: windows("hann"),
  hammingWindow: [
    ...windows("hamming"),
    callWith({ torch: "torch.hamming_window(6, True, 0.6, 0.3)" }, 6, { alpha: 0.6, beta: 0.3 }),
  ],
  kaiserWindow: [
    ...windows("kaiser"),
    callWith({ torch: "torch.kaiser_window(6, True, 40.0)", ...roughly }, 6, { beta: 40 }),
  ],
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
  bernoulli: draws,
  poisson: draws,
  multinomial: draws,
  normal: draws,
  logspace: [
    call(0, 2, 3),
    callWith({ torch: "torch.logspace(-1, 1, 4, base=2)" }, -1, 1, 4, { base: 2 }),
    call(0, 1, 1),
  ],
  backward: { testedIn: "test/autograd/backward.test.ts" },
  registerHook: { testedIn: "test/autograd/hooks.test.ts" },
  registerPostAccumulateGradHook: { testedIn: "test/autograd/hooks.test.ts" },
  retainGrad: { testedIn: "test/autograd/hooks.test.ts" },
  add_: updates("add_"),
  sub_: updates("sub_"),
  mul_: updates("mul_"),
  div_: updates("div_"),
  copy_: [
    written((a, b) => a.copy_(b as Tensor), "(a * 1).copy_(b)", crooked([2, 3]), crooked([3], 0, 1)),
    callWith(
      { torch: "a.clone().copy_(b)", ours: (a, b) => a.clone().copy_(b as Tensor) },
      constants([1, 2]),
      crooked([2]),
    ),
  ],
  fill_: [written((a) => a.fill_(3), "(a * 1).fill_(3)", crooked([2, 3]))],
  zero_: [written((a) => a.zero_(), "(a * 1).zero_()", crooked([2, 3]))],
  put: [
    ...puts("a[0] = b", (a, b) => a.put(0, b), [3]),
    ...puts("a[:, 1] = b", (a, b) => a.put(":", 1, b), [2]),
    ...puts("a[:, ::2] = b", (a, b) => a.put(":", "::2", b), [2]),
    ...puts("a[[0, 1], [2, 0]] = b", (a, b) => a.put([0, 1], [2, 0], b), [2]),
    ...puts("a[torch.tensor([True, False])] = b", (a, b) => a.put([true, false], b), [3]),
    ...puts("a[..., 0] = b", (a, b) => a.put("...", 0, b), []),
  ],
  emptyLike: { testedIn: "test/doc-examples.test.ts" },
  randintLike: { testedIn: "test/doc-examples.test.ts" },
  trilIndices: [call(3, 4), call(3, 3, -1), call(2, 3, 1)],
  triuIndices: [call(3, 4), call(3, 3, -1), call(2, 3, 1)],
} satisfies Samples
