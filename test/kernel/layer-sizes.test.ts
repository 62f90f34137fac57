import { describe, expect, test } from "vitest"
import { layerSizeMismatches } from "../../kernel/layer-sizes.js"
import { Conversation, contents } from "./support/conversation.js"

/** A class with these fields, and a forward of these statements. */
const net = (fields: string, forward: string) =>
  `class Net extends nn.Module {\n${fields}\n  forward(x: Tensor): Tensor {\n${forward}\n  }\n}`
const said = (code: string) => layerSizeMismatches(code).map(({ message }) => message)

const linear = "  fc1 = new nn.Linear(10, 64)\n  fc2 = new nn.Linear(32, 1)"
const meets = "  fc1 = new nn.Linear(10, 64)\n  fc2 = new nn.Linear(64, 1)"
const mismatch = ["fc2 takes 32 features, but fc1 gives 64."]

const wrong: Record<string, [code: string, said: readonly string[]]> = {
  "one in the other": [net(linear, "return this.fc2(this.fc1(x))"), mismatch],
  "a method between": [net(linear, "return this.fc2(this.fc1(x).relu())"), mismatch],
  "a function of F between": [net(linear, "return this.fc2(F.relu(this.fc1(x)))"), mismatch],
  "a function between": [net(linear, "return this.fc2(tanh(this.fc1(x)))"), mismatch],
  "a layer between": [net(`${linear}\n  act = new nn.ReLU()`, "return this.fc2(this.act(this.fc1(x)))"), mismatch],
  "dropout between": [
    net(`${linear}\n  drop = new nn.Dropout(0.1)`, "return this.fc2(this.drop(this.fc1(x)))"),
    mismatch,
  ],
  "one variable again and again": [net(linear, "x = this.fc1(x)\nx = x.relu()\nx = this.fc2(x)\nreturn x"), mismatch],
  "a let again and again": [net(linear, "let h = this.fc1(x)\nh = F.relu(h)\nreturn this.fc2(h)"), mismatch],
  "a const": [net(linear, "const h = this.fc1(x).relu()\nreturn this.fc2(h).sigmoid()"), mismatch],
  "a residual": [net(linear, "const h = this.fc1(x)\nreturn this.fc2(h.add(h.relu()))"), mismatch],
  "a normalisation": [
    net("  fc = new nn.Linear(10, 64)\n  norm = new nn.LayerNorm(32)", "return this.norm(this.fc(x))"),
    ["norm takes 32 features, but fc gives 64."],
  ],
  "an embedding": [
    net("  embed = new nn.Embedding(100, 16)\n  fc = new nn.Linear(32, 2)", "return this.fc(this.embed(x))"),
    ["fc takes 32 features, but embed gives 16."],
  ],
  "channels of convolutions": [
    net(
      "  conv1 = new nn.Conv2d(1, 16, 3)\n  pool = new nn.MaxPool2d(2)\n  conv2 = new nn.Conv2d(32, 32, 3)",
      "return this.conv2(this.pool(this.conv1(x).relu()))",
    ),
    ["conv2 takes 32 channels, but conv1 gives 16."],
  ],
  "channels through F": [
    net(
      "  a = new nn.Conv2d(1, 8, 3)\n  b = new nn.Conv2d(16, 8, 3)",
      "return this.b(F.maxPool2d(F.relu(this.a(x)), 2))",
    ),
    ["b takes 16 channels, but a gives 8."],
  ],
  "layers made in the constructor": [
    `class Net extends nn.Module {
  fc1: nn.Linear
  fc2: nn.Linear
  constructor() {
    super()
    this.fc1 = new nn.Linear(10, 64)
    this.fc2 = new nn.Linear(32, 1)
  }
  forward(x: Tensor) { return this.fc2(this.fc1(x)) }
}`,
    mismatch,
  ],
  "a loop over the same": [
    net("  fc = new nn.Linear(4, 8)", "const y = this.fc(this.fc(x))\nreturn y"),
    ["fc takes 4 features, but fc gives 8."],
  ],
  "another method": [
    `class Net extends nn.Module {\n${linear}\n  encode(x: Tensor) { return this.fc2(this.fc1(x)) }\n  forward(x: Tensor) { return x }\n}`,
    mismatch,
  ],
  "within a branch": [
    net(linear, "if (x.ndim > 2) {\nconst h = this.fc1(x)\nreturn this.fc2(h)\n}\nreturn x"),
    mismatch,
  ],
}

