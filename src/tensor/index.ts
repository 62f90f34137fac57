export * from "./errors.js"
export { defaultGenerator, Generator, type GeneratorState, manualSeed } from "./random.js"
export { type DimNames, isTensor, type NestedArray, Tensor } from "./tensor.js"
