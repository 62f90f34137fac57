import { Module } from "./module.js"

/**
 * The base of the layers whose output has the shape of their input, such as activations and dropout. Types see through
 * them: `nn.Sequential` knows what meets on both sides.
 */
export abstract class ShapeKeeping extends Module {
  /** Only for the types, which would otherwise take any module of a tensor for one of these. */
  declare protected readonly keepsShape: true
}