const right: Record<string, string> = {
  "layers that meet": net(meets, "return this.fc2(this.fc1(x).relu())"),
  "one variable again and again": net(meets, "x = this.fc1(x)\nx = F.relu(x)\nreturn this.fc2(x)"),
  "a part of it": net(linear, "return this.fc2(this.fc1(x).narrow(1, 0, 32))"),
  "another shape": net(linear, "return this.fc2(this.fc1(x).reshape([-1, 32]))"),
  "a transposition": net(linear, "return this.fc2(this.fc1(x).mT())"),
  "sizes by parameter": `class Net extends nn.Module {
  fc1: nn.Linear
  fc2: nn.Linear
  constructor(inputs: number, hidden: number, other: number) {
    super()
    this.fc1 = new nn.Linear(inputs, hidden)
    this.fc2 = new nn.Linear(other, 1)
  }
  forward(x: Tensor) { return this.fc2(this.fc1(x)) }
}`,
  "a size by parameter": net(
    "  fc1 = new nn.Linear(10, hidden)\n  fc2 = new nn.Linear(32, 1)",
    "return this.fc2(this.fc1(x))",
  ),
  "a layer made anew": `class Net extends nn.Module {
  fc1 = new nn.Linear(10, 64)
  fc2 = new nn.Linear(32, 1)
  grow() { this.fc2 = new nn.Linear(64, 1) }
  forward(x: Tensor) { return this.fc2(this.fc1(x)) }
}`,
  "one of two ways": net(linear, "let h = this.fc1(x)\nif (x.ndim > 2) h = h.narrow(1, 0, 32)\nreturn this.fc2(h)"),
  "a loop": net(
    "  first = new nn.Linear(10, 64)\n  down = new nn.Linear(64, 64)\n  last = new nn.Linear(64, 1)",
    "let h = this.first(x)\nfor (let i = 0; i < 3; i++) h = this.down(h).relu()\nreturn this.last(h)",
  ),
  joined: net(linear, "return this.fc2(cat([this.fc1(x), x], 1))"),
  "a function of one's own": net(linear, "return this.fc2(half(this.fc1(x)))"),
  "GLU halves": net(`${linear}\n  glu = new nn.GLU()`, "return this.fc2(this.glu(this.fc1(x)))"),
  "pooled over features": net(
    "  fc1 = new nn.Linear(10, 64)\n  pool = new nn.MaxPool1d(2)\n  fc2 = new nn.Linear(32, 1)",
    "return this.fc2(this.pool(this.fc1(x)))",
  ),
  "flattened images": net(
    "  conv = new nn.Conv2d(1, 16, 3)\n  flat = new nn.Flatten()\n  fc = new nn.Linear(2704, 10)",
    "return this.fc(this.flat(this.conv(x)))",
  ),
  "features after channels": net(
    "  conv = new nn.Conv2d(1, 16, 3)\n  fc = new nn.Linear(26, 10)",
    "return this.fc(this.conv(x))",
  ),
  "a normalisation of images": net(
    "  conv = new nn.Conv2d(1, 16, 3)\n  norm = new nn.BatchNorm2d(16)",
    "return this.norm(this.conv(x)).relu()",
  ),
  "a residual block": net(
    "  conv1 = new nn.Conv2d(16, 16, 3, { padding: 1 })\n  conv2 = new nn.Conv2d(16, 16, 3, { padding: 1 })",
    "return x.add(this.conv2(this.conv1(x).relu())).relu()",
  ),
  "layers of another": net(
    "  fc = new nn.Linear(10, 64)\n  body = new nn.Sequential(new nn.Linear(32, 1))",
    "return this.body(this.fc(x))",
  ),
  "two classes with one name of a layer": `${net("  fc = new nn.Linear(10, 64)", "return this.fc(x)")}\nclass Other extends nn.Module {\n  fc = new nn.Linear(32, 1)\n  forward(x: Tensor) { return this.fc(x) }\n}`,
  "a callback": net(linear, "const run = (h: Tensor) => this.fc2(h)\nreturn run(this.fc1(x).narrow(1, 0, 32))"),
  "no TypeScript at all": "class Net { fc1 = new nn.Linear(10, 64",
}

describe("sizes of layers in a class", () => {
  test.each(Object.entries(wrong))("do not meet: %s", (_name, [code, message]) => {
    expect(said(code)).toEqual(message)
  })

  test.each(Object.entries(right))("may be right: %s", (_name, code) => {
    expect(said(code)).toEqual([])
  })

  test("stop the cell in the kernel, with the line and what sets it right", async () => {
    const kernel = await Conversation.start("/tmp", { CELLGRAD_CHECK: "error", CELLGRAD_CHECK_PATIENCE: "20000" })
    try {
      const { iopub, reply } = await kernel.execute(net(linear, "    return this.fc2(this.fc1(x).relu())"))
      expect(reply?.content).toMatchObject({ status: "error" })
      const [error] = contents(iopub, "error") as { traceback: string[] }[]
      const text = (error?.traceback ?? []).join("\n")
      expect(text).toContain("fc2 takes 32 features, but fc1 gives 64.")
      expect(text).toContain("fc2 = new nn.Linear(64, …)")
    } finally {
      await kernel.close()
    }
  })
})
