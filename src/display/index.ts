import "./register.js"

export { Chart } from "./chart.js"
export { displayMetadata, type Host, jupyterDisplay, type MimeBundle, type Rendered } from "./host.js"
export { DisplayError } from "./messages.js"
export type { Numbers, TableLike, TensorLike } from "./numbers.js"
export * as plot from "./plot/index.js"
export { Progress, type ProgressOptions, progress } from "./progress.js"
