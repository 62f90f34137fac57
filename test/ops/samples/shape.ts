import type { Tensor } from "../../../src/index.js"
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

const matrix = () => crooked([2, 3])
const cube = () => crooked([3, 2, 2])

/** A call by an einops pattern, which the package einops makes too. */
function einops(name: string, x: Input, ...rest: Argument[]): Sample {
  const words = rest.map((argument) =>
    typeof argument === "string"
      ? JSON.stringify(argument)
      : Object.entries(argument as Record<string, number>)
          .map(([axis, size]) => `${axis}=${size}`)
          .join(", "),
  )
  return callWith({ torch: `einops.${name}(${["a", ...words].join(", ")})` }, x, ...rest)
}

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
    einops("repeat", matrix(), "a b -> a b r", { r: 2 }),
    einops("repeat", matrix(), "a b -> (a r) (s b)", { r: 2, s: 3 }),
    einops("repeat", matrix(), "a b -> 3 b a"),
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
  tile: [
    callWith({ torch: "a.tile(2)" }, matrix(), 2),
    callWith({ torch: "a.tile(2, 1, 2)" }, matrix(), 2, 1, 2),
    callWith({ torch: "a.tile(3)" }, floats(2), 3),
  ],
  repeatInterleave: [
    call(matrix(), 2),
    call(matrix(), 2, 1),
    call(matrix(), ints([1, 0, 2]), 1),
    callWith({ torch: "torch.repeat_interleave(a, b, dim=0)" }, floats([1, 2]), ints([2, 3])),
  ],
  hstack: [call([matrix(), crooked([2, 1])]), call([floats([1]), floats([2, 3])]), call([floats(1), floats(2)])],
  vstack: [call([matrix(), crooked([1, 3])]), call([floats([1, 2]), floats([2, 3])])],
  columnStack: [call([matrix(), floats([1, 2])]), call([floats([1, 2]), floats([2, 3])])],
  tensorSplit: [call(crooked([7]), 3), call(crooked([5, 2]), [1, 3]), call(crooked([2, 5]), [2, -1], 1)],
  unfold: [
    callWith({ torch: "a.unfold(0, 2, 1)" }, crooked([5]), 0, 2, 1),
    callWith({ torch: "a.unfold(1, 3, 2)" }, crooked([2, 7]), 1, 3, 2),
    callWith({ torch: "a.unfold(0, 2, 2)" }, crooked([4, 2]), 0, 2, 2),
  ],
  diagonal: [
    call(matrix()),
    call(matrix(), 1),
    call(matrix(), -1),
    call(cube(), 0, 1, 2),
    call(cube(), 1, -1, 0),
    call(matrix(), 5),
  ],
  diagEmbed: [call(floats([1, 2])), call(matrix(), 1), call(matrix(), -2), call(matrix(), 0, 0, 2)],
  diag: [call(floats([1, 2]), 1), call(matrix()), call(crooked([3, 3]), -1)],
  trace: [call(matrix())],
  meshgrid: [
    callWith({ torch: 'torch.meshgrid(a, b, indexing="ij")' }, [floats([1, 2]), floats([3, 4, 5])]),
    callWith({ torch: 'torch.meshgrid(a, b, indexing="xy")' }, [floats([1, 2]), floats([3, 4, 5])], { indexing: "xy" }),
  ],
  cartesianProd: [
    call(floats([1, 2]), floats([3, 4, 5])),
    call(floats([1, 2]), floats([3]), floats([4, 5])),
    call(floats([1, 2])),
  ],
  combinations: [
    call(floats([1, 2, 3])),
    call(floats([1, 2, 3, 4]), 3),
    callWith({ torch: "torch.combinations(a, 2, with_replacement=True)" }, floats([1, 2, 3]), 2, {
      withReplacement: true,
    }),
  ],
  rot90: [call(matrix()), call(matrix(), 2), call(matrix(), -1), call(cube(), 1, [1, 2]), call(matrix(), 4)],
  rearrange: [
    einops("rearrange", matrix(), "a b -> b a"),
    einops("rearrange", crooked([2, 12]), "b (h w) -> w b h", { h: 4 }),
    einops("rearrange", crooked([2, 3, 4]), "b c w -> b (w c)"),
    einops("rearrange", crooked([2, 3, 4]), "b ... -> ... b"),
    einops("rearrange", crooked([2, 3, 4]), "... w -> (...) w"),
    einops("rearrange", crooked([2, 1, 3]), "a 1 b -> b 1 a ()"),
    einops("rearrange", crooked([4, 6, 3]), "(h p) (w q) c -> (h w) (p q c)", { p: 2, q: 3 }),
    einops("rearrange", floats([1, 2]), "(a b) -> a b", { a: 1 }),
  ],
  reduce: [
    ...(["sum", "mean", "max", "min", "prod"] as const).map((how) => einops("reduce", cube(), "a b c -> b", how)),
    einops("reduce", crooked([1, 4, 6, 2]), "b (h 2) (w 3) c -> b h w c", "mean"),
    einops("reduce", crooked([2, 3, 4]), "b ... -> b ()", "sum"),
    einops("reduce", crooked([4, 6]), "(h p) w -> p w", "max", { p: 2 }),
    einops("reduce", matrix(), "a b ->", "sum"),
  ],
  atleast1d: [
    callWith({ torch: "torch.atleast_1d(a)" }, floats(5)),
    callWith({ torch: "torch.atleast_1d(a)" }, matrix()),
  ],
  atleast2d: [
    callWith({ torch: "torch.atleast_2d(a)" }, floats(5)),
    callWith({ torch: "torch.atleast_2d(a)" }, floats([1, 2])),
  ],
  atleast3d: [floats(5), floats([1, 2]), matrix(), cube()].map((x) => callWith({ torch: "torch.atleast_3d(a)" }, x)),
  dstack: [call([floats([1, 2]), floats([3, 4])]), call([matrix(), crooked([2, 3], 0, 1)])],
  hsplit: [call(crooked([2, 4]), 2), call(crooked([6]), [1, 3])],
  vsplit: [call(crooked([4, 2]), 2)],
  dsplit: [call(crooked([1, 2, 4]), [1, 2])],
  blockDiag: [call(matrix(), crooked([1, 2]), floats([3, 4]))],
  diagflat: [call(matrix()), call(floats([1, 2]), 1)],
  vander: [
    call(constants([1, 2.5, -3])),
    callWith({ torch: "torch.vander(a, 4, increasing=True)" }, constants([1, 2.5, -3]), 4, { increasing: true }),
    callWith({ torch: "torch.stack([a**2, a, a**0], 1)" }, crooked([3])), // PyTorch's own has no gradient
  ],
  broadcastShapes: { testedIn: "test/doc-examples.test.ts" },
} satisfies Samples
