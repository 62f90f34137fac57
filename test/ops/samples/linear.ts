import { linalg, type Tensor } from "../../../src/index.js"
import { call, callWith, constants, crooked, floats, Input, ints, type Samples } from "../sample.js"

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
  addmm: [
    call(crooked([2, 4]), matrix(), crooked([3, 4], 0, 1)),
    callWith({ torch: "torch.addmm(a, b, c, beta=0.5, alpha=2)" }, floats([1, 2]), matrix(), crooked([3, 2], 0, 1), {
      beta: 0.5,
      alpha: 2,
    }),
  ],
  pdist: [call(crooked([4, 3])), call(crooked([3, 2]), 1)],
  cdist: [call(crooked([3, 2]), crooked([4, 2], 0, 3)), call(crooked([2, 3, 2]), crooked([2, 1, 2], 3, 5), 1)],
  cross: [
    callWith({ torch: "torch.linalg.cross(a, b)" }, crooked([2, 3]), crooked([2, 3], 0, 1)),
    callWith({ torch: "torch.linalg.cross(a, b, dim=0)" }, crooked([3, 2]), crooked([3, 1], 0, 1), 0),
  ],
  kron: [call(matrix(), crooked([2, 2], 0, 1)), call(floats([1, 10]), matrix()), call(floats(2), floats([1, 2]))],
  tensordot: [
    call(cube(), crooked([2, 2, 3], 0, 1)),
    callWith({ torch: "torch.tensordot(a, b, 1)" }, matrix(), crooked([3, 4], 0, 1), 1),
    callWith({ torch: "torch.tensordot(a, b, 0)" }, floats([1, 2]), floats([3, 4]), 0),
    callWith({ torch: "torch.tensordot(a, b, ([0, 2], [1, 0]))" }, cube(), crooked([2, 3, 4], 0, 1), [
      [0, 2],
      [1, 0],
    ]),
  ],
  einsum: [
    call("ij,jk->ik", matrix(), crooked([3, 4], 0, 1)),
    call("ij,kj->ik", matrix(), crooked([4, 3], 0, 1)),
    call("ij->ji", matrix()),
    call("ij->", matrix()),
    call("ij->j", matrix()),
    call("ii->i", crooked([3, 3])),
    call("ii", crooked([3, 3])),
    call("iij->j", crooked([3, 3, 2])),
    call("i,j->ij", floats([1, 2]), floats([3, 4, 5])),
    call("i,i", floats([1, 2]), floats([3, 4])),
    call("ba,cb", matrix(), crooked([4, 2], 0, 1)),
    call("bij,bjk->bik", cube(), crooked([3, 2, 4], 0, 1)),
    call("bhqd,bhkd->bhqk", crooked([1, 2, 3, 2]), crooked([1, 2, 4, 2], 0, 1)),
    call("...ij,...jk->...ik", crooked([2, 1, 2, 3]), crooked([3, 3, 2], 0, 1)),
    call("i...->...", cube()),
    call("...i->i...", cube()),
    call("ij,jk,kl->il", matrix(), crooked([3, 2], 0, 1), crooked([2, 4], 0, 1)),
    call("bn,anm,bm->ba", crooked([2, 3]), crooked([4, 3, 2], 0, 1), crooked([2, 2], 1, 2)),
    call("i,ij,j->", floats([1, 2]), matrix(), floats([3, 4, 5])),
    call("a b , b -> a", matrix(), floats([3, 4, 5])),
    call("ij,ij->ij", matrix(), crooked([2, 3], 0, 1)),
    call("ij,j", matrix(), floats([3, 4, 5])),
    call(",i->i", floats(2), floats([3, 4, 5])),
  ],
  addmv: [
    call(floats([1, 2]), matrix(), floats([1, 2, 3])),
    callWith({ torch: "torch.addmv(a, b, c, beta=0.5, alpha=2)" }, floats([1, 2]), matrix(), floats([1, 2, 3]), {
      beta: 0.5,
      alpha: 2,
    }),
  ],
  addr: [call(crooked([2, 3]), floats([1, 2]), floats([3, 4, 5]))],
  baddbmm: [call(crooked([3, 2, 4]), cube(), crooked([3, 2, 4], 0, 1))],
  addbmm: [
    callWith({ torch: "torch.addbmm(a, b, c, beta=0.5, alpha=2)" }, crooked([2, 4]), cube(), crooked([3, 2, 4], 0, 1), {
      beta: 0.5,
      alpha: 2,
    }),
  ],
  dist: [call(matrix(), crooked([3], 5, 9)), call(floats([1, 2]), floats([4, -3]), 1)],
} satisfies Samples

