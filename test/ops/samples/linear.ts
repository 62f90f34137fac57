import { call, callWith, crooked, floats, ints, type Samples } from "../sample.js"

const matrix = () => crooked([2, 3])
const cube = () => crooked([3, 2, 2])

/** Products of matrices and vectors. */
export const linearAlgebra = {
  matmul: [
    call(matrix(), crooked([3, 2], 0, 1)),
    call(matrix(), floats([1, 2, 3])),
    call(floats([1, 2]), matrix()),
    call(floats([1, 2]), floats([0.5, -3])),
    call(cube(), crooked([2, 4], 0, 1)),
    call(cube(), crooked([3, 2, 1], 0, 1)),
    call(crooked([2, 2], 0, 1), cube()),
    call(crooked([2, 1, 2, 3]), crooked([3, 3, 2], 0, 1)),
    call(floats([1, 2]), cube()),
    call(crooked([2, 0]), crooked([0, 3])),
    call(crooked([0, 2]), crooked([2, 3])),
    callWith(
      {
        float32: {
          absolute: 1e-6,
          why: "sums of 33 products that cancel; without fused multiply-adds they round more",
        },
      },
      crooked([17, 33]),
      crooked([33, 5]),
    ),
    call(ints([[1, 2]]), ints([[3], [4]])),
  ],
  bmm: [call(cube(), crooked([3, 2, 4], 0, 1))],
  dot: [call(floats([1, 2]), floats([3, 4])), call(floats([]), floats([]))],
  outer: [call(floats([1, 2]), floats([3, 4, 5]))],
  linear: [
    callWith({ torch: "F.linear(a, b, c)" }, matrix(), crooked([4, 3], -1, 1), crooked([4], 0, 1)),
    callWith({ torch: "F.linear(a, b)" }, cube(), crooked([4, 2], -1, 1)),
    callWith({ torch: "F.linear(a, b)" }, floats([1, 2]), crooked([3, 2], -1, 1)),
    callWith({ torch: "F.relu(F.linear(a, b, c))" }, matrix(), crooked([4, 3], -1, 1), crooked([4], 0, 1), "relu"),
    callWith({ torch: "torch.tanh(F.linear(a, b))" }, matrix(), crooked([4, 3], -1, 1), null, "tanh"),
    callWith({ torch: "torch.sigmoid(F.linear(a, b))" }, cube(), crooked([4, 2], -1, 1), null, "sigmoid"),
  ],
} satisfies Samples
