import { uninitialized } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import { wrongDType } from "../tensor/messages.js"
import { isFloatingPoint } from "../tensor/promote.js"
import type { Tensor } from "../tensor/tensor.js"
import { mapPairs } from "./elementwise.js"

// The parts of which floating-point numbers are made.

/** A fraction from 0.5 to 1 and a power of two: `x = mantissa · 2^exponent`. */
export interface Frexp {
  readonly mantissa: Tensor
  readonly exponent: Tensor
}

const bits = new DataView(new ArrayBuffer(8))

/** The power of two of which a number is the multiple by 0.5 to 1. */
function exponentOf(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return 0
  bits.setFloat64(0, value)
  const exponent = (bits.getUint16(0) >> 4) & 0x7ff
  return exponent === 0 ? exponentOf(value * 2 ** 54) - 54 : exponent - 1022
}

/**
 * Each element as a fraction from 0.5 to 1 times a power of two.
 *
 * @example frexp(tensor([6, 0.125])).mantissa // tensor([0.7500, 0.5000])
 */
export function frexp(x: Tensor): Frexp {
  checkTensor("frexp", x)
  if (!isFloatingPoint(x.dtype)) throw wrongDType("frexp", x, "fractions", "convert first: x.float().")
  const exponent = uninitialized(x.shape, "int32")
  const scale = uninitialized(x.shape, "float64")
  const values = x.detach().contiguous().toTypedArray()
  for (let i = 0; i < values.length; i++) {
    const power = exponentOf(Number(values[i]))
    exponent.storage.data[i] = power
    scale.storage.data[i] = 2 ** -power
  }
  // Through float64, where the powers of all float32 are normal numbers.
  return { mantissa: x.to("float64").mul(scale).to(x.dtype), exponent }
}

/** The next number after `value` towards another, of 52 or of 23 bits of fraction. */
function nextAfter64(value: number, towards: number): number {
  if (Number.isNaN(value) || Number.isNaN(towards)) return Number.NaN
  if (value === towards) return towards
  if (value === 0) return towards > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE
  bits.setFloat64(0, value)
  const step = value < towards === value > 0 ? 1n : -1n
  bits.setBigInt64(0, bits.getBigInt64(0) + step)
  return bits.getFloat64(0)
}

function nextAfter32(value: number, towards: number): number {
  if (Number.isNaN(value) || Number.isNaN(towards)) return Number.NaN
  if (value === towards) return towards
  if (value === 0) return towards > 0 ? 2 ** -149 : -(2 ** -149)
  bits.setFloat32(0, value)
  bits.setInt32(0, bits.getInt32(0) + (value < towards === value > 0 ? 1 : -1))
  return bits.getFloat32(0)
}

/**
 * The next number that the type can hold, from each element of `a` towards that of `b`. It has no gradient.
 *
 * @example nextafter(tensor([1]), tensor([2])).sub(1).item() // 1.1920928955078125e-7
 */
export function nextafter(a: Tensor, b: Tensor): Tensor {
  for (const x of [a, b]) {
    checkTensor("nextafter", x)
    if (!isFloatingPoint(x.dtype)) throw wrongDType("nextafter", x, "fractions", "convert first: x.float().")
  }
  const isDouble = a.dtype === "float64" || b.dtype === "float64"
  return mapPairs("nextafter", a.detach(), b.detach(), isDouble ? nextAfter64 : nextAfter32)
}
