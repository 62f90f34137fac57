export * from "./shapes.js"
export * from "./vega.js"
