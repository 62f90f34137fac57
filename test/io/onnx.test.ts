import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { exportOnnx, eye, linalg, nn, ones, rand, type Tensor, zeros } from "../../src/index.js"

class Branch extends nn.Module {
  fc = new nn.Linear(3, 3)
  forward(x: Tensor): Tensor {
    return x.sum().item() > 0 ? this.fc(x) : this.fc(x).relu()
  }
}

class Branches extends nn.Module {
  branch = new Frozen()
  forward(x: Tensor): Tensor {
    return this.branch(x).add(1)
  }
}

class Frozen extends nn.Module {
  forward(x: Tensor): Tensor {
    return x.mul(x.sum().item())
  }
}

class Inverse extends nn.Module {
  forward(x: Tensor): Tensor {
    return linalg.inv(x.matmul(x.mT()).add(eye(2)))
  }
}

class Unknown extends nn.Module {
  fc = new nn.Linear(2, 2)
  layers = new nn.Sequential(new nn.ReLU(), new Inverse())
  forward(x: Tensor): Tensor {
    return this.layers(this.fc(x))
  }
}

class Packed extends nn.Module {
  lstm = new nn.LSTM(2, 3)
  forward(x: Tensor): Tensor {
    return (this.lstm(nn.packPaddedSequence(x, [3, 1])) as [nn.PackedSequence, unknown])[0].data
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
    "a number read from a tensor": () => exportOnnx(new Branches(), ones([2, 3])),
    "sequences of different lengths": () => exportOnnx(new Packed(), ones([3, 2, 2])),
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
