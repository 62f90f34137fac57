import { uninitialized } from "../tensor/allocate.js"
import { badNumber } from "../tensor/messages.js"
import type { Tensor } from "../tensor/tensor.js"
import { type CreationOptions, checkFloat, finish } from "./creation.js"
import { besselI0 } from "./special-functions.js"

// Windows of signals: weights that fade a piece of a signal out towards its ends.

/** Options of the windows of signals. */
export interface SignalWindowOptions extends CreationOptions {
  /** Whether the window is one period of a longer one, as for spectra, instead of symmetric. Default: true. */
  periodic?: boolean
}

/** `value(n, last)` for n from 0 to length - 1; `last` is the number of the last element of the symmetric window. */
function signalWindow(
  name: string,
  length: number,
  { periodic = true, dtype = "float32", requiresGrad }: SignalWindowOptions,
  value: (n: number, last: number) => number,
): Tensor {
  if (!Number.isInteger(length) || length < 0) throw badNumber(name, "length", length, "a whole number from 0 on")
  const window = uninitialized([length], checkFloat(name, dtype))
  const { data } = window.storage
  const last = periodic ? length : length - 1
  for (let n = 0; n < length; n++) data[n] = length === 1 ? 1 : value(n, last)
  return finish(window, requiresGrad)
}

const wave = (n: number, last: number) => Math.cos((2 * Math.PI * n) / last)

/**
 * The triangular window: `1 - |2 n / N - 1|`, N being the length, or one less if it is not periodic.
 *
 * @example bartlettWindow(5, { periodic: false }) // tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
 */
export function bartlettWindow(length: number, options: SignalWindowOptions = {}): Tensor {
  return signalWindow("bartlettWindow", length, options, (n, last) => 1 - Math.abs((2 * n) / last - 1))
}

/**
 * Hann's window: `(1 - cos(2π n / N)) / 2`, N being the length, or one less if it is not periodic.
 *
 * @example hannWindow(4) // tensor([0.0000, 0.5000, 1.0000, 0.5000])
 */
export function hannWindow(length: number, options: SignalWindowOptions = {}): Tensor {
  return signalWindow("hannWindow", length, options, (n, last) => 0.5 - 0.5 * wave(n, last))
}

/** Options of `hammingWindow`. */
export interface HammingWindowOptions extends SignalWindowOptions {
  /** Default: 0.54. */
  alpha?: number
  /** Default: 0.46. */
  beta?: number
}

/**
 * Hamming's window: `α - β cos(2π n / N)`, N being the length, or one less if it is not periodic.
 *
 * @example hammingWindow(4) // tensor([0.0800, 0.5400, 1.0000, 0.5400])
 */
export function hammingWindow(
  length: number,
  { alpha = 0.54, beta = 0.46, ...options }: HammingWindowOptions = {},
): Tensor {
  return signalWindow("hammingWindow", length, options, (n, last) => alpha - beta * wave(n, last))
}

/**
 * Blackman's window: `0.42 - 0.5 cos(2π n / N) + 0.08 cos(4π n / N)`, N being the length, or one less if it is not
 * periodic.
 *
 * @example blackmanWindow(4).at("1:") // tensor([0.3400, 1.0000, 0.3400])
 */
export function blackmanWindow(length: number, options: SignalWindowOptions = {}): Tensor {
  return signalWindow(
    "blackmanWindow",
    length,
    options,
    (n, last) => 0.42 - 0.5 * wave(n, last) + 0.08 * Math.cos((4 * Math.PI * n) / last),
  )
}

/** Options of `kaiserWindow`. */
export interface KaiserWindowOptions extends SignalWindowOptions {
  /** How fast it fades; 0 is a rectangle. Default: 12. */
  beta?: number
}

/**
 * Kaiser's window: `I₀(β √(1 - (2 n / N - 1)²)) / I₀(β)`, N being the length, or one less if it is not periodic.
 *
 * @example kaiserWindow(3, { periodic: false, beta: 0 }) // tensor([1., 1., 1.])
 */
export function kaiserWindow(length: number, { beta = 12, ...options }: KaiserWindowOptions = {}): Tensor {
  const whole = besselI0(beta)
  return signalWindow("kaiserWindow", length, options, (n, last) => {
    const at = (2 * n) / last - 1
    return besselI0(beta * Math.sqrt(Math.max(0, 1 - at * at))) / whole
  })
}
