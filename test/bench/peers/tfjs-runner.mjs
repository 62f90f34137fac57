// TensorFlow.js on its WebAssembly backend: the training benchmark.
import { createRequire } from "node:module"
import { dirname } from "node:path"
import * as tf from "@tensorflow/tfjs"
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm"
import { serve } from "../workloads.mjs"

const packageFile = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json")
setWasmPaths(`${dirname(packageFile)}/dist/`)
await tf.setBackend("wasm")
await tf.ready()

function makeStep({ sizes, batch, loss }) {
  if (sizes === undefined) return null // only networks of linear layers are written for this peer
  const model = tf.sequential()
  sizes.slice(1).forEach((units, index) => {
    const last = index === sizes.length - 2
    model.add(tf.layers.dense({ units, inputShape: [sizes[index]], activation: last ? "linear" : "relu" }))
  })
  const optimizer = tf.train.adam(1e-3)
  const x = tf.randomNormal([batch, sizes[0]])
  const classes = tf.randomUniform([batch], 0, sizes.at(-1), "int32")
  const y = loss === "mse" ? tf.randomNormal([batch, 1]) : tf.oneHot(classes, sizes.at(-1))
  const criterion = loss === "mse" ? tf.losses.meanSquaredError : tf.losses.softmaxCrossEntropy
  return () => optimizer.minimize(() => criterion(y, model.apply(x, { training: true })))
}

await serve(`tfjs-wasm ${tf.version.tfjs}`, makeStep)
