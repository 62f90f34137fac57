import { igamma, nextafter, type Tensor } from "../../../src/index.js"
import { bools, call, callWith, constants, crooked, floats, ints, type Sample, type Samples } from "../sample.js"

/** Two operands of one shape, broadcast both ways, scalars, nothing, integers, and a number. */
function pairs({ integers = true, numbers = true } = {}): Sample[] {
  return [
    call(floats([0.5, 1.25, 2]), floats([1.5, 0.75, 3])),
    call(floats([[0.5], [1.25]]), floats([1.5, 0.75, 3])),
    call(
      floats(0.5),
      floats([
        [1.5, 0.75],
        [3, 1],
      ]),
    ),
    call(crooked([2, 1, 3], 0.2, 2), crooked([2, 1], 0.3, 3)),
    call(floats([]), floats([1.5])),
    ...(numbers ? [call(floats([0.5, 1.25, 2]), 1.5)] : []),
    ...(integers
      ? [call(ints([7, -7, 3]), ints([2, 3, -2])), call(ints([7, 3]), floats([1.5, 2])), call(floats(2), ints([3, 1]))]
      : []),
    ...(integers && numbers ? [call(ints([7, 3]), 2)] : []),
  ]
}

const mixed = (): Sample[] => [
  call(floats([1, 2, NaN, -Infinity, 0]), floats([1, 3, NaN, 0, -0])),
  call(floats([[1], [2]]), floats([1, 2])),
  call(ints([1, 2]), 2),
  call(ints([1, 2]), floats([1, 2.5])),
  call(bools([true, false]), bools([true, true])),
  call(floats([]), 1),
]

const truths = (): Sample[] => [
  call(bools([true, true, false, false]), bools([true, false, true, false])),
  call(floats([0, 1.5]), ints([[1], [0]])),
]

const whole = (): Sample[] => [
  call(ints([6, 5, -1]), ints([3, 12, 7])),
  call(ints([[6], [5]]), 3),
  call(bools([true, true, false]), bools([true, false, false])),
]

