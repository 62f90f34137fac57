import type { Tensor } from "../../../src/index.js"
import { bools, call, callWith, constants, crooked, floats, ints, type Samples } from "../sample.js"

const matrix = () => crooked([2, 3])
const cube = () => crooked([3, 2, 2])

/** Views, joining and cutting, choosing, and conversions. */
export const shape = {
  reshape: [
    call(matrix(), [3, -1]),
    call(cube(), [4, 3]),
    call(floats(2), [1, 1]),
    call(crooked([0, 3]), [3, 0]),
    callWith({ torch: "a.reshape(6)" }, matrix(), 6),
  ],
  view: [callWith({ torch: "a.view(3, 2)", layouts: false }, matrix(), 3, 2)],
  transpose: [call(cube(), 0, 2), call(matrix(), -1, 0), call(matrix(), 1, 1)],
  mT: [callWith({ torch: "a.mT" }, matrix()), callWith({ torch: "a.mT" }, cube())],
  t: [call(matrix()), call(floats([1, 2]))],
  permute: [call(cube(), [2, 0, 1]), call(crooked([2, 1, 3, 2]), [-1, 1, 0, 2])],
  movedim: [call(cube(), 0, 2), call(cube(), -1, 0)],
  squeeze: [call(crooked([1, 2, 1])), call(crooked([1, 2, 1]), 0), call(crooked([1, 2, 1]), 1), call(crooked([1]))],
  unsqueeze: [call(matrix(), -1), call(matrix(), 0), call(floats(3), 0)],
  expand: [
    callWith({ torch: "a.expand(3, -1, 4)" }, floats([[1], [2]]), 3, -1, 4),
    callWith({ torch: "a.expand(2, 2)" }, floats(3), 2, 2),
  ],
  expandAs: [callWith({ torch: "a.expand_as(b)" }, floats([1, 2]), constants([[0, 0]]))],
  flatten: [call(cube()), call(cube(), 1), call(cube(), 0, 1), call(floats(2))],
  unflatten: [callWith({ torch: "a.unflatten(1, (2, -1))" }, crooked([2, 6]), 1, [2, -1])],
  narrow: [call(matrix(), 1, 1, 2), call(cube(), 0, 0, 0)],
  select: [callWith({ torch: "a.select(1, -1)" }, cube(), 1, -1)],
  split: [call(matrix(), 2, 1), call(matrix(), [1, 2], 1), call(crooked([5]), 2)],
  chunk: [call(crooked([5, 2]), 2), call(cube(), 3, 0)],
  unbind: [call(matrix()), call(cube(), 1)],
  repeat: [
    callWith({ torch: "a.repeat(2, 1, 2)" }, matrix(), 2, 1, 2),
    callWith({ torch: "a.repeat(3)" }, floats([1, 2]), 3),
    callWith({ torch: "a.repeat(0, 2)" }, floats([1, 2]), 0, 2),
  ],
  flip: [
    callWith({ torch: "torch.flip(a, (0,))" }, matrix(), 0),
    callWith({ torch: "torch.flip(a, (0, -1))" }, cube(), 0, -1),
  ],
  cat: [
    call([matrix(), crooked([2, 1])], 1),
    call([matrix(), crooked([0, 3]), crooked([1, 3])]),
    call([ints([1, 2]), floats([0.5])]),
  ],
  stack: [
    call([matrix(), crooked([2, 3], 0, 1)]),
    call([matrix(), crooked([2, 3], 0, 1)], -1),
    call([floats(1), floats(2)]),
  ],
  broadcastTensors: [call(floats([1, 2]), floats([[1], [2], [3]]), floats(7))],
  where: [
    call(bools([true, false, true]), matrix(), crooked([3], 0, 1)),
    call(bools([[true], [false]]), floats([1, 2]), 7),
    call(bools([true, false]), 1, floats([5, 6])),
    call(bools([true, false]), ints([1, 2]), floats([0.5, 0.25])),
  ],
  maskedFill: [
    callWith({ torch: "a.masked_fill(b, -1)" }, matrix(), bools([[true], [false]]), -1),
    callWith(
      { torch: "a.masked_fill(b, -math.inf)", gradcheck: false },
      matrix(),
      bools([true, false, true]),
      -Infinity,
    ),
  ],
  tril: [call(cube()), call(matrix(), -1), call(crooked([3, 3]), 1)],
  triu: [call(matrix(), 1), call(cube(), -1)],
  clone: [call(matrix())],
  contiguous: [callWith({ torch: "a.contiguous()" }, matrix())],
  isContiguous: [callWith({ torch: "a.is_contiguous()", layouts: false }, matrix())],
  detach: [call(matrix())],
  to: [
    callWith({ torch: "a.to(torch.int32)" }, floats([1.7, -1.7, 0]), "int32"),
    callWith({ torch: "a.to(torch.float64)" }, floats([1.7, -1.7, 0]), "float64"),
  ],
  float: [
    callWith({ torch: "a.float()" }, ints([1, 2])),
    callWith({ torch: "a.float()", gradcheck: false }, floats([1.5])),
  ],
  double: [callWith({ torch: "a.double()" }, floats([0.1]))],
  int: [callWith({ torch: "a.int()" }, floats([1.5, -1.5]))],
  bool: [callWith({ torch: "a.bool()" }, floats([0, -2, NaN]))],
  requiresGrad_: [
    callWith(
      {
        torch: "(a * 1).detach().requires_grad_() * b",
        ours: (a, b) =>
          a
            .detach()
            .requiresGrad_()
            .mul(b as Tensor),
      },
      constants([1, 2]),
      floats([3, 4]),
    ),
  ],
} satisfies Samples
