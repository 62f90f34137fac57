export { bmm, matmul, outer } from "../matmul.js"
export { cross } from "../products.js"
export {
  type Eigen,
  eigh,
  eigvalsh,
  type LeastSquares,
  lstsq,
  matrixRank,
  pinv,
  type QR,
  type QROptions,
  qr,
  type RankOptions,
  type SVD,
  svd,
  svdvals,
} from "./decompose.js"
export { type LUFactor, type LUParts, lu, luFactor, luSolve, luUnpack } from "./elimination.js"
export { cond, type MatrixOrder, matrixNorm, vecdot, vectorNorm } from "./norms.js"
export { householderProduct } from "./reflectors.js"
export {
  cholesky,
  choleskyInverse,
  choleskySolve,
  det,
  inv,
  matrixExp,
  matrixPower,
  multiDot,
  type SignLogDet,
  slogdet,
  solve,
  solveTriangular,
  type TriangularOptions,
  tensorinv,
  tensorsolve,
} from "./solve.js"
