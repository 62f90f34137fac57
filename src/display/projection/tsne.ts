import { Generator } from "../../tensor/random.js"
import { type Points, pca } from "./pca.js"

/** How t-SNE works. */
export interface TsneOptions {
  /** About how many neighbours count for each point. Default: 30, less for few points. */
  perplexity?: number
  iterations?: number
  /** Of the small noise that the start has. */
  seed?: number
}

const exaggeration = 12
const exaggerated = 150

/**
 * Places points in the plane so that neighbours stay neighbours (t-distributed stochastic neighbour embedding). Distances between
 * far groups mean little. It starts from the principal components, so that the same points give the same picture.
 *
 * Formula: minimises `KL(P ‖ Q)` with `p` from Gaussian neighbourhoods of the given perplexity and
 * `q_ij ∝ 1 / (1 + ‖y_i − y_j‖²)`. All pairs are computed, so the time grows with the square of the number of points.
 *
 * Source: van der Maaten and Hinton, "Visualizing Data using t-SNE", 2008; the start by principal components and the learning rate
 * N / 12 follow Kobak and Berens, "The art of using t-SNE for single-cell transcriptomics", 2019.
 */
export function tsne(points: Points, options: TsneOptions = {}): { x: Float64Array; y: Float64Array } {
  const n = points.rows
  const perplexity = Math.max(2, Math.min(options.perplexity ?? 30, (n - 1) / 3))
  const steps = options.iterations ?? 500
  const p = neighbourhoods(points, perplexity)
  const position = startPosition(points, options.seed ?? 0)
  const velocity = new Float64Array(2 * n)
  const gains = new Float64Array(2 * n).fill(1)
  const rate = Math.max(n / exaggeration, 20)
  for (let step = 0; step < steps; step++) {
    const gradient = gradientAt(p, position, n, step < exaggerated ? exaggeration : 1)
    const momentum = step < exaggerated ? 0.5 : 0.8
    for (let i = 0; i < 2 * n; i++) {
      const slope = gradient[i] as number
      const speed = velocity[i] as number
      const gain = Math.max(0.01, slope > 0 === speed > 0 ? (gains[i] as number) * 0.8 : (gains[i] as number) + 0.2)
      gains[i] = gain
      velocity[i] = momentum * speed - rate * gain * slope
      position[i] = (position[i] as number) + (velocity[i] as number)
    }
  }
  return { x: position.filter((_, i) => i % 2 === 0), y: position.filter((_, i) => i % 2 === 1) }
}

/** The principal components, small, with a little noise so that equal points can part. */
function startPosition(points: Points, seed: number): Float64Array {
  const { x, y } = pca(points)
  const deviation = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length) || 1
  const position = new Float64Array(2 * points.rows)
  new Generator(seed).normalFloat64(position, 0, 1e-6)
  for (let i = 0; i < points.rows; i++) {
    position[2 * i] = (position[2 * i] as number) + ((x[i] as number) / deviation) * 1e-4
    position[2 * i + 1] = (position[2 * i + 1] as number) + ((y[i] as number) / deviation) * 1e-4
  }
  return position
}

/** The joint probabilities of neighbours, [n, n]: for each point a Gaussian as wide as the perplexity asks for. */
function neighbourhoods(points: Points, perplexity: number): Float64Array {
  const n = points.rows
  const squared = squaredDistances(points)
  const wanted = Math.log(perplexity)
  const conditional = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    const row = squared.subarray(i * n, (i + 1) * n)
    const out = conditional.subarray(i * n, (i + 1) * n)
    let nearest = Number.POSITIVE_INFINITY
    for (let j = 0; j < n; j++) if (j !== i && (row[j] as number) < nearest) nearest = row[j] as number
    let [low, high, beta] = [0, Number.POSITIVE_INFINITY, 1]
    for (let tries = 0; tries < 60; tries++) {
      const entropy = gaussianRow(row, i, beta, nearest, out)
      if (Math.abs(entropy - wanted) < 1e-5) break
      if (entropy > wanted) low = beta
      else high = beta
      beta = Number.isFinite(high) ? (low + high) / 2 : beta * 2
    }
  }
  const joint = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      joint[i * n + j] = Math.max(
        1e-12,
        ((conditional[i * n + j] as number) + (conditional[j * n + i] as number)) / (2 * n),
      )
  return joint
}

/** Fills one point's probabilities and returns their entropy in nats. */
function gaussianRow(row: Float64Array, self: number, beta: number, nearest: number, out: Float64Array): number {
  let sum = 0
  let weighted = 0
  for (let j = 0; j < row.length; j++) {
    const distance = (row[j] as number) - nearest
    const value = j === self ? 0 : Math.exp(-beta * distance)
    out[j] = value
    sum += value
    weighted += value * (j === self ? 0 : distance)
  }
  for (let j = 0; j < row.length; j++) out[j] = (out[j] as number) / sum
  return Math.log(sum) + (beta * weighted) / sum
}

function squaredDistances({ rows, columns, data }: Points): Float64Array {
  const out = new Float64Array(rows * rows)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < i; j++) {
      let sum = 0
      for (let c = 0; c < columns; c++)
        sum += ((data[i * columns + c] as number) - (data[j * columns + c] as number)) ** 2
      out[i * rows + j] = sum
      out[j * rows + i] = sum
    }
  }
  return out
}

/** The gradient of the divergence: attraction by p, repulsion by q. */
function gradientAt(p: Float64Array, position: Float64Array, n: number, factor: number): Float64Array {
  const attraction = new Float64Array(2 * n)
  const repulsion = new Float64Array(2 * n)
  let total = 0
  for (let i = 0; i < n; i++) {
    const [xi, yi] = [position[2 * i] as number, position[2 * i + 1] as number]
    let [ax, ay, rx, ry] = [0, 0, 0, 0]
    for (let j = 0; j < i; j++) {
      const dx = xi - (position[2 * j] as number)
      const dy = yi - (position[2 * j + 1] as number)
      const q = 1 / (1 + dx * dx + dy * dy)
      const pull = factor * (p[i * n + j] as number) * q
      const push = q * q
      total += 2 * q
      ax += pull * dx
      ay += pull * dy
      rx += push * dx
      ry += push * dy
      attraction[2 * j] = (attraction[2 * j] as number) - pull * dx
      attraction[2 * j + 1] = (attraction[2 * j + 1] as number) - pull * dy
      repulsion[2 * j] = (repulsion[2 * j] as number) - push * dx
      repulsion[2 * j + 1] = (repulsion[2 * j + 1] as number) - push * dy
    }
    attraction[2 * i] = (attraction[2 * i] as number) + ax
    attraction[2 * i + 1] = (attraction[2 * i + 1] as number) + ay
    repulsion[2 * i] = (repulsion[2 * i] as number) + rx
    repulsion[2 * i + 1] = (repulsion[2 * i + 1] as number) + ry
  }
  return attraction.map((pull, i) => 4 * (pull - (repulsion[i] as number) / total))
}
