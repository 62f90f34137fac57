import type { RecurrentMode } from "../native/backend.js"
import type { Tensor } from "../tensor/tensor.js"
import { relu, sigmoid, tanh } from "./activation.js"
import { cat } from "./join.js"
import { chunk } from "./shape.js"

/** What one step of a recurrent layer gives: the new states, and what its way back reads. */
export interface Step {
  readonly hidden: Tensor // [N, H]
  readonly cell: Tensor | null // [N, H]
  readonly saved: readonly Tensor[]
}

/** What the way back through one step gives. */
export interface StepGradients {
  /** Of what came into the gates from the input, `[N, G·H]`. */
  readonly input: Tensor
  /** Of what came into the gates from the state, `[N, G·H]`. */
  readonly recurrent: Tensor
  /** Of the state before the step, beyond what goes through the gates. */
  readonly hidden: Tensor | null
  /** Of the cell before the step. */
  readonly cell: Tensor | null
}

/**
 * One step of a recurrent layer in tensor operations, and its way back: what the kernels over whole sequences do at once,
 * and what takes their place where the gradient itself is recorded.
 */
export interface RecurrentCell {
  /** How many gates of hidden size there are. */
  readonly gates: number
  /** From `input = x Wᵀ + b` and `recurrent = h Uᵀ + c`, both `[N, G·H]`, and the states before. */
  step(input: Tensor, recurrent: Tensor, hidden: Tensor, cell: Tensor | null): Step
  back(dHidden: Tensor, dCell: Tensor | null, saved: readonly Tensor[]): StepGradients
}

/** 1 - x, and the slopes of the sigmoid and of tanh where their value is y. */
const rest = (x: Tensor) => x.neg().add(1)
const sigmoidSlope = (y: Tensor) => y.mul(rest(y))
const tanhSlope = (y: Tensor) => rest(y.square())

/** The long short-term memory of Hochreiter and Schmidhuber: input, forget, cell and output gate. */
const lstm: RecurrentCell = {
  gates: 4,
  step(input, recurrent, _hidden, cell) {
    const before = cell as Tensor
    const [a, b, c, d] = chunk(input.add(recurrent), 4, 1) as [Tensor, Tensor, Tensor, Tensor]
    const [i, f, g, o] = [sigmoid(a), sigmoid(b), tanh(c), sigmoid(d)]
    const after = f.mul(before).add(i.mul(g))
    return { hidden: o.mul(tanh(after)), cell: after, saved: [i, f, g, o, before, after] }
  },
  back(dHidden, dCell, saved) {
    const [i, f, g, o, before, after] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
    const shown = tanh(after)
    const dc = (dCell as Tensor).add(dHidden.mul(o).mul(tanhSlope(shown)))
    const input = cat(
      [
        dc.mul(g).mul(sigmoidSlope(i)),
        dc.mul(before).mul(sigmoidSlope(f)),
        dc.mul(i).mul(tanhSlope(g)),
        dHidden.mul(shown).mul(sigmoidSlope(o)),
      ],
      1,
    )
    return { input, recurrent: input, hidden: null, cell: dc.mul(f) }
  },
}

/** The gated recurrent unit of Cho et al.: reset and update gate, and a new state. */
const gru: RecurrentCell = {
  gates: 3,
  step(input, recurrent, hidden) {
    const [a, b, c] = chunk(input, 3, 1) as [Tensor, Tensor, Tensor]
    const [ra, rb, rc] = chunk(recurrent, 3, 1) as [Tensor, Tensor, Tensor]
    const r = sigmoid(a.add(ra))
    const z = sigmoid(b.add(rb))
    const n = tanh(c.add(r.mul(rc)))
    return { hidden: rest(z).mul(n).add(z.mul(hidden)), cell: null, saved: [r, z, n, rc, hidden] }
  },
  back(dHidden, _dCell, saved) {
    const [r, z, n, rc, hidden] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor]
    const dn = dHidden.mul(rest(z)).mul(tanhSlope(n))
    const dr = dn.mul(rc).mul(sigmoidSlope(r))
    const dz = dHidden.mul(hidden.sub(n)).mul(sigmoidSlope(z))
    return { input: cat([dr, dz, dn], 1), recurrent: cat([dr, dz, dn.mul(r)], 1), hidden: dHidden.mul(z), cell: null }
  },
}

/** The plain recurrent layer of Elman with an activation. */
function plain(activation: (x: Tensor) => Tensor, slope: (y: Tensor) => Tensor): RecurrentCell {
  return {
    gates: 1,
    step(input, recurrent) {
      const hidden = activation(input.add(recurrent))
      return { hidden, cell: null, saved: [hidden] }
    },
    back(dHidden, _dCell, saved) {
      const input = dHidden.mul(slope(saved[0] as Tensor))
      return { input, recurrent: input, hidden: null, cell: null }
    },
  }
}

/** The cells by the name of their layer. */
export const recurrentCells: { readonly [M in RecurrentMode]: RecurrentCell } = {
  lstm,
  gru,
  tanh: plain(tanh, tanhSlope),
  relu: plain(relu, (y) => y.detach().gt(0).to(y.dtype)),
}
