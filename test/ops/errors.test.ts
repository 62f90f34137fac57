import { describe, expect, it } from "vitest"
import {
  bernoulli,
  blockDiag,
  CellgradError,
  cartesianProd,
  cdist,
  columnStack,
  combinations,
  cov,
  dstack,
  einsum,
  eye,
  hannWindow,
  histogram,
  hstack,
  linalg,
  logspace,
  meshgrid,
  multinomial,
  ones,
  pad,
  pdist,
  rearrange,
  reduce,
  searchsorted,
  tensor,
  trilIndices,
  uniqueConsecutive,
  vstack,
  zeros,
} from "../../src/index.js"

/** What TypeScript would refuse, as it comes from untyped code. */
const wrong = (value: unknown) => value as never
const matrix = () => zeros([2, 3])
const booleans = () => ones([2, 2]).bool()

/** Bad calls by operation. Each message is held by the snapshot. */
const badSamples: Record<string, readonly (() => unknown)[]> = {
  pdist: [() => pdist(zeros([3])), () => pdist(wrong([[1, 2]]))],
  hannWindow: [() => hannWindow(-1), () => hannWindow(2.5), () => hannWindow(3, { dtype: "int32" })],
  scatter: [
    () => matrix().scatter(2, tensor([[0]]), 1),
    () => matrix().scatter(1, tensor([[3]]), 1),
    () => matrix().scatter(1, tensor([0]), 1),
    () => matrix().scatter(1, tensor([[0, 1]]), ones([1, 1])),
    () => matrix().scatter(1, tensor([[0.5]]), 1),
    () => matrix().scatter(1, wrong([[0]]), 1),
    () => matrix().scatter(1, tensor([[0]]), wrong("1")),
  ],
  scatterAdd: [() => matrix().scatterAdd(0, tensor([[0, 0, 0, 0]]), ones([1, 4]))],
  scatterReduce: [() => matrix().scatterReduce(0, tensor([[0]]), ones([1, 1]), wrong("median"))],
  indexAdd: [
    () => matrix().indexAdd(0, tensor([0, 1]), ones([1, 3])),
    () => matrix().indexAdd(0, tensor([[0]]), ones([1, 3])),
    () => matrix().indexAdd(0, tensor([2]), ones([1, 3])),
  ],
  indexCopy: [() => matrix().indexCopy(1, tensor([0]), wrong(3))],
  indexFill: [() => matrix().indexFill(0, wrong(1), 3)],
  maskedScatter: [
    () => matrix().maskedScatter(matrix().eq(0), ones([2])),
    () => matrix().maskedScatter(matrix(), ones([6])),
  ],
  maskedSelect: [
    () => matrix().maskedSelect(matrix()),
    () => matrix().maskedSelect(tensor([true, false])),
    () => matrix().maskedSelect(wrong([true])),
  ],
  selectScatter: [() => matrix().selectScatter(ones([4]), 0, 0), () => matrix().selectScatter(ones([3]), 0, 2)],
  takeAlongDim: [
    () => matrix().takeAlongDim(tensor([0]), 0),
    () => matrix().takeAlongDim(tensor([[0], [1], [0]]), 1),
    () => matrix().takeAlongDim(wrong(0), 0),
  ],
  take: [() => matrix().take(tensor([6])), () => matrix().take(wrong(0))],
  roll: [
    () => matrix().roll([1, 2]),
    () => matrix().roll([1, 2], 0),
    () => matrix().roll(0.5, 0),
    () => matrix().roll(1, 2),
  ],
  pad: [
    () => pad(matrix(), [1]),
    () => pad(matrix(), [1, 1, 1, 1, 1, 1]),
    () => pad(matrix(), wrong(1)),
    () => pad(matrix(), [-2, -2]),
    () => pad(matrix(), [3, 0], { mode: "reflect" }),
    () => pad(matrix(), [4, 0], { mode: "circular" }),
    () => pad(matrix(), [1, 1], { mode: wrong("symmetric") }),
  ],
  repeat: [
    () => matrix().repeat("a b -> a b r"),
    () => matrix().repeat("a b -> b"),
    () => matrix().repeat("a b c -> c", {}),
  ],
  tile: [() => matrix().tile(-1)],
  repeatInterleave: [() => matrix().repeatInterleave(-1), () => matrix().repeatInterleave(tensor([1, 2]), 1)],
  hstack: [() => hstack([]), () => hstack([zeros([2, 1]), zeros([3, 1])])],
  vstack: [() => vstack([zeros([2, 1]), zeros([2, 2])]), () => vstack(wrong(matrix()))],
  columnStack: [() => columnStack([zeros([2]), zeros([3])])],
  tensorSplit: [() => matrix().tensorSplit(0)],
  unfold: [() => matrix().unfold(1, 4, 1), () => matrix().unfold(1, 2, 0), () => matrix().unfold(2, 1, 1)],
  diagonal: [() => zeros([2]).diagonal(), () => matrix().diagonal(0, 1, 1), () => matrix().diagonal(0.5)],
  diagEmbed: [() => tensor(1).diagEmbed()],
  diag: [() => zeros([2, 2, 2]).diag()],
  trace: [() => zeros([2]).trace()],
  meshgrid: [() => meshgrid([matrix()]), () => meshgrid([zeros([2])], { indexing: wrong("yx") })],
  cartesianProd: [() => cartesianProd(matrix(), matrix())],
  combinations: [() => combinations(matrix()), () => combinations(zeros([2]), -1)],
  rot90: [() => zeros([2]).rot90(), () => matrix().rot90(0.5), () => matrix().rot90(1, [0, 0])],
  cross: [() => zeros([2]).cross(zeros([2]))],
  tensordot: [() => matrix().tensordot(matrix(), 3), () => matrix().tensordot(matrix(), [[0], [1]])],
  addmm: [() => matrix().addmm(zeros([2]), matrix())],
  cdist: [() => cdist(zeros([2]), matrix())],
  einsum: [
    () => einsum("ij,jk->ik", matrix()),
    () => einsum("ijk->i", matrix()),
    () => einsum("i->i", matrix()),
    () => einsum("ij->il", matrix()),
    () => einsum("ij->ii", matrix()),
    () => einsum("ij,jk->ik", matrix(), matrix()),
    () => einsum("ii->i", matrix()),
    () => einsum("i1->i", matrix()),
    () => einsum("i->j->k", matrix()),
    () => einsum(wrong(3), matrix()),
    () => einsum("i", wrong([1, 2])),
  ],
  rearrange: [
    () => rearrange(matrix(), "a b c -> c b a"),
    () => rearrange(matrix(), "a b -> a"),
    () => rearrange(matrix(), "a b -> a b c"),
    () => rearrange(matrix(), "(a c) b -> a b c"),
    () => rearrange(matrix(), "(a c) b -> a b c", { a: 4 }),
    () => rearrange(matrix(), "a b -> b a", wrong({ c: 1 })),
    () => rearrange(matrix(), "a a -> a"),
    () => rearrange(matrix(), "a (b -> b a"),
    () => rearrange(matrix(), "a ((b)) -> b a"),
    () => rearrange(matrix(), "a b"),
    () => rearrange(matrix(), "a b! -> b a"),
    () => rearrange(matrix(), wrong(3)),
  ],
  reduce: [() => reduce(matrix(), "a b -> a", wrong("median")), () => reduce(matrix(), "a b -> a c", "sum")],
  frac: [() => tensor([1], { dtype: "int32" }).frac()],
  polygamma: [() => matrix().fmod(wrong("2"))],
  logaddexp: [() => matrix().logaddexp(zeros([2, 2]))],
  bitwiseAnd: [() => matrix().bitwiseAnd(1), () => booleans().bitwiseAnd(0.5)],
  bitwiseNot: [() => matrix().bitwiseNot()],
  nanmean: [() => matrix().int().nanmean()],
  kthvalue: [() => matrix().kthvalue(4)],
  median: [() => zeros([0]).median()],
  quantile: [
    () => matrix().quantile(1.5),
    () => matrix().quantile(0.5, 0, { interpolation: wrong("cubic") }),
    () => matrix().int().quantile(0.5),
    () => zeros([0]).quantile(0.5),
  ],
  bincount: [
    () => matrix().int().bincount(),
    () => zeros([2]).bincount(),
    () => tensor([-1]).int().bincount(),
    () =>
      tensor([1])
        .int()
        .bincount({ weights: ones([2]) }),
  ],
  histc: [() => matrix().int().histc(), () => matrix().histc(0), () => tensor([NaN]).histc()],
  histogram: [() => histogram(matrix(), 0), () => histogram(zeros([2]), 2, { weight: ones([3]) })],
  cov: [() => cov(zeros([2, 2, 2]))],
  cummax: [() => matrix().cummax(2)],
  cumprod: [() => matrix().cumprod(2)],
  diff: [() => matrix().diff(-1)],
  unique: [() => uniqueConsecutive(wrong([1])), () => matrix().unique({ dim: 2 })],
  searchsorted: [() => searchsorted(matrix(), zeros([3])), () => searchsorted(tensor(1), zeros([3]))],
  bucketize: [() => matrix().bucketize(matrix())],
  isin: [() => matrix().isin(wrong(3))],
  bernoulli: [() => bernoulli(tensor([2])), () => bernoulli(tensor([1], { dtype: "int32" }))],
  multinomial: [
    () => multinomial(tensor([0.5, 0]), 2),
    () => multinomial(tensor([-1, 2]), 1),
    () => multinomial(tensor([1, 2]), 0),
    () => multinomial(zeros([2, 2, 2]), 1),
  ],
  logspace: [() => logspace(0, 1, -1)],
  clamp: [() => matrix().clamp(zeros([2]))],
  hsplit: [() => matrix().hsplit(2), () => tensor(1).hsplit(1)],
  vsplit: [() => zeros([2]).vsplit(1)],
  dsplit: [() => matrix().dsplit(1)],
  dstack: [() => dstack([zeros([2]), zeros([3])])],
  blockDiag: [() => blockDiag(zeros([2, 2, 2]))],
  sliceScatter: [
    () => matrix().sliceScatter(zeros([1, 3]), 0, { step: 0 }),
    () => matrix().sliceScatter(zeros([1, 3]), 0, { start: 0, end: 2 }),
  ],
  diagonalScatter: [() => matrix().diagonalScatter(zeros([3])), () => matrix().diagonalScatter(wrong(1))],
  trilIndices: [() => trilIndices(-1, 2)],
  addmv: [() => zeros([2]).addmv(matrix(), matrix()), () => zeros([2]).addmv(zeros([2]), zeros([2]))],
  addr: [() => matrix().addr(matrix(), zeros([3]))],
  baddbmm: [() => zeros([2, 2, 2]).baddbmm(matrix(), matrix())],
  dist: [() => matrix().dist(zeros([2]))],
  gcd: [() => matrix().gcd(2)],
  floorDivide: [() => booleans().floorDivide(booleans())],
  mode: [() => zeros([0]).mode()],
  nanmedian: [() => zeros([0]).nanmedian()],
  trapezoid: [() => matrix().trapezoid({}, 2), () => matrix().trapezoid({ x: zeros([2]) })],
  "linalg.matrixExp": [() => linalg.matrixExp(matrix())],
  "linalg.multiDot": [() => linalg.multiDot([matrix()]), () => linalg.multiDot([matrix(), matrix(), matrix()])],
  "linalg.inv": [
    () => linalg.inv(matrix()),
    () => linalg.inv(zeros([2])),
    () => linalg.inv(zeros([2, 2])),
    () => linalg.inv(eye(2).int()),
    () => linalg.inv(wrong([[1]])),
  ],
  "linalg.solve": [
    () => linalg.solve(eye(2), zeros([3])),
    () => linalg.solve(zeros([2, 2]), zeros([2])),
    () => linalg.solve(eye(2), zeros([2], { dtype: "float64" })),
  ],
  "linalg.det": [() => linalg.det(matrix())],
  "linalg.cholesky": [() => linalg.cholesky(eye(2).neg())],
  "linalg.qr": [
    () => linalg.qr(eye(2), { mode: wrong("full") }),
    () =>
      linalg
        .qr(ones([2, 3], { requiresGrad: true }))
        .R.sum()
        .backward(),
  ],
  "linalg.eigh": [() => linalg.eigh(matrix())],
  "linalg.svd": [() => linalg.svd(zeros([2]))],
  "linalg.lstsq": [() => linalg.lstsq(matrix(), zeros([3, 1]))],
  "linalg.matrixNorm": [() => linalg.matrixNorm(matrix(), 3)],
  "linalg.matrixPower": [() => linalg.matrixPower(eye(2), 0.5)],
}

describe("messages of bad calls", () => {
  it.each(Object.entries(badSamples))("%s", (_, calls) => {
    const found = calls.map((call) => {
      try {
        call()
      } catch (error) {
        expect(error).toBeInstanceOf(CellgradError)
        return `${(error as CellgradError).name}: ${(error as CellgradError).message}`
      }
      throw new Error(`no error: ${call}`)
    })
    expect(found.join("\n\n")).toMatchSnapshot()
  })
})