/** Functions of pairs of elements. */
export const binary = {
  add: pairs(),
  sub: pairs(),
  mul: pairs(),
  div: pairs(),
  pow: [
    ...pairs({ integers: false }),
    call(floats([0.5, -1.25, 2]), 2),
    callWith({ gradcheck: false }, floats([0, 2]), 0),
    call(ints([2, 3]), 3),
    callWith({ gradcheck: false }, floats([0, 0.5, 2]), floats([2, 0, 1])),
  ],
  remainder: [...pairs({ integers: false }), call(floats([5, -5, 5.5]), -3), call(ints([7, -7, 3]), ints([2, 3, -2]))],
  maximum: [
    ...pairs({ integers: false, numbers: false }),
    callWith({ gradcheck: false }, floats([1, 2, NaN]), floats([1, 3, 0])),
    call(ints([7, -7]), ints([2, 3])),
    callWith({ torch: "torch.maximum(a, torch.tensor(1.5, dtype=a.dtype))" }, floats([0.5, 2]), 1.5),
  ],
  minimum: [
    ...pairs({ integers: false, numbers: false }),
    callWith({ gradcheck: false }, floats([1, 2, NaN]), floats([1, 3, 0])),
    callWith({ torch: "torch.minimum(a, torch.tensor(1.5, dtype=a.dtype))" }, floats([0.5, 2]), 1.5),
  ],
  nextafter: [
    callWith(
      {
        gradcheck: false,
        torch: "torch.nextafter(a.detach(), b)",
        ours: (a, b) => nextafter((a as Tensor).detach(), b as Tensor),
      },
      floats([1, -1, 0, 0, 2, 5]),
      constants([2, 2, -1, 1, 2, Infinity]),
    ),
  ],
  igamma: [
    callWith({ torch: "torch.igamma(a, b)" }, constants([0.5, 1, 3, 20, 2]), floats([0.3, 2, 1.5, 25, 40])),
    callWith(
      {
        gradcheck: false,
        torch: "torch.igamma(a, b.detach())",
        ours: (a, b) => igamma(a as Tensor, (b as Tensor).detach()),
      },
      constants([0, 2, -1, 2]),
      floats([1, 0, 1, Infinity]),
    ),
  ],
  igammac: [callWith({ torch: "torch.igammac(a, b)" }, constants([0.5, 1, 3, 20, 2]), floats([0.3, 2, 1.5, 25, 40]))],
  atan2: [
    ...pairs({ integers: false, numbers: false }),
    call(floats([1, -1, -0.5]), floats([-2, -2, 3])),
    callWith({ torch: "torch.atan2(a, torch.tensor(1.5, dtype=a.dtype))" }, floats([0.5, 2]), 1.5),
  ],
  lerp: [
    call(crooked([2, 3]), crooked([3], 0, 2), 0.3),
    call(crooked([2, 3]), crooked([3], 0, 2), crooked([2, 1], 0, 1)),
  ],
  eq: mixed(),
  ne: mixed(),
  lt: mixed(),
  le: mixed(),
  gt: mixed(),
  ge: mixed(),
  logicalAnd: truths(),
  logicalOr: truths(),
  logicalXor: truths(),
  isclose: [
    call(floats([1, 2, NaN, Infinity]), floats([1.000001, 2.1, NaN, Infinity])),
    call(floats([1, 2]), floats([1.1, 3]), { rtol: 0, atol: 0.2 }),
  ],
  allclose: [call(floats([1, 2]), floats([1.000001, 2])), call(floats([1, 2]), floats([1.1, 2]))],
  equal: [
    call(floats([1, 2]), floats([1, 2])),
    call(floats([1, 2]), floats([1, 3])),
    call(floats([1]), floats([1, 1])),
  ],
  logaddexp: [
    ...pairs({ integers: false, numbers: false }),
    callWith({ gradcheck: false }, floats([1000, -1000, 0]), floats([999, -1000, -500])),
  ],
  hypot: pairs({ integers: false, numbers: false }),
  fmod: [
    call(floats([5.2, -5.3, 5.5]), floats([3, 2, -1.5])),
    call(floats([5.5, -5.25]), 3),
    call(ints([7, -7, 3]), ints([2, 3, -2])),
  ],
  floorDivide: [
    call(constants([5.2, -5.3, 5.5]), constants([3, 2, -1.5])),
    call(ints([7, -7, 3]), ints([2, 3, -2])),
    call(ints([7, -7]), 2),
  ],
  copysign: [
    call(floats([1, -2, 3]), floats([-1, 1, 2])),
    call(floats([1, -2]), -1),
    callWith({ gradcheck: false }, floats([0, 1, 3]), floats([-1, -1, -0])),
  ],
  heaviside: [call(constants([-1, 0, 2]), constants([0.5])), call(ints([-1, 0, 2]), ints([5, 6, 7]))],
  xlogy: [
    call(floats([0.5, 2, 3]), floats([0.2, 1, 2])),
    callWith({ gradcheck: false }, floats([0, 0, 1]), floats([0, 2, NaN])),
    call(floats([1, 2]), 3),
  ],
  fmax: [
    call(floats([0.5, 1.25, 2]), floats([1.5, 0.75, 3])),
    callWith({ gradcheck: false }, floats([1, NaN, NaN, 3]), floats([2, 3, NaN, NaN])),
  ],
  fmin: [
    call(floats([0.5, 1.25, 2]), floats([1.5, 0.75, 3])),
    callWith({ gradcheck: false }, floats([1, NaN, NaN, 3]), floats([2, 3, NaN, NaN])),
  ],
  addcmul: [
    call(crooked([2, 3]), crooked([3], 0, 1), crooked([2, 1], 1, 2)),
    call(floats([1]), floats([2]), floats([3]), { value: 0.5 }),
  ],
  addcdiv: [
    call(crooked([2, 3]), crooked([3], 0, 1), crooked([2, 1], 1, 2)),
    call(floats([1]), floats([2]), floats([3]), { value: 0.5 }),
  ],
  bitwiseAnd: whole(),
  bitwiseOr: whole(),
  bitwiseXor: whole(),
  bitwiseNot: [call(ints([0, 5, -3])), call(bools([true, false]))],
  bitwiseLeftShift: [call(ints([1, 3, -2]), ints([2, 0, 3])), call(ints([1, 3]), 2)],
  bitwiseRightShift: [call(ints([8, -3, 7]), ints([1, 1, 0])), call(ints([9, 3]), 2)],
  gcd: [call(ints([12, -7, 0]), ints([8, 14, 5]))],
  lcm: [call(ints([4, -7, 0]), ints([6, 14, 5]))],
  logaddexp2: pairs({ integers: false, numbers: false }),
  ldexp: [call(floats([1.5, -2]), floats([3, 0.5]))],
  floatPower: [call(ints([2, 3]), 2), call(floats([2, 3]), floats([0.5, 2]))],
} satisfies Samples
