export { type BackwardOptions, type GradOptions, grad } from "./engine.js"
export { enableGrad, isGradEnabled, noGrad } from "./mode.js"