/** A well-conditioned square matrix, or a batch. */
const square = (n = 3) => plusIdentity(crooked([n, n], -1, 1))
const batch = () => plusIdentity(crooked([2, 2, 2], -0.6, 0.8))

/** The matrices with 2 added on their diagonals. */
function plusIdentity(x: Input): Input {
  const n = x.shape[x.shape.length - 1] as number
  return new Input(
    x.shape,
    x.values.map((value, i) => (Math.floor(i / n) % n === i % n ? Math.round((value + 2) * 1e4) / 1e4 : value)),
    "float",
    false,
  )
}

const rounded = {
  absolute: 2e-6,
  why: "PyTorch eliminates in float32, ours in float64; small numbers are differences of large ones",
}
const svdTorch = "(lambda r: (r.U ** 2, r.S, r.Vh ** 2, (r.U * r.S) @ r.Vh))(torch.linalg.svd(a, full_matrices=False))"
const svdOurs = (a: Tensor) => {
  const { U, S, Vh } = linalg.svd(a)
  return [U.square(), S, Vh.square(), U.mul(S).matmul(Vh)]
}
const symmetric = "(a + a.mT)"
const symmetrized = (a: Tensor) => a.add(a.mT())

/** Decompositions and systems of equations. */
export const decompositions = {
  "linalg.matmul": { testedIn: "test/ops/samples/linear.ts: the method" },
  "linalg.bmm": { testedIn: "test/ops/samples/linear.ts: the method" },
  "linalg.outer": { testedIn: "test/ops/samples/linear.ts: the method" },
  "linalg.cross": { testedIn: "test/ops/samples/linear.ts: the method" },
  "linalg.inv": [call(square()), call(batch()), call(crooked([0, 0]))],
  "linalg.solve": [
    call(square(), crooked([3, 2])),
    call(square(), crooked([3])),
    call(batch(), crooked([2, 2, 1])),
    call(batch(), crooked([2, 3])),
  ],
  "linalg.det": [
    call(square()),
    call(batch()),
    callWith({ float32: rounded }, square(4)),
    // PyTorch's own gradient is 0 for singular matrices, which is wrong; the definition is compared.
    callWith(
      { torch: "a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0]" },
      floats([
        [1, 2],
        [2, 4],
      ]),
    ),
    callWith(
      { torch: "(a[0] * torch.linalg.cross(a[1], a[2])).sum()" },
      floats([
        [1, 2, 3],
        [2, 4, 6],
        [1, 0, 1],
      ]),
    ),
  ],
  "linalg.slogdet": [
    call(square()),
    call(batch()),
    call(
      floats([
        [0, 1],
        [1, 0],
      ]),
    ),
  ],
  "linalg.cholesky": [
    callWith(
      {
        torch: "torch.linalg.cholesky(a @ a.mT)",
        ours: (a) => linalg.cholesky((a as Tensor).matmul((a as Tensor).mT())),
      },
      square(),
    ),
    callWith(
      {
        torch: "torch.linalg.cholesky(a @ a.mT)",
        ours: (a) => linalg.cholesky((a as Tensor).matmul((a as Tensor).mT())),
      },
      batch(),
    ),
  ],
  "linalg.lu": [
    call(square()),
    call(batch()),
    callWith(
      { gradcheck: false, torch: "torch.linalg.lu(a.detach())", ours: (a) => linalg.lu((a as Tensor).detach()) },
      crooked([4, 2]),
    ),
    callWith(
      { gradcheck: false, torch: "torch.linalg.lu(a.detach())", ours: (a) => linalg.lu((a as Tensor).detach()) },
      crooked([2, 3]),
    ),
  ],
  "linalg.luFactor": [
    callWith({ torch: "torch.linalg.lu_factor(a)" }, square()),
    callWith({ torch: "torch.linalg.lu_factor(a)" }, batch()),
  ],
  "linalg.luUnpack": [
    callWith(
      {
        torch: "torch.lu_unpack(*torch.linalg.lu_factor(a))",
        ours: (a) => {
          const { LU, pivots } = linalg.luFactor(a as Tensor)
          return linalg.luUnpack(LU, pivots)
        },
      },
      square(),
    ),
  ],
  "linalg.luSolve": [
    callWith(
      {
        torch: "torch.linalg.lu_solve(*torch.linalg.lu_factor(a), b)",
        ours: (a, b) => {
          const { LU, pivots } = linalg.luFactor(a as Tensor)
          return linalg.luSolve(LU, pivots, b as Tensor)
        },
      },
      square(),
      crooked([3, 2]),
    ),
  ],
  "linalg.householderProduct": [
    callWith({ torch: "torch.linalg.householder_product(a, b)" }, crooked([4, 3], -0.6, 0.7), crooked([2], 0.3, 1)),
    callWith(
      { torch: "torch.linalg.householder_product(a, b)" },
      crooked([2, 3, 2], -0.6, 0.7),
      crooked([2, 2], 0.2, 0.6),
    ),
  ],
  "linalg.choleskyInverse": [
    callWith(
      { torch: "torch.cholesky_inverse(a.tril())", ours: (a) => linalg.choleskyInverse((a as Tensor).tril()) },
      square(),
    ),
    callWith(
      {
        torch: "torch.cholesky_inverse(a.triu(), upper=True)",
        ours: (a) => linalg.choleskyInverse((a as Tensor).triu(), { upper: true }),
      },
      square(),
    ),
  ],
  "linalg.qr": [call(square()), call(crooked([4, 2])), call(batch())],
  "linalg.svd": [
    // The signs of singular vectors are arbitrary: what does not depend on them is compared.
    callWith({ float32: rounded, torch: svdTorch, ours: (a) => svdOurs(a as Tensor) }, crooked([3, 2])),
    callWith({ float32: rounded, torch: svdTorch, ours: (a) => svdOurs(a as Tensor) }, crooked([2, 4])),
    callWith({ float32: rounded, torch: svdTorch, ours: (a) => svdOurs(a as Tensor) }, square()),
  ],
  "linalg.svdvals": [call(crooked([3, 2])), call(crooked([2, 2, 3]))],
  "linalg.eigh": [
    callWith(
      {
        float32: rounded,
        torch: `(lambda r: (r.eigenvalues, r.eigenvectors ** 2))(torch.linalg.eigh(${symmetric}))`,
        ours: (a) => {
          const { eigenvalues, eigenvectors } = linalg.eigh(symmetrized(a as Tensor))
          return [eigenvalues, eigenvectors.square()]
        },
      },
      square(),
    ),
  ],
  "linalg.eigvalsh": [
    callWith(
      {
        float32: rounded,
        torch: `torch.linalg.eigvalsh(${symmetric})`,
        ours: (a) => linalg.eigvalsh(symmetrized(a as Tensor)),
      },
      square(4),
    ),
  ],
  "linalg.pinv": [
    call(crooked([4, 2])),
    call(crooked([2, 3])),
    callWith({ float32: rounded }, square()),
    call(crooked([2, 3, 2])),
  ],
  "linalg.matrixRank": [
    call(
      constants([
        [1, 2],
        [2, 4],
      ]),
    ),
    call(
      constants([
        [1, 2],
        [2, 5],
      ]),
    ),
    call(constants([[0, 0]])),
  ],
  "linalg.lstsq": [
    callWith(
      { torch: "torch.linalg.lstsq(a, b).solution", ours: (a, b) => linalg.lstsq(a as Tensor, b as Tensor).solution },
      crooked([4, 2]),
      crooked([4, 2], 0, 1),
    ),
    callWith(
      {
        torch: 'torch.linalg.lstsq(a, b, driver="gelsd")[:1] + torch.linalg.lstsq(a, b, driver="gelsd")[2:]',
        ours: (a, b) => {
          const { solution, rank, singularValues } = linalg.lstsq(a as Tensor, b as Tensor)
          return [solution, rank, singularValues]
        },
      },
      constants([
        [1, 0],
        [1, 1],
        [1, 2],
      ]),
      constants([[1], [3], [4]]),
    ),
    callWith(
      {
        torch: 'torch.linalg.lstsq(a, b, driver="gels").residuals',
        ours: (a, b) => linalg.lstsq(a as Tensor, b as Tensor).residuals,
      },
      constants([
        [1, 0],
        [1, 1],
        [1, 2],
      ]),
      constants([[1], [3], [4]]),
    ),
  ],
  "linalg.matrixNorm": [
    ...(["fro", "nuc", 1, -1, 2, -2, Infinity, -Infinity] as const).map((ord) => call(square(), ord)),
    callWith({ torch: 'torch.linalg.matrix_norm(a, "fro", keepdim=True)' }, cube(), "fro", { keepdim: true }),
  ],
  "linalg.vectorNorm": [
    call(matrix()),
    callWith({ torch: "torch.linalg.vector_norm(a, 3, dim=1, keepdim=True)" }, matrix(), 3, 1, { keepdim: true }),
    call(floats([3, -4]), 1),
    call(floats([3, 0, -4]), 0),
    call(floats([3, -4]), Infinity),
    call(floats([3, -4]), -Infinity),
  ],
  "linalg.cond": [
    call(square()),
    callWith({ torch: "torch.linalg.norm(a) * torch.linalg.norm(torch.linalg.inv(a))" }, square(), "fro"),
    callWith({ torch: "torch.linalg.norm(a, 1) * torch.linalg.norm(torch.linalg.inv(a), 1)" }, square(), 1),
  ],
  "linalg.matrixPower": [call(square(), 3), call(square(), 0), call(square(), -2), call(batch(), 2), call(square(), 1)],
  "linalg.solveTriangular": [
    callWith({ torch: "torch.linalg.solve_triangular(a, b, upper=False)" }, square(), crooked([3, 2]), {
      upper: false,
    }),
    callWith(
      { torch: "torch.linalg.solve_triangular(a, b, upper=True, unitriangular=True)" },
      square(),
      crooked([3, 2]),
      { upper: true, unitriangular: true },
    ),
  ],
  "linalg.matrixExp": [call(square()), call(batch()), call(crooked([2, 2], -8, 9)), call(floats([[0]]))].map(
    (sample) => ({
      ...sample,
      float32: { relative: 2e-5, why: "PyTorch's approximation in float32; ours is float64" },
    }),
  ),
  "linalg.multiDot": [
    call([matrix(), crooked([3, 4], 0, 1), crooked([4, 2], 0, 1)]),
    call([floats([1, 2]), crooked([2, 3]), crooked([3, 2], 0, 1), floats([1, -1])]),
    call([matrix(), crooked([3, 2], 0, 1)]),
  ],
  "linalg.choleskySolve": [
    callWith(
      { torch: "torch.cholesky_solve(a, b.tril())", ours: (a, b) => linalg.choleskySolve(a, (b as Tensor).tril()) },
      crooked([3, 2]),
      square(),
    ),
  ],
  "linalg.tensorinv": [
    callWith(
      { torch: "torch.linalg.tensorinv(a.reshape(2, 2, 4))", ours: (a) => linalg.tensorinv(a.reshape(2, 2, 4)) },
      square(4),
    ),
    call(square(), 1),
  ],
  "linalg.tensorsolve": [
    callWith(
      {
        torch: "torch.linalg.tensorsolve(a.reshape(2, 2, 4), b)",
        ours: (a, b) => linalg.tensorsolve(a.reshape(2, 2, 4), b as Tensor),
      },
      square(4),
      crooked([2, 2]),
    ),
  ],
  "linalg.vecdot": [
    call(matrix(), floats([1, 2, 3])),
    callWith({ torch: "torch.linalg.vecdot(a, b, dim=0)" }, matrix(), crooked([2, 3], 0, 1), 0),
  ],
} satisfies Samples
