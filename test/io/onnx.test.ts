import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { exportOnnx, linalg, nn, ones, rand, type Tensor, zeros } from "../../src/index.js"

class Branch extends nn.Module {
  fc = new nn.Linear(3, 3)
  forward(x: Tensor): Tensor {
    return x.sum().item() > 0 ? this.fc(x) : this.fc(x).relu()
  }
}

class Mask extends nn.Module {
  forward(x: Tensor): Tensor {
    return x.maskedFill(x.detach().gt(0.1), 5)
  }
}

class Unknown extends nn.Module {
  forward(x: Tensor): Tensor {
    return linalg.inv(x.matmul(x.mT()).add(10))
  }
}

describe("exportOnnx", () => {
  test("writes a file, and leaves the model as it was", () => {
    const model = new nn.Sequential(new nn.Linear(3, 2), new nn.Dropout(0.5))
    const frozen = model.parameters()[0] as Tensor
    frozen.requiresGrad = false
    const folder = mkdtempSync(join(tmpdir(), "cellgrad-onnx-"))
    try {
      const bytes = exportOnnx(model, zeros([1, 3]), join(folder, "m.onnx"))
      expect(readFileSync(join(folder, "m.onnx")).equals(bytes)).toBe(true)
      const text = Buffer.from(bytes).toString("latin1")
      for (const name of ["cellgrad", "Gemm", "0.weight", "0.bias", "batch", "Sequential"]) expect(text).toContain(name)
      expect(text).not.toContain("Dropout")
      expect(exportOnnx(model, zeros([1, 3])).length).toBe(bytes.length)
    } finally {
      rmSync(folder, { recursive: true })
    }
    expect([model.training, frozen.requiresGrad, model.parameters()[1]?.requiresGrad]).toEqual([true, false, true])
  })

  const faults: Record<string, () => unknown> = {
    "a branch on the input's values": () => exportOnnx(new Branch(), ones([2, 3])),
    "a mask of the input's values": () => exportOnnx(new Mask(), ones([2, 3])),
    "an operation that ONNX has no form for": () => exportOnnx(new Unknown(), rand([2, 2])),
    "an example that is none": () => exportOnnx(new nn.Linear(2, 2), [1, 2] as never),
    "a model that gives no tensor": () => {
      class Nothing extends nn.Module {
        forward(_x: Tensor): number {
          return 1
        }
      }
      return exportOnnx(new Nothing(), zeros([1]))
    },
  }
  test.each(Object.keys(faults))("refuses %s", (name) => {
    expect(faults[name]).toThrowErrorMatchingSnapshot()
  })
})
