export * from "./classification.js"
export { type ConfusionOptions, confusionMatrix } from "./confusion.js"
export type { Class, Labels, Measurements } from "./inputs.js"
export * from "./perplexity.js"
export {
  averagePrecision,
  type PrecisionRecallPoint,
  precisionRecallCurve,
  type RocPoint,
  rocAuc,
  rocCurve,
} from "./ranking.js"
export * from "./regression.js"
