import { describe, expect, it } from "vitest"
import { gradcheck, hessian, jacobian, jvp, type Tensor, tensor, vjp } from "../../src/index.js"

const double = (data: number[], requiresGrad = false) => tensor(data, { dtype: "float64", requiresGrad })

describe("derivatives of functions", () => {
  const run = (x: Tensor) => x.square().mul(x.sum())

  it("jacobian: every output by every input", () => {
    // f_i = x_i² Σx: ∂f_i/∂x_j = 2 x_i Σx δ_ij + x_i²
    expect(jacobian(run, double([1, 2])).tolist()).toEqual([
      [7, 1],
      [4, 16],
    ])
    expect(jacobian((x) => x.sum(), double([1, 2])).tolist()).toEqual([1, 1])
    expect(jacobian((x) => x.reshape(2, 1), double([1, 2])).shape).toEqual([2, 1, 2])
    expect(jacobian(() => tensor([1, 2, 3]), double([1, 2])).tolist()).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ])
  })

  it("hessian: every second derivative", () => {
    const cubes = (x: Tensor) => x.pow(3).sum().add(x.prod())
    expect(hessian(cubes, double([1, 2])).tolist()).toEqual([
      [6, 1],
      [1, 12],
    ])
    expect(hessian((x) => x.sum(), double([1, 2])).tolist()).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  it("can themselves be differentiated", () => {
    const x = double([1, 2], true)
    expect(gradcheck((a) => jacobian(run, a, { createGraph: true }), [x])).toBe(true)
    expect(jacobian(run, x).requiresGrad).toBe(false)
  })

  it("products with the jacobian agree with it", () => {
    const x = double([1, 2])
    const v = double([3, -1])
    const matrix = jacobian(run, x)
    expect(vjp(run, x, v).product.tolist()).toEqual(v.matmul(matrix).tolist())
    expect(jvp(run, x, v).product.tolist()).toEqual(matrix.matmul(v).tolist())
    expect(jvp(run, x, v).output.tolist()).toEqual(run(x).tolist())
    expect(vjp((a) => a.square().sum(), x).product.tolist()).toEqual([2, 4])
    expect(jvp((a) => a.mul(2), x, v).product.tolist()).toEqual([6, -2])
  })
})
