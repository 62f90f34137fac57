export { type BackwardOptions, type GradOptions, grad, restoreRecording } from "./engine.js"
export { type GradcheckOptions, gradcheck, gradgradcheck } from "./gradcheck.js"
export { enableGrad, isGradEnabled, noGrad } from "./mode.js"
