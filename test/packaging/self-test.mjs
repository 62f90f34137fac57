// Computes a little of everything with the library whose entry is given, on the backend that loads and on the reference,
// and writes JSON: which backend, the largest difference by name, and the results themselves. Runs wherever Node does;
// packaging tests run it under emulators and in installed packages.
//
//   node self-test.mjs ENTRY OUTPUT
import { writeFileSync } from "node:fs"
import { pathToFileURL } from "node:url"

const library = await import(pathToFileURL(process.argv[2]).href)
const { backend, cat, currentBackend, F, manualSeed, nn, optim, rand, randint, randn, tensor } = library

manualSeed(7)
const [a, b, c] = [randn([37, 65]), randn([65, 129]), randn([3, 33, 65])]
const image = randn([2, 3, 17, 19])
const filters = randn([5, 3, 3, 3])
const labels = randint(0, 129, [37])

const calls = {
  matmul: () => a.matmul(b),
  transposed: () => b.t().matmul(a.t()),
  batched: () => c.matmul(b.unsqueeze(0)),
  square: () => randnOnce([200, 200]).matmul(randnOnce([200, 200])),
  linear: () => F.linear(a, b.t(), rand1, "relu"),
  functions: () =>
    cat(["exp", "tanh", "sigmoid", "gelu", "silu", "erf", "sin", "cos", "log1p"].map((name) => a.abs()[name]())),
  power: () => a.abs().pow(1.7),
  broadcast: () => c.mul(a.select(0, 1)).add(c.select(1, 2).unsqueeze(1)).gt(0.1).to("float32"),
  reductions: () => cat([c.sum(0).reshape(-1), c.sum(1).reshape(-1), c.amax(2).reshape(-1), c.mean().reshape(-1)]),
  strided: () => c.permute(2, 0, 1).contiguous().add(1),
  softmax: () => a.softmax(1).add(a.logSoftmax(1)),
  crossEntropy: () => F.crossEntropy(a.matmul(b), labels).reshape(-1),
  layerNorm: () => F.layerNorm(a, [65]),
  conv2d: () => F.conv2d(image, filters, null, { padding: 1 }),
  maxPool2d: () => F.maxPool2d(image, 2),
  indexSelect: () => a.indexSelect(0, labels.remainder(37)),
  training: () => train(),
}

const rand1 = rand([129])
const once = new Map()
/** The same random numbers for both backends. */
function randnOnce(shape) {
  if (!once.has(`${shape}`)) once.set(`${shape}`, randn(shape))
  return once.get(`${shape}`)
}

/** The losses of a small network, with Adam. */
function train() {
  manualSeed(3)
  const model = new nn.Sequential(
    new nn.Linear(8, 32),
    new nn.ReLU(),
    new nn.Linear(32, 32),
    new nn.Tanh(),
    new nn.Linear(32, 4),
  )
  const optimizer = new optim.Adam(model.parameters(), { lr: 1e-2 })
  const x = randn([64, 8])
  const y = x.narrow(1, 0, 4).argmax(1)
  const losses = Array.from({ length: 30 }, () => {
    optimizer.zeroGrad()
    const loss = F.crossEntropy(model.forward(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()
  })
  return tensor(losses)
}

const chosen = backend()
const { description } = currentBackend()
const differences = {}
const results = {}
for (const [name, call] of Object.entries(calls)) {
  backend(chosen)
  const fast = Array.from(call().toTypedArray())
  backend("reference")
  const slow = Array.from(call().toTypedArray())
  const scale = Math.max(...slow.map(Math.abs), 1e-9)
  differences[name] = Math.max(...slow.map((value, i) => Math.abs(value - fast[i]))) / scale
  if (fast.length !== slow.length || fast.some(Number.isNaN)) differences[name] = Number.POSITIVE_INFINITY
  results[name] = fast.slice(0, 50)
}
const platform = `${process.platform}-${process.arch}`
writeFileSync(process.argv[3], JSON.stringify({ backend: chosen, description, platform, differences, results }))
