// jax-js on its WebAssembly backend, one jit for the whole step, its Adam written out: the training benchmark.
import { readFileSync } from "node:fs"
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, random, tree, valueAndGrad } from "@jax-js/jax"
import { serve } from "../workloads.mjs"

await init("wasm")
defaultDevice("wasm")
const { version } = JSON.parse(readFileSync(new URL("node_modules/@jax-js/jax/package.json", import.meta.url), "utf8"))

// jax-js counts references: an array handed to a function is used up by it, `.ref` keeps one more.
function makeStep({ sizes, batch, loss }) {
  if (sizes === undefined) return null // only networks of linear layers are written for this peer
  const keys = Array.from({ length: sizes.length + 1 }, (_, index) => random.key(index))
  const layers = () => sizes.slice(1).map((outputs, index) => ({ inputs: sizes[index], outputs, key: keys[index].ref }))
  const parameters = layers().map(({ inputs, outputs, key }) => ({
    weight: random.normal(key, [inputs, outputs]).mul(1 / Math.sqrt(inputs)),
    bias: np.zeros([outputs]),
  }))
  const zeros = () =>
    layers().map(({ inputs, outputs }) => ({ weight: np.zeros([inputs, outputs]), bias: np.zeros([outputs]) }))
  const x = random.normal(keys.at(-2), [batch, sizes[0]])
  const classes = np.array(
    Array.from({ length: batch }, (_, index) => index % sizes.at(-1)),
    { dtype: np.int32 },
  )
  const y = loss === "mse" ? random.normal(keys.at(-1), [batch, 1]) : nn.oneHot(classes, sizes.at(-1))

  const forward = (network, input) =>
    network.reduce((h, { weight, bias }, index) => {
      const z = np.matmul(h, weight).add(bias)
      return index === network.length - 1 ? z : nn.relu(z)
    }, input)
  const criterion = (network, input, target) => {
    const output = forward(network, input)
    return loss === "mse"
      ? np.square(output.sub(target)).mean()
      : nn
          .logSoftmax(output)
          .mul(target)
          .sum()
          .mul(-1 / batch)
  }
  const adam = jit((network, m, v, correction1, correction2, input, target) => {
    const [value, gradients] = valueAndGrad(criterion)(tree.ref(network), input, target)
    const newM = tree.map((a, g) => a.mul(0.9).add(g.mul(0.1)), m, tree.ref(gradients))
    const newV = tree.map((a, g) => a.mul(0.999).add(np.square(g).mul(0.001)), v, gradients)
    const updated = tree.map(
      (p, a, b) =>
        p.sub(
          a
            .div(correction1.ref)
            .mul(1e-3)
            .div(np.sqrt(b.div(correction2.ref)).add(1e-8)),
        ),
      network,
      tree.ref(newM),
      tree.ref(newV),
    )
    correction1.dispose()
    correction2.dispose()
    return [updated, newM, newV, value]
  })

  let state = [parameters, zeros(), zeros()]
  let step = 0
  return async () => {
    step++
    const corrections = [np.array(1 - 0.9 ** step), np.array(1 - 0.999 ** step)]
    const [network, m, v, value] = adam(...state, ...corrections, x.ref, y.ref)
    state = [network, m, v]
    await blockUntilReady(state)
    value.dispose()
  }
}

await serve(`jax-js ${version}`, makeStep)
