import type { OperationName, Proof, Sample, Samples } from "./sample.js"
import { binary } from "./samples/binary.js"
import { creationAndWriting } from "./samples/creation.js"
import { indexing } from "./samples/indexing.js"
import { decompositions, linearAlgebra } from "./samples/linear.js"
import { loss } from "./samples/loss.js"
import { reduce } from "./samples/reduce.js"
import { shape } from "./samples/shape.js"
import { unary } from "./samples/unary.js"
import { convolution, grids, interpolation, pooling, unpooling } from "./samples/window.js"

/** The samples by family; each has its file of golden data. */
export const families = {
  unary,
  binary,
  reduce,
  shape,
  indexing,
  linear: linearAlgebra,
  linalg: decompositions,
  loss,
  convolution,
  pooling,
  interpolation,
  unpooling,
  grids,
  creation: creationAndWriting,
} satisfies {
  [family: string]: Samples
}

/** Every operation with what shows that it is right. An operation without a row does not compile. */
export const samples: { readonly [Name in OperationName]: Proof } = {
  ...unary,
  ...binary,
  ...reduce,
  ...shape,
  ...indexing,
  ...linearAlgebra,
  ...decompositions,
  ...loss,
  ...convolution,
  ...pooling,
  ...interpolation,
  ...unpooling,
  ...grids,
  ...creationAndWriting,
}

/** A sample with the name of its operation. */
export interface NamedSample extends Sample {
  readonly operation: string
  /** The operation and the number of the sample. */
  readonly title: string
}

/** The samples of one family, in order. */
export function samplesOf(family: Samples): NamedSample[] {
  return Object.entries(family).flatMap(([operation, proof]) =>
    Array.isArray(proof)
      ? (proof as readonly Sample[]).map((sample, i) => ({ ...sample, operation, title: `${operation} ${i}` }))
      : [],
  )
}
