export { fit, fitAsync } from "./fit.js"
export { type Best, History, historyOf } from "./history.js"
export type { EarlyStopping, FitCallbacks, FitOptions, FitState } from "./options.js"
