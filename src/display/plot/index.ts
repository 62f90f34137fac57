export { LiveCurve, type LiveOptions, live, type Metric } from "./live.js"
export { type LossCurveOptions, lossCurve } from "./loss-curve.js"
export { type PredictionsOptions, predictions } from "./predictions.js"
export { type ScatterOptions, scatter } from "./scatter.js"
