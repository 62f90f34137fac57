import "./register.js"

export { Chart } from "./chart.js"
export {
  Comm,
  type CommBuffers,
  type CommData,
  type CommEvent,
  type CommHandler,
  type CommOptions,
  type CommTarget,
  comm,
} from "./comm.js"
export { $$ } from "./compat/ijavascript.js"
export { type DiagramOptions, diagram } from "./diagram.js"
export {
  clearOutput,
  type DisplayHandle,
  type DisplayOptions,
  display,
  html,
  image,
  latex,
  md,
  page,
  setNextInput,
  svg,
} from "./display.js"
export { type GraphOptions, graph, TapeGraph } from "./graph.js"
export {
  type CommBus,
  type CommMessage,
  displayMetadata,
  type Host,
  jupyterDisplay,
  type MimeBundle,
  type Rendered,
} from "./host.js"
export { Rich } from "./html.js"
export { DisplayError } from "./messages.js"
export { summary } from "./module-table.js"
export type { Numbers, TableLike, TensorLike } from "./numbers.js"
export * as plot from "./plot/index.js"
export { Progress, type ProgressOptions, progress } from "./progress.js"
