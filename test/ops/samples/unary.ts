import { frexp, gradient, type Tensor } from "../../../src/index.js"
import {
  type Argument,
  bools,
  call,
  callWith,
  constants,
  crooked,
  floats,
  type Input,
  ints,
  type Sample,
  type Samples,
} from "../sample.js"

const everywhere = [0.5, -1.25, 2, -0.3, 1.7, 0.9]
const broken = [0.6, -1.25, 2.1, -0.3, 1.7, 0.9]
const positive = [0.5, 1.25, 2, 0.3, 1.7, 0.9]
const inside = [0.5, -0.25, 0.9, -0.3, 0.7, 0.1]

/** A function of each element on a vector, a matrix, a scalar and nothing, with further arguments. */
function elementwise(values: readonly number[], ...rest: Argument[]): Sample[] {
  const [a, b, c, d, e, f] = values as [number, number, number, number, number, number]
  const inputs: Input[] = [
    floats([...values]),
    floats([
      [a, b, c],
      [d, e, f],
    ]),
    floats(a),
    crooked([0, 3]),
  ]
  return inputs.map((x) => call(x, ...rest))
}

/** The same of an integer input, which becomes float32 or stays. */
const whole = call(ints([3, -2, 0, 7]))
const wholePositive = call(ints([3, 2, 1, 7]))
const special = (): Sample => callWith({ gradcheck: false }, floats([0, -0, Infinity, -Infinity, NaN]))

const roughTrigamma = (sample: Sample): Sample => ({
  ...sample,
  float64: { relative: 1e-8, why: "PyTorch's trigamma is off by 5e-10 at 1, where it is π²/6" },
})

