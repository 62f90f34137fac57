import { bools, call, callWith, constants, crooked, floats, indexed, ints, type Samples } from "../sample.js"

const matrix = () => crooked([3, 4])
const cube = () => crooked([3, 2, 4])

/** Taking and writing parts. */
export const indexing = {
  at: [
    indexed(matrix(), 1),
    indexed(matrix(), -1, 2),
    indexed(matrix(), ":", "::2"),
    indexed(matrix(), "1:", ":-1"),
    indexed(matrix(), "-2:", "1:4:2"),
    indexed(matrix(), "5:7"),
    indexed(matrix(), null, ":", null, 0),
    indexed(cube(), "...", 1),
    indexed(cube(), 0, "...", null),
    indexed(cube(), "...", "1:3", 0),
    indexed(matrix(), bools([true, false, true])),
    indexed(
      matrix(),
      bools([
        [true, false, true, false],
        [false, true, false, false],
        [false, false, false, true],
      ]),
    ),
    indexed(cube(), ":", bools([true, false])),
    indexed(cube(), bools([true, false, true]), ":", [0, 1]),
    indexed(matrix(), ints([1, 0, 1, -1])),
    indexed(matrix(), [0, 1, 1], [2, 0, 0]),
    indexed(matrix(), ints([[0], [2]]), ints([1, 3])),
    indexed(cube(), [0, 2], ":", [1, 0]),
    indexed(cube(), ":", [0, 1], [1, 0]),
    indexed(cube(), 0, ":", [1, 0]),
    indexed(cube(), [0, 1], 0, [1, 0]),
    indexed(cube(), null, [0, 1], ":", [1, 3]),
    indexed(cube(), "::2", [[0], [1]], "1:"),
    indexed(matrix(), ints([])),
    indexed(floats([1, 2, 3]), ints(1)),
    indexed(ints([5, 6, 7]), ints([2, 0])),
  ],
  put: [
    callWith(
      { torch: "a.clone().index_put_((torch.tensor([0, 2]),), b)", ours: (a, b) => a.clone().put([0, 2], b as never) },
      constants([1, 2, 3]),
      constants([8, 9]),
    ),
  ],
  indexSelect: [call(matrix(), 1, ints([2, 2, 0])), call(cube(), 0, ints([1])), call(matrix(), 0, ints([]))],
  gather: [
    call(
      matrix(),
      1,
      ints([
        [0, 0],
        [2, 1],
      ]),
    ),
    call(matrix(), 0, ints([[2, 1, 0, 0]])),
    call(cube(), 2, ints([[[3, 0]]])),
  ],
  oneHot: [
    callWith(
      { torch: "F.one_hot(a, 4)" },
      ints([
        [0, 2],
        [3, 1],
      ]),
      4,
    ),
    callWith({ torch: "F.one_hot(a)" }, ints([0, 2])),
  ],
} satisfies Samples
