// The random calls of fuzz.mjs to the kernels of layers: convolution, pooling, recurrent layers, attention, normalisation,
// and the other optimizers. Where a gradient needs what the way there wrote, the reference writes it.

import { makeView } from "../../dist/src/native/layout.js"

/** The calls by name, made of the random numbers, views and comparison of fuzz.mjs. */
export function layerCalls({ random, upTo, pick, view, hold, reference }) {
  const coin = (chance = 0.5) => random() < chance
  const small = () => random() - 0.5
  /** A view that stands side by side, from any offset on, with numbers that long sums keep small. */
  const dense = (shape, options) => view(shape, { packed: true, value: small, ...options })
  const pair = (make) => [make(), make()]

  /** A window over an image of random sizes, and the sizes of what it gives. */
  function slide({ dilation = pair(() => upTo(2)), padding = null } = {}) {
    const kernel = pair(() => upTo(4))
    const stride = pair(() => upTo(3))
    const before = padding ?? kernel.map((size) => Math.floor(random() * (Math.floor(size / 2) + 1)))
    const reach = kernel.map((size, d) => dilation[d] * (size - 1))
    // Small enough that a dilated window may step over all of it.
    const image = reach.map((size, d) => Math.max(0, size - 2 * before[d]) + upTo(pick([4, 20])))
    const places = image.map((size, d) => Math.floor((size + 2 * before[d] - reach[d] - 1) / stride[d]) + 1)
    return { kernel, image, places, window: { stride, padding: before, dilation } }
  }

  function convolution() {
    const { kernel, image, places, window } = slide({ padding: pair(() => Math.floor(random() * 4)) })
    const groups = pick([1, 1, 2])
    const [inputs, outputs, samples] = [upTo(pick([2, 20])), upTo(pick([3, 20])), upTo(3)]
    // What lies beyond the input's end is told by the output's size alone.
    const y = [samples, groups * outputs, ...places.map((size) => size + (coin(0.2) ? 1 : 0))]
    return {
      x: [samples, groups * inputs, ...image],
      w: [groups * outputs, inputs, ...kernel],
      y,
      window: { ...window, groups },
    }
  }

  function pooling() {
    const adaptive = coin(0.2)
    const { kernel, image, places, window } = slide()
    const planes = [upTo(3), upTo(3)]
    const pooled = adaptive ? pair(() => upTo(6)) : places
    return { x: [...planes, ...image], y: [...planes, ...pooled], window: { ...window, kernel, adaptive } }
  }

  function average() {
    const { x, y, window } = pooling()
    return { x, y, window: { ...window, dilation: [1, 1], includePadding: coin(), divisor: coin(0.2) ? 3 : 0 } }
  }

  function recurrent() {
    const mode = pick(["lstm", "gru", "tanh", "relu"])
    const size = upTo(pick([3, 40]))
    const batchSizes = Array.from({ length: upTo(5) }, () => upTo(pick([2, 20]))).sort((a, b) => b - a)
    const rows = batchSizes.reduce((sum, count) => sum + count, 0)
    const width = { lstm: 4, gru: 3, tanh: 1, relu: 1 }[mode] * size
    const only = (modes, shape) => (modes.includes(mode) ? dense(shape) : null)
    const states = [batchSizes[0], size]
    return {
      mode,
      steps: { batchSizes, reverse: coin() },
      gates: dense([rows, width]),
      weight: dense([width, size]),
      bias: mode === "gru" && coin() ? dense([width]) : null,
      hidden: dense(states),
      cell: only(["lstm"], states),
      y: dense([rows, size]),
      previous: dense([rows, size]),
      memory: only(["lstm", "gru"], [rows, size]),
      back: { dy: dense([rows, size]), dHidden: dense(states), dCell: only(["lstm"], states) },
      dGates: dense([rows, width]),
      dRecurrent: only(["gru"], [rows, width]),
    }
  }

  /** A matrix for each head, whose rows may lie apart. */
  const heads = (shape, options) => {
    const whole = dense([...shape.slice(0, 3), shape[3] + (coin(0.3) ? 2 : 0)], options)
    return makeView(whole.storage, shape, whole.strides, whole.offset)
  }

  function attention() {
    const [A, B, L, S] = [upTo(2), upTo(2), upTo(pick([3, 70])), upTo(pick([3, 70]))]
    const [d, e] = [upTo(pick([4, 40])), upTo(pick([4, 40]))]
    const operands = {
      q: heads([A, B, L, d]),
      k: heads([A, B, S, d]),
      v: heads([A, B, S, e]),
      mask: coin(0.4) ? view([A, B, L, S], { value: small }) : null,
      causal: coin(),
      scale: 1 / Math.sqrt(d),
    }
    return {
      operands,
      out: heads([A, B, L, e], { output: true }),
      logSums: dense([A, B, L]),
      sizes: { A, B, L, S, d, e },
    }
  }

  function norm() {
    const shape = [upTo(pick([3, 40])), upTo(pick([5, 33, 300]))]
    const [x, weight, bias] = [dense(shape), coin(0.7) ? dense([shape[1]]) : null, coin(0.7) ? dense([shape[1]]) : null]
    return { shape, x, weight, bias, means: dense([shape[0]]), inverses: dense([shape[0]]) }
  }

  function parameters() {
    const shapes = Array.from({ length: upTo(60) }, () => [upTo(pick([3, 100]))])
    return (value = small) => shapes.map((shape) => dense(shape, { value }))
  }

  /** A list as `count` lists of one length. */
  const split = (all, count) =>
    Array.from({ length: count }, (_, i) => all.slice((i * all.length) / count, ((i + 1) * all.length) / count))

  return {
    convolution(name) {
      const { x, w, y, window } = convolution()
      const [image, weight, bias] = [dense(x), dense(w), coin() ? dense([w[0]]) : null]
      hold(name, [dense(y)], (backend, out) => backend.convolution(image, weight, bias, window, out))
    },
    convolutionInput(name) {
      const { x, w, y, window } = convolution()
      const [dy, weight] = [dense(y), dense(w)]
      hold(name, [dense(x)], (backend, out) => backend.convolutionInput(dy, weight, window, out))
    },
    convolutionWeight(name) {
      const { x, w, y, window } = convolution()
      const [image, dy] = [dense(x), dense(y)]
      hold(name, [dense(w)], (backend, out) => backend.convolutionWeight(image, dy, window, out))
    },
    maxPool(name) {
      const { x, y, window } = pooling()
      const image = dense(x)
      const outputs = [dense(y), dense(y, { dtype: "int32" })]
      hold(name, outputs, (backend, ...out) => backend.maxPool(image, window, ...out))
    },
    maxPoolBackward(name) {
      const { x, y, window } = pooling()
      const [dy, indices] = [dense(y), dense(y, { dtype: "int32" })]
      reference.maxPool(dense(x), window, dense(y), indices)
      hold(name, [dense(x)], (backend, out) => backend.maxPoolBackward(dy, indices, out))
    },
    averagePool(name) {
      const { x, y, window } = average()
      const image = dense(x)
      hold(name, [dense(y)], (backend, out) => backend.averagePool(image, window, out))
    },
    averagePoolBackward(name) {
      const { x, y, window } = average()
      const dy = dense(y)
      hold(name, [dense(x)], (backend, out) => backend.averagePoolBackward(dy, window, out))
    },
    recurrent(name) {
      const { mode, weight, bias, steps, gates, hidden, cell, y, previous, memory } = recurrent()
      const outputs = [gates, hidden, y, previous, ...(cell ? [cell] : []), ...(memory ? [memory] : [])]
      hold(`${name} ${mode}`, outputs, (backend, gates, hidden, y, previous, ...rest) =>
        backend.recurrent(
          mode,
          gates,
          weight,
          bias,
          steps,
          hidden,
          cell && rest.shift(),
          y,
          previous,
          memory && rest.shift(),
        ),
      )
    },
    recurrentBackward(name) {
      const all = recurrent()
      const { mode, gates, weight, steps, previous, memory, back, dGates, dRecurrent } = all
      reference.recurrent(mode, gates, weight, all.bias, steps, all.hidden, all.cell, all.y, previous, memory)
      const outputs = [dGates, back.dHidden, ...(back.dCell ? [back.dCell] : []), ...(dRecurrent ? [dRecurrent] : [])]
      hold(`${name} ${mode}`, outputs, (backend, dGates, dHidden, ...rest) => {
        const [dCell, dState] = [back.dCell && rest.shift(), dRecurrent && rest.shift()]
        backend.recurrentBackward(mode, gates, weight, steps, previous, memory, back.dy, dHidden, dCell, dGates, dState)
      })
    },
    attention(name) {
      const { operands, out, logSums } = attention()
      hold(name, [out, logSums], (backend, ...to) => backend.attention(operands, ...to))
    },
    attentionBackward(name) {
      const { operands, out, logSums, sizes } = attention()
      const { A, B, L, S, d, e } = sizes
      reference.attention(operands, out, logSums)
      const dOut = heads([A, B, L, e])
      const outputs = [heads([A, B, L, d]), heads([A, B, S, d]), heads([A, B, S, e])]
      hold(name, outputs, (backend, ...to) => backend.attentionBackward(operands, out, logSums, dOut, ...to))
    },
    layerNorm(name) {
      const { shape, x, weight, bias, means, inverses } = norm()
      hold(name, [dense(shape), means, inverses], (backend, ...out) => backend.layerNorm(x, weight, bias, 1e-3, ...out))
    },
    layerNormBackward(name) {
      const { shape, x, weight, bias, means, inverses } = norm()
      reference.layerNorm(x, weight, bias, 1e-3, dense(shape), means, inverses)
      const dy = dense(shape)
      const outputs = [dense(shape), ...(coin(0.7) ? [dense([2, shape[1]])] : [])]
      hold(name, outputs, (backend, out, sums = null) =>
        backend.layerNormBackward(x, weight, means, inverses, dy, out, sums),
      )
    },
    sgd(name) {
      const buffers = parameters()
      const grads = buffers()
      const momentum = pick([0, 0.9])
      const options = { lr: 0.1, momentum, dampening: 0.1, weightDecay: 0.01, nesterov: coin(), first: coin() }
      const outputs = [...buffers(), ...(momentum ? buffers() : [])]
      hold(name, outputs, (backend, ...all) => {
        const [params, momenta = []] = split(all, momentum ? 2 : 1)
        backend.sgdStep(params, grads, momenta, options)
      })
    },
    rmsprop(name) {
      const buffers = parameters()
      const grads = buffers()
      const [momentum, centered] = [pick([0, 0.9]), coin()]
      const options = { lr: 0.01, alpha: 0.9, eps: 1e-2, weightDecay: 0.01, momentum, centered }
      const squares = buffers(() => 1 + random())
      const outputs = [...buffers(), ...squares, ...(momentum ? buffers() : []), ...(centered ? buffers() : [])]
      hold(name, outputs, (backend, ...all) => {
        const [params, squares, ...rest] = split(all, 2 + (momentum ? 1 : 0) + (centered ? 1 : 0))
        backend.rmspropStep(params, grads, squares, momentum ? rest.shift() : [], centered ? rest.shift() : [], options)
      })
    },
  }
}