/** Functions of each element. */
export const unary = {
  neg: [...elementwise(everywhere), whole],
  abs: [...elementwise(everywhere), whole],
  sign: [...elementwise(everywhere), whole],
  exp: [...elementwise(everywhere), whole, special()],
  expm1: [...elementwise(everywhere), whole],
  log: [...elementwise(positive), wholePositive, special()],
  log1p: [...elementwise(positive), wholePositive],
  log2: [...elementwise(positive), wholePositive],
  sqrt: [...elementwise(positive), wholePositive],
  rsqrt: [...elementwise(positive), wholePositive],
  square: [...elementwise(everywhere), whole],
  reciprocal: [...elementwise(everywhere), wholePositive],
  sin: [...elementwise(everywhere), whole],
  cos: [...elementwise(everywhere), whole],
  tan: [...elementwise(inside), whole],
  asin: elementwise(inside),
  acos: elementwise(inside),
  atan: [...elementwise(everywhere), whole, special()],
  sinh: [...elementwise(everywhere), whole],
  cosh: [...elementwise(everywhere), whole],
  erf: [...elementwise(everywhere), whole, special()],
  floor: elementwise(broken),
  ceil: elementwise(broken),
  round: [...elementwise(broken), callWith({ gradcheck: false }, floats([0.5, 1.5, 2.5, -0.5, -1.5]))],
  trunc: elementwise(broken),
  isnan: [special()],
  isfinite: [special()],
  logicalNot: [call(bools([true, false])), call(ints([0, 3]))],
  tanh: [...elementwise(everywhere), whole, special()],
  sigmoid: [...elementwise(everywhere), whole, special()],
  relu: [
    ...elementwise(everywhere),
    callWith({ gradcheck: false, torch: "F.relu(a)" }, floats([0, -0, NaN, Infinity])),
  ],
  gelu: [
    ...elementwise(everywhere).map((sample) => ({ ...sample, torch: "F.gelu(a)" })),
    callWith({ torch: 'F.gelu(a, approximate="tanh")' }, floats(everywhere), { approximate: "tanh" }),
  ],
  silu: elementwise(everywhere).map((sample) => ({ ...sample, torch: "F.silu(a)" })),
  softplus: elementwise(everywhere).map((sample) => ({ ...sample, torch: "F.softplus(a)" })),
  leakyRelu: [
    ...elementwise(everywhere).map((sample) => ({ ...sample, torch: "F.leaky_relu(a)" })),
    callWith({ torch: "F.leaky_relu(a, 0.2)" }, floats(everywhere), 0.2),
  ],
  elu: [
    ...elementwise(everywhere).map((sample) => ({ ...sample, torch: "F.elu(a)" })),
    callWith({ torch: "F.elu(a, 1.5)" }, floats(everywhere), 1.5),
  ],
  softmax: [call(crooked([2, 3]), -1), call(crooked([2, 3]), 0), call(crooked([2, 3, 2]), 1), call(floats(2), 0)],
  logSoftmax: [
    callWith({ torch: "torch.log_softmax(a, -1)" }, crooked([2, 3]), -1),
    callWith({ torch: "torch.log_softmax(a, 0)" }, crooked([3, 2, 2]), 0),
  ],
  clamp: [
    call(floats(everywhere), -1, 1),
    callWith({ torch: "torch.clamp(a, max=1)" }, floats(everywhere), -Infinity, 1),
    callWith({ gradcheck: false }, floats([-1, 0, 1, NaN]), -1, 1),
    call(ints([-3, 0, 5]), -1, 2),
    call(crooked([2, 3]), crooked([3], -1, 0), crooked([2, 1], 0.1, 1)),
    callWith({ torch: "torch.clamp(a, min=b)" }, crooked([4]), crooked([4], -1, 1)),
    callWith({ torch: "torch.clamp(a, max=b)" }, crooked([4]), null, crooked([4], -1, 1)),
  ],
  log10: [...elementwise(positive), wholePositive],
  exp2: [...elementwise(everywhere), whole],
  asinh: [...elementwise(everywhere), whole],
  acosh: [...elementwise([1.5, 1.25, 2, 3.3, 1.7, 9]), wholePositive],
  atanh: elementwise(inside),
  erfc: [...elementwise(everywhere), call(floats([3, 5, 9, -3]))],
  frexp: [
    callWith(
      { gradcheck: false, torch: "torch.frexp(a.detach())", ours: (a) => frexp((a as Tensor).detach()) },
      floats([6, -0.125, 0, 1, 3e-39, 1e30, Infinity]),
    ),
  ],
  mvlgamma: [call(floats([2.2, 3.1, 7]), 1), call(floats([2.2, 3.1, 7]), 3)],
  renorm: [call(crooked([3, 4]), 2, 0, 1.5), call(crooked([2, 3, 2]), 1, 1, 2), call(crooked([3]), 2, 0, 0.7)].map(
    (sample, i) => ({
      ...sample,
      torch: [
        "torch.renorm(a, 2, 0, 1.5)",
        "torch.renorm(a, 1, 1, 2)",
        "torch.renorm(a.unsqueeze(1), 2, 0, 0.7).squeeze(1)",
      ][i] as string,
    }),
  ),
  sumToSize: [
    callWith({ torch: "a.sum_to_size(1, 3)" }, crooked([2, 3]), 1, 3),
    callWith({ torch: "a.sum_to_size(3)" }, crooked([2, 3]), [3]),
  ],
  gradient: [
    call(crooked([5])),
    callWith({ torch: "torch.gradient(a, spacing=0.5, edge_order=2)" }, crooked([3, 4]), {
      spacing: 0.5,
      edgeOrder: 2,
    }),
    callWith({ torch: "torch.gradient(a, dim=1)" }, crooked([3, 4]), { dim: 1 }),
    callWith(
      {
        torch: "torch.gradient(a, spacing=(b, ), dim=0, edge_order=2)",
        ours: (a, b) => gradient(a as Tensor, { spacing: [b as Tensor], dim: 0, edgeOrder: 2 }),
      },
      crooked([4, 2]),
      constants([0, 1, 1.5, 4]),
    ),
    callWith(
      { torch: "torch.gradient(a, spacing=(b, ))", ours: (a, b) => gradient(a as Tensor, { spacing: [b as Tensor] }) },
      crooked([4]),
      constants([0, 1, 1.5, 4]),
    ),
  ],
  isFloatingPoint: { testedIn: "test/ops/traits.test.ts" },
  isSigned: { testedIn: "test/ops/traits.test.ts" },
  isNonzero: { testedIn: "test/ops/traits.test.ts" },
  elementSize: { testedIn: "test/ops/traits.test.ts" },
  i0: [...elementwise([-3, -0.5, 0, 0.2, 2, 9]), callWith({ gradcheck: false }, floats([29, 31, 60, -45]))],
  i1: [
    callWith({ torch: "torch.special.i1(a)" }, floats([-3, -0.5, 0.1, 0.2, 2, 9])),
    callWith({ torch: "torch.special.i1(a)", gradcheck: false }, floats([0, 29, 31, 60, -45])),
  ],
  erfinv: [...elementwise(inside), callWith({ gradcheck: false }, floats([0.999, -0.9999, 1, -1, 2]))],
  lgamma: [...elementwise(positive), call(floats([1, 2, 1.01, 2.1, 10.5, 30, 0.01])), call(floats([-0.5, -1.7, -2.2]))],
  digamma: [...elementwise(positive), call(floats([1, 2, 10.5, 30, 0.01])), call(floats([-0.5, -1.7]))].map(
    roughTrigamma,
  ),
  polygamma: [call(1, floats([0.5, 1.25, 2, 10])), call(2, floats([0.5, 1.25, 2, 10])), call(0, floats([0.5, 2]))].map(
    roughTrigamma,
  ),
  sinc: [...elementwise(everywhere), call(floats([0, 1, 0.5]))],
  logit: [call(floats([0.2, 0.5, 0.9])), callWith({ gradcheck: false }, floats([0, 0.5, 0.9, 1]), 0.1)],
  frac: elementwise(broken),
  rad2deg: [...elementwise(everywhere), whole],
  deg2rad: [...elementwise(everywhere), whole],
  nanToNum: [
    special(),
    callWith({ gradcheck: false }, floats([NaN, Infinity, -Infinity, 1]), { nan: 2, posinf: 3, neginf: -4 }),
    call(ints([1, 2])),
  ],
  isinf: [special()],
  isposinf: [special()],
  isneginf: [special()],
  signbit: [special(), call(floats([-1, 2]))],
} satisfies Samples
