import { describe, expect, it } from "vitest"
import {
  AutogradFunction,
  type FunctionContext,
  gradcheck,
  gradgradcheck,
  noGrad,
  type Tensor,
  tensor,
} from "../../src/index.js"

class Cube extends AutogradFunction {
  static forward(context: FunctionContext, x: Tensor): Tensor {
    context.saveForBackward(x)
    return x.pow(3)
  }
  static backward(context: FunctionContext, dy: Tensor): Tensor {
    return dy.mul((context.savedTensors[0] as Tensor).square()).mul(3)
  }
}

class Scaled extends AutogradFunction {
  static forward(context: FunctionContext, a: Tensor, factor: number, b: Tensor): Tensor {
    context.saved.factor = factor
    context.saveForBackward(a, b)
    return a.mul(b).mul(factor)
  }
  static backward(context: FunctionContext, dy: Tensor): (Tensor | null)[] {
    const [a, b] = context.savedTensors as [Tensor, Tensor]
    const scaled = dy.mul(context.saved.factor as number)
    return [context.needsInputGrad[0] ? scaled.mul(b) : null, null, context.needsInputGrad[2] ? scaled.mul(a) : null]
  }
}

const double = (data: number[]) => tensor(data, { dtype: "float64", requiresGrad: true })

describe("functions with a gradient of their own", () => {
  it("have the gradients that they say, to any order", () => {
    expect(gradcheck((x) => Cube.apply(x), [double([1, -2])])).toBe(true)
    expect(gradgradcheck((x) => Cube.apply(x), [double([1, -2])])).toBe(true)
    expect(gradcheck((a, b) => Scaled.apply(a, 2, b), [double([1, -2]), double([3, 4])])).toBe(true)
    expect(gradcheck((a) => Scaled.apply(a, 2, a), [double([1, -2])])).toBe(true)
  })

  it("compute only the gradients that are needed", () => {
    const a = tensor([1, 2], { requiresGrad: true })
    const out = Scaled.apply(a, 3, tensor([1, 1]))
    expect(String(out)).toBe("tensor([3., 6.], gradFn=Scaled)")
    out.sum().backward()
    expect(a.grad?.tolist()).toEqual([3, 3])
  })

  it("may go another way back than forward: a straight-through estimator", () => {
    class Rounded extends AutogradFunction {
      static forward(_: FunctionContext, x: Tensor) {
        return x.round()
      }
      static backward(_: FunctionContext, dy: Tensor) {
        return dy
      }
    }
    const x = tensor([0.4, 1.6], { requiresGrad: true })
    Rounded.apply(x)
      .mul(tensor([2, 3]))
      .sum()
      .backward()
    expect(x.grad?.tolist()).toEqual([2, 3])
  })

  it("may return their argument", () => {
    class Reversed extends AutogradFunction {
      static forward(_: FunctionContext, x: Tensor) {
        return x
      }
      static backward(_: FunctionContext, dy: Tensor) {
        return dy.neg()
      }
    }
    const x = tensor([1, 2], { requiresGrad: true })
    const y = Reversed.apply(x)
    expect(y === x).toBe(false)
    y.sum().backward()
    expect(x.grad?.tolist()).toEqual([-1, -1])
  })

  it("are not recorded where nothing is", () => {
    const x = tensor([1, 2], { requiresGrad: true })
    expect(noGrad(() => Cube.apply(x)).requiresGrad).toBe(false)
    expect(Cube.apply(tensor([1])).requiresGrad).toBe(false)
  })

  it("say what is wrong with a gradient", () => {
    class Wrong extends AutogradFunction {
      static forward(_: FunctionContext, x: Tensor) {
        return x.sum()
      }
      static backward(_: FunctionContext, dy: Tensor) {
        return dy
      }
    }
    const x = tensor([1, 2], { requiresGrad: true })
    expect(() => Wrong.apply(x).backward()).toThrow(
      "Wrong.backward\nThe gradient of argument 0 has the shape []; the argument has [2].",
    )
    class Many extends AutogradFunction {
      static forward(_: FunctionContext, x: Tensor) {
        return x.sum()
      }
      static backward(_: FunctionContext, dy: Tensor) {
        return [dy, dy]
      }
    }
    expect(() => Many.apply(x).backward()).toThrow(/at most 1 gradients/)
  })

  it("notice a saved tensor that was changed in place", () => {
    const x = tensor([1, 2], { requiresGrad: true })
    const y = Cube.apply(x)
    noGrad(() => x.add_(1))
    expect(() => y.sum().backward()).toThrow(/changed in place/)
  })
})
