import { bools, call, callWith, crooked, floats, indexed, ints, type Samples } from "../sample.js"

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
  takeAlongDim: [
    call(matrix(), ints([[2, 0, 1, 1]]), 0),
    call(matrix(), ints([[3], [0], [1]]), 1),
    callWith({ torch: "torch.take_along_dim(a, b)" }, matrix(), ints([11, 0, 5])),
    call(cube(), ints([[[1]], [[0]], [[1]]]), 1),
  ],
  take: [
    call(
      matrix(),
      ints([
        [0, 11],
        [5, -1],
      ]),
    ),
    call(floats([1, 2]), ints([])),
  ],
  maskedSelect: [
    call(matrix(), bools([true, false, true, false])),
    call(cube(), bools([[true], [false]])),
    call(
      floats([1, 2]),
      bools([
        [true, false],
        [false, true],
        [true, true],
      ]),
    ),
    call(floats([1, 2]), bools([false, false])),
    call(floats(2), bools(true)),
  ],
  nonzero: [
    call(
      floats([
        [0, 1, 0],
        [2, 0, -3],
      ]),
    ),
    call(bools([true, false, true])),
    call(floats(3)),
    call(floats([0, 0])),
  ],
  flip: [
    callWith({ torch: "torch.flip(a, (0,))" }, matrix(), 0),
    callWith({ torch: "torch.flip(a, (0, -1))" }, cube(), 0, -1),
  ],
  roll: [
    call(matrix(), 1),
    call(matrix(), -2, 1),
    call(cube(), [1, 5], [0, 2]),
    call(floats([1, 2, 3]), 4, 0),
    call(crooked([0, 2]), 1, 0),
  ],
  scatter: [
    callWith(
      { torch: "torch.scatter(a, 1, b, c)" },
      matrix(),
      1,
      ints([
        [3, 0],
        [1, 2],
      ]),
      crooked([2, 2], 5, 9),
    ),
    callWith({ torch: "torch.scatter(a, 0, b, 7)" }, matrix(), 0, ints([[2, 1, 0, 0]]), 7),
    callWith({ torch: "torch.scatter(a, 0, b, c[:1, :2])" }, matrix(), 0, ints([[2, 1]]), crooked([2, 4], 5, 9)),
  ],
  scatterAdd: [
    callWith(
      { torch: "torch.scatter_add(a, 1, b, c)" },
      matrix(),
      1,
      ints([
        [3, 3],
        [1, 2],
      ]),
      crooked([2, 2], 5, 9),
    ),
    callWith({ torch: "torch.scatter_add(a, 0, b, c)" }, floats([0, 0]), 0, ints([0, 0, 1, 0]), floats([1, 2, 3, 4])),
  ],
  scatterReduce: (["sum", "prod", "mean", "amax", "amin"] as const).flatMap((reduction) => [
    callWith(
      { torch: `torch.scatter_reduce(a, 0, b, c, "${reduction}")` },
      floats([0.5, 2, 7]),
      0,
      ints([0, 0, 1, 0]),
      floats([1, -2, 3, 4.5]),
      reduction,
    ),
    callWith(
      { torch: `torch.scatter_reduce(a, 0, b, c, "${reduction}", include_self=False)` },
      floats([0.5, 2, 7]),
      0,
      ints([0, 0, 1, 0]),
      floats([1, -2, 3, 4.5]),
      reduction,
      { includeSelf: false },
    ),
  ]),
  indexAdd: [
    callWith({ torch: "torch.index_add(a, 0, b, c)" }, matrix(), 0, ints([2, 0, 2]), crooked([3, 4], 5, 9)),
    callWith({ torch: "torch.index_add(a, 1, b, c, alpha=-2)" }, matrix(), 1, ints([1]), crooked([3, 1], 5, 9), {
      alpha: -2,
    }),
  ],
  indexCopy: [callWith({ torch: "torch.index_copy(a, 1, b, c)" }, matrix(), 1, ints([2, 0]), crooked([3, 2], 5, 9))],
  indexReduce: (["prod", "mean", "amax", "amin"] as const).flatMap((reduction) => [
    callWith(
      { torch: `torch.index_reduce(a, 0, b, c, "${reduction}")` },
      crooked([3, 2], 0.5, 2),
      0,
      ints([2, 0, 2]),
      crooked([3, 2], 1, 3),
      reduction,
    ),
  ]),
  indexFill: [callWith({ torch: "torch.index_fill(a, 1, b, 5)" }, matrix(), 1, ints([2, 0]), 5)],
  maskedScatter: [
    callWith(
      { torch: "torch.masked_scatter(a, b, c)" },
      matrix(),
      bools([true, false, true, false]),
      crooked([2, 4], 5, 9),
    ),
  ],
  selectScatter: [callWith({ torch: "torch.select_scatter(a, b, 1, 2)" }, matrix(), crooked([3], 5, 9), 1, 2)],
  pad: [
    callWith({ torch: "F.pad(a, (1, 2))" }, matrix(), [1, 2]),
    callWith({ torch: "F.pad(a, (1, -1, 0, 2), value=3.5)" }, matrix(), [1, -1, 0, 2], { value: 3.5 }),
    callWith({ torch: "F.pad(a, (-1, -2))" }, matrix(), [-1, -2]),
    callWith({ torch: 'F.pad(a, (2, 1), mode="reflect")' }, matrix(), [2, 1], { mode: "reflect" }),
    callWith({ torch: 'F.pad(a, (2, 3), mode="replicate")' }, matrix(), [2, 3], { mode: "replicate" }),
    callWith({ torch: 'F.pad(a, (2, 3), mode="circular")' }, matrix(), [2, 3], { mode: "circular" }),
    callWith({ torch: 'F.pad(a, (1, 2, 2, 1), mode="reflect")' }, crooked([1, 3, 4]), [1, 2, 2, 1], {
      mode: "reflect",
    }),
    callWith({ torch: 'F.pad(a, (1, 2, 2, 1), mode="replicate")' }, crooked([1, 3, 4]), [1, 2, 2, 1], {
      mode: "replicate",
    }),
    callWith({ torch: 'F.pad(a, (1, 2, 2, 1), mode="circular")' }, crooked([1, 3, 4]), [1, 2, 2, 1], {
      mode: "circular",
    }),
  ],
  sliceScatter: [
    callWith({ torch: "torch.slice_scatter(a, b, 1, 1, 4, 2)" }, matrix(), crooked([3, 2], 5, 9), 1, {
      start: 1,
      end: 4,
      step: 2,
    }),
    callWith({ torch: "torch.slice_scatter(a, b)" }, floats([1, 2]), floats([3, 4])),
    callWith({ torch: "torch.slice_scatter(a, b, 0, -2)" }, floats([1, 2, 5]), floats([3, 4]), 0, { start: -2 }),
  ],
  diagonalScatter: [
    callWith({ torch: "torch.diagonal_scatter(a, b)" }, matrix(), crooked([3], 5, 9)),
    callWith({ torch: "torch.diagonal_scatter(a, b, 1)" }, matrix(), crooked([3], 5, 9), 1),
  ],
  unravelIndex: [
    callWith({ torch: "torch.unravel_index(a, (2, 3))" }, ints([5, 1, 0]), [2, 3]),
    callWith({ torch: "torch.unravel_index(a, (2, 3, 4))" }, ints([[23], [13]]), [2, 3, 4]),
  ],
} satisfies Samples
